"""A marketplace key is changed without a gap: first both are taken, later only the new one.

The settings file keeps the list, the new key in front; the command changes it and applies exactly that. It builds
nothing: the code that is deployed stays, so a rotation never brings along a change of something else.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bundle_template import Bundle
from bundle_template.user_data import REFERENCE
from deployment.actual import Account, read_account
from deployment.diff import Change
from deployment.errors import InputError, Refused
from deployment.resources import DependencyPackage, Function, LiveAlias, Publication

KEY_LISTS = re.compile(r"(MARKETPLACE_\w+|SELLER_API)_KEYS")
MAX_KEY = 512
_KEY = re.compile(r"[\x21-\x2b\x2d-\x7e]+")


@dataclass(frozen=True)
class AsDeployed:
    """An artifact that is in the cloud already: only its digests are known, and needed."""

    path: Path
    sha256: str
    sha512: str
    size: int = 0


@dataclass(frozen=True)
class DeployedBuild:
    """The packages as they are in the account."""

    functions: Mapping[str, AsDeployed]
    layers: Mapping[str, AsDeployed]


def deployed_build(account: Account, bundle: Bundle) -> DeployedBuild:
    """Digests of what runs; raises ``Refused`` when a function of the template is not there."""
    found = read_account(account, [], full=True)
    functions = found.of(Function)
    if missing := sorted(bundle.components.keys() - functions.keys()):
        raise Refused(f"not deployed yet: {', '.join(missing)}; run apply first")
    used = dict(label.split("@", 1) for function in functions.values() for label in function.packages)
    digests = {**{name: one.digest for name, one in found.of(DependencyPackage).items()}, **used}
    nowhere = Path()
    return DeployedBuild(
        {name: AsDeployed(nowhere, "", function.code) for name, function in functions.items()},
        {name: AsDeployed(nowhere, digests.get(name, ""), "") for name in bundle.layers},
    )


def check_rotatable(bundle: Bundle, setting: str, current: str) -> None:
    """Only lists of keys that are kept in the file can be rotated here."""
    if setting not in bundle.settings or not KEY_LISTS.fullmatch(setting):
        lists = ", ".join(name for name in bundle.settings if KEY_LISTS.fullmatch(name))
        raise InputError(f"{setting} is no list of keys; there are {lists}")
    if current.startswith(REFERENCE):
        raise InputError(f"{setting} is kept in CSMS: give that secret there a new version, 'new,old'")


def with_new_key(current: str, new: str) -> str:
    """``new,old``: the new key in front, of the others only the one that was current. The same twice is the same."""
    if not _KEY.fullmatch(new) or len(new) > MAX_KEY:
        raise InputError(f"a key is 1 to {MAX_KEY} visible ASCII characters without a comma")
    keys = [key.strip() for key in current.split(",") if key.strip()]
    if keys[:1] == [new]:
        return current
    return ",".join([new, *keys[:1]])


def without_old_keys(current: str) -> str:
    """Only the key in front."""
    return next((key.strip() for key in current.split(",") if key.strip()), "")


def write_setting(path: Path, name: str, value: str) -> None:
    """Change one line of a settings file, in one step and readable by its owner only."""
    lines = path.read_text(encoding="utf-8").split("\n")
    places = [number for number, text in enumerate(lines) if text.startswith(f"{name}=")]
    if not places:
        raise InputError(f"{path} has no line {name}=…; a key can be rotated only where it is kept")
    lines[places[0]] = f"{name}={value}"
    # A link stays one: what it leads to is what others read.
    place = path.resolve()
    half = place.with_name(f".{place.name}.new")
    descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write("\n".join(lines))
    half.replace(place)


def check_changes(changes: list[Change], bundle: Bundle, setting: str) -> None:
    """Nothing but the functions that read the setting changes; raises ``Refused`` with what else would."""
    readers = {one.name for one in bundle.components.values() if setting in one.readable_settings}
    others = [change for change in changes if not _belongs(change, readers)]
    if others:
        names = ", ".join(f"{change.resource.kind} {change.resource.name}" for change in others[:10])
        raise Refused(f"other changes are waiting ({names}); run plan and apply first, then rotate")


def _belongs(change: Change, readers: set[str]) -> bool:
    resource = change.resource
    if isinstance(resource, Publication):
        return True
    if isinstance(resource, LiveAlias):
        # Every alias remembers the release; only readers get another version.
        before = change.before
        return resource.name in readers or (isinstance(before, LiveAlias) and before.version == resource.version)
    return isinstance(resource, Function) and resource.name in readers
