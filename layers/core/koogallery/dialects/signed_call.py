"""A verified callback in the words of SaaS 2.0, whatever dialect it came in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from koogallery.messages.callbacks import IllegalParameter

_REAL = (None, "", "0", 0)
_DEBUG = ("1", 1)


@dataclass(frozen=True)
class SignedCall:
    """``stamp`` is the signed time in UNIX ms, ``form`` which bytes and key matched (for the log)."""

    activity: str
    members: dict[str, Any]
    nonce: str
    stamp: int
    is_test: bool
    form: str


def is_debug_call(test_flag: object) -> bool:
    """testFlag 1 is a debug call, absent, empty or 0 a real one (SaaS guide V2.0, newInstance)."""
    if isinstance(test_flag, bool) or not (test_flag is None or isinstance(test_flag, (str, int))):
        raise IllegalParameter("testFlag: must be 0 or 1")
    if test_flag in _DEBUG:
        return True
    if test_flag in _REAL:
        return False
    raise IllegalParameter("testFlag: must be 0 or 1")
