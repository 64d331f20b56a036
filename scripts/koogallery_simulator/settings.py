"""The marketplace's side of the seller's keys."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from koogallery_simulator.errors import SettingsProblem

_NAME = re.compile(r"[A-Z][A-Z0-9_]*", re.ASCII)
LARGEST_FILE = 256 * 1024


@dataclass(frozen=True, repr=False)
class Keys:
    """AK/SK of the open APIs; access keys of the basic and of the general interface, current first."""

    ak: str
    sk: str
    access: tuple[str, ...]
    notify: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name, value in (("ak", self.ak), ("sk", self.sk), ("access", self.access)):
            if not value:
                raise SettingsProblem(f"the marketplace needs the key {name}")

    def __repr__(self) -> str:
        return "Keys(…)"


def read_keys(settings: Mapping[str, str]) -> Keys:
    """Keys from MARKETPLACE_AK, MARKETPLACE_SK, MARKETPLACE_ACCESS_KEYS, MARKETPLACE_NOTIFY_KEYS (optional)."""
    for name in ("MARKETPLACE_AK", "MARKETPLACE_SK", "MARKETPLACE_ACCESS_KEYS"):
        if not _key_list(settings.get(name, "")):
            raise SettingsProblem(f"setting {name} is missing: put it into the settings file or the environment")
    return Keys(
        ak=settings["MARKETPLACE_AK"].strip(),
        sk=settings["MARKETPLACE_SK"].strip(),
        access=_key_list(settings["MARKETPLACE_ACCESS_KEYS"]),
        notify=_key_list(settings.get("MARKETPLACE_NOTIFY_KEYS", "")),
    )


def read_settings_file(path: Path) -> dict[str, str]:
    """``NAME=value`` lines; blank lines and lines that start with # are left out."""
    try:
        with path.open("rb") as file:
            text = file.read(LARGEST_FILE + 1).decode("utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        raise SettingsProblem(f"the settings file {path} cannot be read: {type(exc).__name__}") from exc
    if len(text) > LARGEST_FILE:
        raise SettingsProblem(f"the settings file {path} is larger than {LARGEST_FILE} bytes")
    found = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        name, equals, value = line.partition("=")
        if not equals or not _NAME.fullmatch(name.strip()):
            raise SettingsProblem(f"line {number} of {path} is not NAME=value")
        found[name.strip()] = value.strip()
    return found


def _key_list(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())
