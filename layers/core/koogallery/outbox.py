"""Events for the seller's product, waiting inside the aggregate whose change they tell.

Written in the same conditional write as the change, delivered later by ``deliver_events``: in order, at least once.
Every aggregate that tells something has an outbox; ``outbox_owners`` says where each kind is kept.
"""

from __future__ import annotations

import hashlib
import json
from abc import ABC, abstractmethod
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any, TypeVar

from koogallery import times

LONGEST_NAME = 96
"""Leaves room for the rest of a webhook-id."""


@dataclass(frozen=True)
class Event:
    """One event.

    ``order_id`` set: the order is queried before it is delivered. ``sealed``: more of its data, encrypted, personal.
    ``kept``: still more of it, too much for the aggregate: a ``kept.Place`` as text, removed once it is delivered.
    ``replayed_at``: when an operator brought it back after it had been given up.
    """

    id: str
    sequence: int
    type: str
    timestamp: str
    data: dict[str, Any]
    order_id: str = ""
    order_line_id: str = ""
    callback: dict[str, Any] = field(default_factory=dict)
    sealed: str = ""
    kept: str = ""
    attempts: int = 0
    next_at: str = ""
    last_failure: str = ""
    replayed_at: str = ""


# Methods are written for the aggregates themselves: writing them here too would take a cold start's time.
@dataclass(frozen=True, kw_only=True, init=False, repr=False, eq=False)
class Outbox(ABC):
    """Base of the aggregates that tell the seller's product something. ``sequence`` counts their events."""

    sequence: int = 0
    outbox: tuple[Event, ...] = ()
    dead_letters: tuple[Event, ...] = ()

    @abstractmethod
    def to_document(self) -> str:
        """JSON text for the state."""


Owner = TypeVar("Owner", bound=Outbox)


def dump_owner(owner: Outbox) -> str:
    """JSON text of an aggregate, empty members left out."""
    fields = {name: value for name, value in asdict(owner).items() if value not in ("", 0, (), {}, [])}
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":"))


def read_owner(document: str) -> dict[str, Any]:
    """Members of an aggregate from the text of ``dump_owner``, those that every aggregate has in their own types."""
    fields: dict[str, Any] = json.loads(document)
    for name in ("outbox", "dead_letters"):
        fields[name] = tuple(Event(**part) for part in fields.get(name, ()))
    return fields


def with_event(owner: Owner, owner_id: str, type_: str, at: datetime, data: dict[str, Any], **extra: Any) -> Owner:
    """The aggregate with one more event; the event's id is a function of owner and position."""
    sequence = owner.sequence + 1
    id_ = f"msg_{_name(owner_id)}_{sequence}"
    event = Event(id=id_, sequence=sequence, type=type_, timestamp=times.iso(at), data=data, **extra)
    return replace(owner, sequence=sequence, outbox=(*owner.outbox, event))


def _name(owner_id: str) -> str:
    """The owner's id, or its hash: ids come from the marketplace, in any script, and go into a signed header.

    A webhook-id holds no blank and no dot (Standard Webhooks).
    """
    is_plain = owner_id.isascii() and owner_id.isprintable() and not {" ", "."} & set(owner_id)
    if is_plain and len(owner_id) <= LONGEST_NAME:
        return owner_id
    return hashlib.sha256(owner_id.encode()).hexdigest()[:40]
