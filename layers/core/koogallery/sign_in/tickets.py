"""Sealed tickets: what a browser carries for us and cannot read, change or make.

An ``Attempt`` lies in a cookie from ``/login`` to the callback, so that nobody can be signed in with a code that
another browser asked for. A ``HandOver`` is the one-time code the seller's product exchanges for a session.
Both are AES-GCM under STATE_ENCRYPTION_KEY, and nothing is stored until a callback comes: opening ``/login`` a
million times writes nothing.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar

from koogallery import times
from koogallery.encryption import Sealer, Unreadable
from koogallery.errors import PermanentError

ATTEMPT_LIFE = timedelta(minutes=10)
HAND_OVER_LIFE = timedelta(seconds=60)
MAX_TICKET = 4096
_STANDARD, _URL_SAFE = "+/", "-_"


class TicketRefused(PermanentError):
    """Not a ticket of ours, damaged, for another purpose, or too old."""

    code = "ticket_refused"


@dataclass(frozen=True)
class Attempt:
    """One press of the login button. ``return_to`` is a checked path or empty."""

    nonce: str
    return_to: str
    until: str


@dataclass(frozen=True)
class HandOver:
    """The right to exchange a session once."""

    session_id: str
    nonce: str = field(repr=False)
    return_to: str
    until: str


Ticket = TypeVar("Ticket", Attempt, HandOver)


def new_attempt(return_to: str, now: datetime) -> Attempt:
    """An attempt that begins now."""
    return Attempt(new_nonce(), return_to, times.iso_millis(now + ATTEMPT_LIFE))


def new_nonce() -> str:
    """What makes a hand-over good once."""
    return secrets.token_hex(16)


def new_hand_over(session_id: str, nonce: str, return_to: str, now: datetime) -> HandOver:
    """A code for a session; its nonce must be written into the session to be worth anything."""
    return HandOver(session_id, nonce, return_to, times.iso_millis(now + HAND_OVER_LIFE))


def seal_ticket(sealer: Sealer, ticket: Attempt | HandOver) -> str:
    """The ticket as text of letters, digits, ``.``, ``-`` and ``_``."""
    sealed = sealer.seal(json.dumps(asdict(ticket)), _purpose(type(ticket)))
    return sealed.rstrip("=").translate(str.maketrans(_STANDARD, _URL_SAFE))


def open_ticket(sealer: Sealer, kind: type[Ticket], text: str, now: datetime) -> Ticket:
    """The ticket, if it is of this kind and still good; raises ``TicketRefused``."""
    if not text or len(text) > MAX_TICKET or not text.isascii():
        raise TicketRefused("missing or too long")
    key_id, _, sealed = text.translate(str.maketrans(_URL_SAFE, _STANDARD)).partition(".")
    try:
        fields: dict[str, Any] = json.loads(sealer.open(f"{key_id}.{sealed}{'=' * (-len(sealed) % 4)}", _purpose(kind)))
    except Unreadable as exc:
        raise TicketRefused(str(exc)) from exc
    ticket = kind(**fields)
    if times.parse_iso(ticket.until) <= now:
        raise TicketRefused("too old")
    return ticket


def _purpose(kind: type[Attempt] | type[HandOver]) -> str:
    return f"sign-in ticket {kind.__name__}"
