"""What every dialect does: verify and translate a callback, put an answer into its own form."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from koogallery.answers import Answer
from koogallery.apig import Reply, Request
from koogallery.errors import SettingsError
from koogallery.messages.callbacks import IllegalParameter
from koogallery.messages.members import Message
from koogallery.settings import Settings
from koogallery_signing.errors import MalformedKey
from koogallery_signing.keyring import Keyring

_REAL = (None, "", "0", 0)
_DEBUG = ("1", 1)


@dataclass(frozen=True)
class SignedCall:
    """A verified callback in the words of SaaS 2.0.

    ``named`` is the activity as it was called, ``activity`` its word in 2.0, empty when there is none.
    ``stamp`` is the signed time in UNIX ms;
    ``form`` says which reading and key matched (for the log), ``key_index`` which key (0 = current). ``facts`` is what
    1.0 tells about the order in the call itself (2.0 has it queried): see ``instances.lifecycle.OrderFacts``.
    """

    activity: str
    named: str
    function: str
    nonce: str
    stamp: int
    test_flag: object
    form: str
    key_index: int
    read_message: Callable[[], Message]
    facts: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def is_test(self) -> bool:
        """Is it a debug call? Raises ``IllegalParameter`` for a flag that is none."""
        return is_debug_call(self.test_flag)


class Dialect(Protocol):
    """One way the marketplace speaks."""

    def read(self, request: Request, settings: Settings, now: datetime) -> SignedCall:
        """Verify and translate; raises ``SignatureRejected``, ``IllegalParameter``, ``SettingsError``."""

    def reply(self, answer: Answer, settings: Settings | None, key_index: int) -> Reply:
        """The answer in the dialect's form. Without settings (they are at fault) nothing is signed."""


def is_debug_call(test_flag: object) -> bool:
    """testFlag 1 is a debug call, absent, empty or 0 a real one (SaaS guide V2.0, newInstance)."""
    if isinstance(test_flag, bool) or not (test_flag is None or isinstance(test_flag, (str, int))):
        raise IllegalParameter("testFlag: must be 0 or 1")
    if test_flag in _DEBUG:
        return True
    if test_flag in _REAL:
        return False
    raise IllegalParameter("testFlag: must be 0 or 1")


def keyring(settings: Settings, name: str) -> Keyring:
    """The keys of an interface class; raises ``SettingsError`` naming the setting."""
    try:
        return Keyring.parse(settings.require(name))
    except MalformedKey as error:
        raise SettingsError(name, "is not a list of keys: current,previous") from error
