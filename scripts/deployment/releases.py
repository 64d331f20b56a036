"""What an alias's description remembers: which releases were live and with which version. Pure.

A release is a set of versions, one a function, and is named after it. The release that is live stands first, the one
before it second, so that ``rollback`` swaps the two and is undone by itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from deployment.names import Names, read_mark
from deployment.resources import LiveAlias

KEPT = 8
"""Releases to which one can go back; FunctionGraph keeps 20 versions of a function, ``latest`` among them."""
_ENTRY = re.compile(r"(r[0-9a-f]{8}):(c[0-9a-f]{12})")

History = tuple[tuple[str, str], ...]


def read_history(description: str | None) -> History:
    """(release, version) pairs, the live one first; words of another form are ignored."""
    words = read_mark(description).get("releases", "").split(",")
    return tuple((found[1], found[2]) for word in words if (found := _ENTRY.fullmatch(word)))


def write_history(names: Names, history: History) -> str:
    """The description of an alias."""
    return names.mark(releases=",".join(f"{release}:{version}" for release, version in history))


def with_live(history: Iterable[tuple[str, str]], release: str, version: str) -> History:
    """The history after a release becomes live."""
    return ((release, version), *((one, kept) for one, kept in history if one != release))[:KEPT]


def version_at(alias: LiveAlias, release: str) -> str | None:
    """The version a function had in a release; ``None`` when it did not exist or is forgotten."""
    return dict(alias.history).get(release)


def live_release(aliases: Iterable[LiveAlias]) -> str | None:
    """The release that all aliases are at, or ``None`` when they differ: an apply or a rollback was cut short."""
    found = {alias.release for alias in aliases}
    return found.pop() if len(found) == 1 else None


def release_before(aliases: Mapping[str, LiveAlias]) -> str | None:
    """The release that was live before; of several the one that most functions remember as such."""
    seconds = [alias.history[1][0] for alias in aliases.values() if len(alias.history) > 1]
    return max(sorted(set(seconds)), key=seconds.count) if seconds else None
