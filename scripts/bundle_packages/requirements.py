"""The pinned requirements of a layer, as they are on a target."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from bundle_packages.errors import PinsUnusable, SourceMissing
from bundle_packages.target import Target

MAX_BYTES = 4 * 1024 * 1024
_CONTINUED = re.compile(r"\\\r?\n\s*")
_HASH = re.compile(r"\s--hash=(sha256:[0-9a-f]{64})(?=\s|$)")


@dataclass(frozen=True)
class Pin:
    """A distribution, its version, and the digests its files may have. ``name`` is normalised."""

    name: str
    version: str
    hashes: tuple[str, ...]

    @property
    def line(self) -> str:
        """The pin as pip reads it, its marker decided."""
        return " ".join([f"{self.name}=={self.version}", *(f"--hash={one}" for one in self.hashes)])


def read_pins(file: Path, target: Target) -> tuple[Pin, ...]:
    """The pins of a hash-pinned requirements file that the target needs, by name.

    Raises ``SourceMissing``, ``PinsUnusable``: every line needs one exact version and at least one hash.
    """
    try:
        size, text = file.stat().st_size, file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        raise SourceMissing(f"cannot read the requirements {file}: {exc}") from exc
    if size > MAX_BYTES:
        raise PinsUnusable(f"{file} has {size} bytes; a requirements file has at most {MAX_BYTES}")
    lines = [line.strip() for line in _CONTINUED.sub(" ", text).splitlines()]
    environment = target.marker_environment()
    pins = [_pin(line, file, environment) for line in lines if line and not line.startswith("#")]
    needed = sorted((pin for pin in pins if pin is not None), key=lambda pin: pin.name)
    twice = {one.name for one, other in itertools.pairwise(needed) if one.name == other.name}
    if twice:
        raise PinsUnusable(f"{file} pins {', '.join(sorted(twice))} twice for Python {target.python}")
    return tuple(needed)


def _pin(line: str, file: Path, environment: dict[str, str]) -> Pin | None:
    hashes = tuple(_HASH.findall(line))
    try:
        requirement = Requirement(_HASH.sub("", line).strip())
    except InvalidRequirement as exc:
        raise PinsUnusable(f"{file}: {line[:80]!r} is no pinned requirement") from exc
    versions = [specifier.version for specifier in requirement.specifier if specifier.operator == "=="]
    if not hashes or len(versions) != 1 or len(requirement.specifier) != 1:
        raise PinsUnusable(f"{file}: {requirement.name} needs one exact version and its hashes; run scripts/lock")
    if requirement.marker is not None and not requirement.marker.evaluate(environment):
        return None
    return Pin(canonicalize_name(requirement.name), str(Version(versions[0])), hashes)
