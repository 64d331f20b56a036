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
    """AK/SK of the open APIs; one class of access keys for each interface, current first.

    ``access`` basic, ``notify`` general, ``v1`` SaaS 1.0 and licence guide A, ``license`` licence delivery, ``kit``
    joint-SaaS sync. ``kit_public``: the public key of the app credential, base64 without PEM lines.
    """

    ak: str
    sk: str
    access: tuple[str, ...]
    notify: tuple[str, ...] = ()
    v1: tuple[str, ...] = ()
    license: tuple[str, ...] = ()
    kit: tuple[str, ...] = ()
    kit_public: str = ""

    def __post_init__(self) -> None:
        for name, value in (("ak", self.ak), ("sk", self.sk), ("access", self.access)):
            if not value:
                raise SettingsProblem(f"the marketplace needs the key {name}")

    def __repr__(self) -> str:
        return "Keys(…)"

    def current(self, name: str) -> str:
        """The key that a class signs with; SettingsProblem names the setting when there is none."""
        setting, meaning = _CLASSES[name]
        found: tuple[str, ...] = getattr(self, name)
        if not found:
            raise SettingsProblem(f"{meaning}: set {setting}")
        return found[0]


_CLASSES = {
    "access": ("MARKETPLACE_ACCESS_KEYS", "callbacks are signed with the basic key"),
    "notify": ("MARKETPLACE_NOTIFY_KEYS", "orderNotify is signed with the general-interface key"),
    "v1": ("MARKETPLACE_V1_KEYS", "SaaS 1.0 and licence guide A are signed with the seller's 1.0 key"),
    "license": ("MARKETPLACE_LICENSE_KEYS", "licence callbacks are signed with the licence key"),
    "kit": ("MARKETPLACE_KIT_KEYS", "the joint kit is signed with the joint-SaaS sync key"),
}


def read_keys(settings: Mapping[str, str]) -> Keys:
    """Keys from the settings the bundle has too: MARKETPLACE_AK, _SK and _ACCESS_KEYS must be there, the others
    (_NOTIFY_KEYS, _V1_KEYS, _LICENSE_KEYS, _KIT_KEYS, KIT_PRIVATE_KEY) when their interfaces are used.
    """
    for name in ("MARKETPLACE_AK", "MARKETPLACE_SK", "MARKETPLACE_ACCESS_KEYS"):
        if not _key_list(settings.get(name, "")):
            raise SettingsProblem(f"setting {name} is missing: put it into the settings file or the environment")
    return Keys(
        ak=settings["MARKETPLACE_AK"].strip(),
        sk=settings["MARKETPLACE_SK"].strip(),
        access=_key_list(settings["MARKETPLACE_ACCESS_KEYS"]),
        notify=_key_list(settings.get("MARKETPLACE_NOTIFY_KEYS", "")),
        v1=_key_list(settings.get("MARKETPLACE_V1_KEYS", "")),
        license=_key_list(settings.get("MARKETPLACE_LICENSE_KEYS", "")),
        kit=_key_list(settings.get("MARKETPLACE_KIT_KEYS", "")),
        kit_public=_public(settings.get("KIT_PRIVATE_KEY", "")),
    )


def _public(private_key: str) -> str:
    if not private_key.strip():
        return ""
    from koogallery_simulator.client_secrets import public_key_of

    return public_key_of(private_key)


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
