"""Settings that stand in CSMS: a value ``csms:NAME`` means the text of that secret's newest version.

Read when the settings are loaded, with the keys of the function's agency, and kept for a while in the function's
instance: a call that finds them kept asks nobody. Imported only where such a reference stands.
Source: DEW API reference, "Querying the version and value of a secret".
"""

from __future__ import annotations

import json
import logging
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from koogallery.cloud_api import CloudApi, CloudRefused, CloudUnavailable
from koogallery.errors import RetryableError, SettingsError
from koogallery.http import AddressInvalid, HttpClient, HttpLimits
from koogallery.logs import describe, log_line

if TYPE_CHECKING:
    from koogallery.clock import Clock
    from koogallery.http import Http

FORM: Final = "csms:"
ENDPOINT: Final = "CSMS_ENDPOINT"
PATH: Final = "/v1/{project_id}/secrets/%s/versions/latest"
LIMITS: Final = HttpLimits(connect_seconds=1.0, read_seconds=2.0, total_seconds=2.0, max_response_bytes=131_072)
"""A callback has five seconds for everything."""
FRESH_SECONDS: Final = 300.0
"""How long a value is used without asking again: as late a rotated secret is noticed."""
STALE_SECONDS: Final = 3600.0
"""How long a value is used while CSMS does not answer."""
PAUSE_SECONDS: Final = 60.0
"""How long CSMS is left alone once it did not answer and a value is at hand."""
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")


class SecretUnavailable(RetryableError):
    """CSMS does not answer and no value is at hand."""

    code = "secret_unavailable"


class _Kept(NamedTuple):
    """A value, when it was read, and when it is asked for again (both by the monotonic clock, s)."""

    value: str
    read_at: float
    ask_at: float

    def __repr__(self) -> str:
        return f"_Kept(read_at={self.read_at})"


_kept: dict[tuple[str, str], _Kept] = {}
"""By endpoint and name. A function instance serves one project."""


def resolve(setting: str, reference: str, *, endpoint: str | None, context: object, clock: Clock) -> str:
    """The text of the secret that the value ``reference`` of ``setting`` names.

    Raises ``SettingsError`` naming the setting when it cannot be read, ``SecretUnavailable`` when it may be later.
    """
    name = reference.removeprefix(FORM)
    if not _NAME.fullmatch(name):
        raise SettingsError(setting, "refers to CSMS by something that is no name of a secret")
    if not endpoint:
        raise SettingsError(ENDPOINT, f"is missing: {setting} refers to a secret of CSMS")
    now = clock.monotonic()
    kept = _kept.get((endpoint, name))
    if kept is not None and now < kept.ask_at:
        return kept.value
    try:
        value = _read(setting, name, endpoint, context, clock)
    except CloudUnavailable as error:
        if kept is None or now - kept.read_at >= STALE_SECONDS:
            raise SecretUnavailable(f"setting {setting} stands in CSMS, which does not answer: {error}") from error
        log_line("secret_kept_longer", level=logging.WARNING, setting=setting, reason=describe(error))
        _kept[endpoint, name] = kept._replace(ask_at=now + PAUSE_SECONDS)
        return kept.value
    _kept[endpoint, name] = _Kept(value, now, now + FRESH_SECONDS)
    return value


def _read(setting: str, name: str, endpoint: str, context: object, clock: Clock) -> str:
    try:
        answer = CloudApi.of_function(endpoint, context, clock, _http()).call("GET", PATH % name, LIMITS)
    except AddressInvalid as error:
        raise SettingsError(ENDPOINT, "must be an https address") from error
    except CloudRefused as error:
        raise SettingsError(setting, f"refers to a secret that cannot be read: {error}") from error
    value = _text(answer)
    if not value:
        raise SettingsError(setting, "refers to a secret without a text")
    return value


def _text(answer: bytes) -> str | None:
    """``version.secret_string``; a binary secret has none."""
    try:
        version = json.loads(answer)["version"]
        value = version["secret_string"]
    except (ValueError, RecursionError, LookupError, TypeError):
        return None
    return value if isinstance(value, str) else None


@lru_cache(maxsize=1)
def _http() -> Http:
    """One client for the life of the function's instance."""
    return HttpClient()
