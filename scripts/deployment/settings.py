"""Which function gets which settings, whether they fit, and the hash by which encrypted ones are compared.

The cloud never gives encrypted settings back, so a hash of them is kept in the function's description, which
everybody with read access sees. A plain hash would let them try out weak secrets; this one is keyed with a secret of
the bundle itself, ``STATE_ENCRYPTION_KEY`` (32 random bytes), which stays the same for years and is in the hands of
whoever may deploy anyway. Without it in the clear the next long-lived one is taken; a reference to a secret store is
no secret. When the key itself changes, every function counts as changed once.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass

from bundle_template import Bundle, Component
from bundle_template.user_data import MAX_CHARACTERS, MAX_NAMES, REFERENCE, as_text
from deployment.errors import InputError

KEY_SETTINGS = ("STATE_ENCRYPTION_KEY", "STATE_SECRET_KEY", "MARKETPLACE_SK")
MAX_SHOWN = 20
_CONTEXT = b"koogallery deployment: encrypted settings"


@dataclass(frozen=True)
class FunctionSettings:
    """The settings of one function, in the clear and encrypted."""

    plain: Mapping[str, str]
    encrypted: Mapping[str, str]


def settings_of(component: Component, given: Mapping[str, str]) -> FunctionSettings:
    """What the template lets a function read, of what was given; an empty value is no value."""
    return FunctionSettings(
        {name: given[name] for name in sorted(component.settings) if given.get(name)},
        {name: given[name] for name in sorted(component.encrypted_settings) if given.get(name)},
    )


def check_settings(bundle: Bundle, given: Mapping[str, str]) -> None:
    """Every mandatory setting is there and every function's fit; raises ``InputError`` with all that is wrong."""
    used = {name for one in bundle.components.values() for name in one.readable_settings}
    missing = [name for name in sorted(used) if not bundle.settings[name].optional and not given.get(name)]
    problems = [f"the setting {name} has no value ({bundle.settings[name].description})" for name in missing]
    for component in bundle.components.values():
        settings = settings_of(component, given)
        problems += _excess(component.name, "settings", settings.plain)
        problems += _excess(component.name, "encrypted settings", settings.encrypted)
    if problems:
        more = [f"and {len(problems) - MAX_SHOWN} more"] if len(problems) > MAX_SHOWN else []
        raise InputError("the settings cannot be deployed:\n  " + "\n  ".join([*problems[:MAX_SHOWN], *more]))


def _excess(function: str, what: str, values: Mapping[str, str]) -> list[str]:
    found = []
    if len(values) > MAX_NAMES:
        found.append(f"{function}: {len(values)} {what}, FunctionGraph takes {MAX_NAMES}")
    characters = len(as_text(values))
    if characters > MAX_CHARACTERS:
        longest = max(values, key=lambda name: len(values[name]))
        found.append(
            f"{function}: its {what} take {characters} characters, FunctionGraph takes {MAX_CHARACTERS}; keep the "
            f"longest, {longest}, in CSMS and give {longest}={REFERENCE}NAME"
        )
    return found


def secret_values(bundle: Bundle, given: Mapping[str, str]) -> list[str]:
    """Every value that no output may hold; references are none."""
    names = [setting.name for setting in bundle.settings.values() if setting.encrypted]
    return [given[name] for name in names if given.get(name) and not given[name].startswith(REFERENCE)]


def hash_key(bundle: Bundle, given: Mapping[str, str]) -> bytes:
    """The key of ``keyed_hash``; see above. Without any secret in the clear there is nothing to guess either."""
    named = [given.get(name, "") for name in KEY_SETTINGS]
    clear = [value for value in named if value and not value.startswith(REFERENCE)]
    material = clear[0] if clear else "\0".join(secret_values(bundle, given))
    return hashlib.sha256(_CONTEXT + material.encode()).digest()


def keyed_hash(key: bytes, values: Mapping[str, str]) -> str:
    """128 bits of HMAC-SHA256 over the settings, or ``none``."""
    return hmac.new(key, as_text(values).encode(), hashlib.sha256).hexdigest()[:32] if values else "none"
