"""What a run is about: the template, what was given for it, and the copy that is meant."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from bundle_template import Bundle
from bundle_template.naming import prefix

_REFERENCE = re.compile(r"\$\{([A-Za-z][A-Za-z0-9_]*)\}")


@dataclass(frozen=True)
class Credentials:
    """Of the person who deploys. Never shown."""

    access_key: str = field(repr=False)
    secret_key: str = field(repr=False)
    security_token: str | None = field(repr=False)
    project_id: str = field(repr=False)


@dataclass(frozen=True)
class Subject:
    """``bundle`` still holds ``${name}`` texts; ``parameters`` are those given, over the template's defaults."""

    bundle: Bundle
    parameters: Mapping[str, str]
    settings: Mapping[str, str] = field(repr=False)
    stage: str

    def value(self, text: str | None) -> str | None:
        """``text`` with its parameters filled in; None when there is no text or one of them is not given."""
        if not text:
            return None
        names = _REFERENCE.findall(text)
        if any(not self.parameters.get(name) for name in names):
            return None
        return _REFERENCE.sub(lambda found: self.parameters[found[1]], text)

    @property
    def region(self) -> str | None:
        """Region of everything."""
        return self.parameters.get("region") or None

    @property
    def domain(self) -> str | None:
        """Own domain of the production address."""
        return self.value(self.bundle.gateway.get("domain"))

    @property
    def gateway_id(self) -> str | None:
        """Dedicated gateway instance."""
        return self.value(self.bundle.gateway.get("instanceId"))

    @property
    def group(self) -> str:
        """API group of this copy."""
        return prefix(self.stage)

    def function_name(self, component: str) -> str:
        """Name of a function of this copy in the account."""
        return f"{self.group}_{component}"


def given_parameters(bundle: Bundle, given: Mapping[str, str]) -> dict[str, str]:
    """What was given over the defaults; empty texts count as not given."""
    defaults = {name: one.default for name, one in bundle.parameters.items() if one.default}
    return {**defaults, **{name: text for name, text in given.items() if text}}
