"""How resources are called, and the mark by which the bundle knows its own.

The mark ``koogallery-bundle=<stage>`` stands in a description or remark, because list rows carry those: a tag would
cost one more call a function. What takes tags gets one besides, for the account's own reports: functions, APIs, log
group and streams, alarms, bucket. The SDK gives none to API groups, authorizers, gateway responses, dependency
packages, versions, aliases and triggers; what has no description either is known by its name.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bundle_template.naming import ALIAS, PACKAGE, TAG, prefix

LATEST = "latest"
LOCK, BUCKET = "lock", "bucket"
_MEMBER = re.compile(r"([a-z0-9-]+)=([^\s=]+)")


@dataclass(frozen=True)
class Names:
    """The names of one stage in one region and project."""

    stage: str
    region: str
    project_id: str

    @property
    def prefix(self) -> str:
        """Begins every name; it is also the whole name of what there is once."""
        return prefix(self.stage)

    def full(self, name: str) -> str:
        """The name in the account of what the template calls ``name``."""
        return f"{self.prefix}_{name}"

    def short(self, full: str) -> str | None:
        """The template's name, or ``None`` for a name of another stage or of somebody else."""
        return full.removeprefix(f"{self.prefix}_") if full.startswith(f"{self.prefix}_") else None

    def urn(self, function: str, qualifier: str | None = None) -> str:
        """URN of a function by its template name; ``qualifier``: a version, or ``!alias``."""
        base = f"urn:fss:{self.region}:{self.project_id}:function:{PACKAGE}:{self.full(function)}"
        return f"{base}:{qualifier}" if qualifier else base

    def alias_urn(self, function: str) -> str:
        """URN of the alias that callers, timers and reserved instances use."""
        return self.urn(function, f"!{ALIAS}")

    def of_urn(self, urn: str | None) -> str | None:
        """The template's name of the function in a URN of this stage; any qualifier is ignored."""
        parts = (urn or "").split(":")
        return self.short(parts[6]) if len(parts) >= 7 and parts[:5] == self.urn("").split(":")[:5] else None

    def mark(self, **members: str) -> str:
        """The text of a description: the mark and what else is kept there; values without blanks."""
        return " ".join(f"{name}={value}" for name, value in {TAG: self.stage, **members}.items() if value)

    def owns(self, text: str | None) -> bool:
        """Whether a description carries the mark of this stage."""
        return read_mark(text).get(TAG) == self.stage

    @property
    def label(self) -> str:
        """The mark as a tag of an API, which is one word and may hold no ``=``."""
        return f"{TAG}:{self.stage}"

    @property
    def tags(self) -> list[dict[str, str]]:
        """The mark as a tag."""
        return [{"key": TAG, "value": self.stage}]


def read_mark(text: str | None) -> dict[str, str]:
    """The ``name=value`` members of a description; other words are ignored."""
    return {found[1]: found[2] for word in (text or "").split() if (found := _MEMBER.fullmatch(word))}


def digest_of(facts: Mapping[str, Any] | list[Any], length: int) -> str:
    """The first hexadecimal digits of the SHA-256 of plain values in one fixed spelling."""
    text = json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()[:length]
