"""Where the rival of a callback is, and the environment it runs in."""

from __future__ import annotations

from collections.abc import Mapping

from measures.callbacks import KEY

TABLE = "bench"
REGION = "cn-north-4"
ACCESS_KEY, SECRET_KEY = "access", "secret-of-the-bench"
_READ_BY_SOME = ("STATE_ENCRYPTION_KEY", "KIT_PRIVATE_KEY")


def module_of(function: str) -> str:
    """The module that answers the callback of a function, written with powertools; it has a ``handler``."""
    return f"measures.rival.powertools_{function}"


def environment(settings: Mapping[str, str], endpoint: str) -> dict[str, str]:
    """What a rival reads; ``settings`` are those of the callback function it stands beside."""
    return {
        "TABLE": TABLE,
        "REGION": REGION,
        "ENDPOINT": endpoint,
        "ACCESS_KEYS": KEY,
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        **{name: settings[name] for name in _READ_BY_SOME if name in settings},
    }
