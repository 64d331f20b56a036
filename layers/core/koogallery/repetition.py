"""What an aggregate remembers so that a callback that comes again changes nothing.

A request that is sent again word for word is told by its nonce, a callback that is repeated by its documented key,
an old change of status by its signed time.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

from koogallery.inferred import NONCE_MEMORY_SECONDS
from koogallery.outbox import Outbox, read_owner

if TYPE_CHECKING:
    from datetime import datetime

MAX_APPLIED = 500


@dataclass(frozen=True)
class SeenNonce:
    """A request that was answered: its nonce, its signed time in ms, the result code it got."""

    nonce: str
    stamp: int
    result_code: str


@dataclass(frozen=True, kw_only=True, init=False, repr=False, eq=False)
class Repeatable(Outbox):
    """``applied`` are the keys of callbacks that had their effect, ``status_stamp`` the last change of status in ms."""

    status_stamp: int = 0
    applied: tuple[str, ...] = ()
    nonces: tuple[SeenNonce, ...] = ()

    def earlier_code(self, nonce: str) -> str:
        """The result code a request with this nonce got; empty when it is new."""
        return next((seen.result_code for seen in self.nonces if seen.nonce == nonce), "")


Owner = TypeVar("Owner", bound=Repeatable)


def with_applied(owner: Owner, key: str) -> Owner:
    """The aggregate that knows of one more effect."""
    return replace(owner, applied=(*owner.applied, key)[-MAX_APPLIED:])


def with_nonce(owner: Owner, seen: SeenNonce, now: datetime) -> Owner:
    """The aggregate that knows of one more request; those nobody can repeat any more are forgotten."""
    oldest = int(now.timestamp() * 1000) - NONCE_MEMORY_SECONDS * 1000
    kept = tuple(one for one in owner.nonces if one.stamp >= oldest)
    return replace(owner, nonces=(*kept, seen))


def read_repeatable(document: str) -> dict[str, Any]:
    """Members of an aggregate from the text of ``outbox.dump_owner``, what it remembers in its own types."""
    fields = read_owner(document)
    fields["nonces"] = tuple(SeenNonce(**part) for part in fields.get("nonces", ()))
    fields["applied"] = tuple(fields.get("applied", ()))
    return fields
