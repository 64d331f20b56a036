"""Instances, meters and events for tests of the ledger."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from decimal import Decimal

from koogallery import times
from koogallery.instances.instance import Instance
from koogallery.ledger.booking import Booking, book
from koogallery.ledger.closing import Closing
from koogallery.ledger.entries import UsageEvent
from koogallery.ledger.meter import Meter

AT = datetime(2026, 11, 21, 10, 5, tzinfo=timezone.utc)
CLOSING = Closing(timedelta(minutes=5))
ACTIVE = Instance(
    instance_id="inst-1",
    order_id="CS1",
    created_at="2026-11-21T08:30:00.000Z",
    activated_at="2026-11-21T08:30:15.250Z",
    access="sealed",
    product={"charging_mode": "ON_DEMAND"},
)


def moment(text: str) -> datetime:
    """``10:05`` or ``10:05:30`` of the day."""
    hour, minute, second = (int(part) for part in f"{text}:0".split(":")[:3])
    return datetime(2026, 11, 21, hour, minute, second, tzinfo=timezone.utc)


def released(text: str) -> Instance:
    """The instance, released at a time of the day."""
    return replace(ACTIVE, released_at=times.iso_millis(moment(text)))


def event(id_: str, quantity: str = "1", time: str = "10:05", package: str = "") -> UsageEvent:
    """An event of a time of the day."""
    return UsageEvent(id_, Decimal(quantity), moment(time), package)


def booked(meter: Meter, *events: UsageEvent, now: str = "10:05", instance: Instance = ACTIVE) -> Booking:
    """Book without pages."""
    return book(meter, [], events, instance, moment(now), CLOSING)
