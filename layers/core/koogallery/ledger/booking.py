"""Booking: usage events into open hours.

An event counts once (its id is looked for in everything that can hold it), an event for a sealed hour is booked
forward into the running hour with its own time kept, and nothing is guessed: the same id with another content is
a conflict that is reported.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from koogallery import times
from koogallery.inferred import first_billable_second
from koogallery.instances.instance import CREATING, Instance
from koogallery.ledger.closing import Closing, final_hour_due
from koogallery.ledger.entries import OpenHour, UsageEvent
from koogallery.ledger.meter import Meter
from koogallery.ledger.page import Page, PageEntry
from koogallery.ledger.quantity import ZERO, add

MAX_AGE = timedelta(days=21)
"""A record's begin may not lie further back (open API guide, MKT.9004; per-record code 007)."""
FORWARD_AGE = MAX_AGE - timedelta(days=1)
"""An hour that began further back takes nothing more: its record would be too old before it is sent, or soon after."""
MAX_FUTURE = timedelta(minutes=5)


@dataclass(frozen=True)
class Refusal:
    """Why one event was not taken: stable code and a text a person can act on."""

    id: str
    code: str
    message: str


@dataclass
class Booking:
    """What became of the events of one call for one instance."""

    accepted: int = 0
    duplicates: int = 0
    refused: list[Refusal] = field(default_factory=list)
    opened: list[str] = field(default_factory=list)


def refusal(event: UsageEvent, instance: Instance | None, package: Instance | None, now: datetime) -> Refusal | None:
    """Why an event may not be booked, judged by the life of its instance; None when it may."""
    if instance is None:
        return Refusal(event.id, "unknown_instance", "no instance has this instance_id")
    if event.package and package is None:
        return Refusal(event.id, "unknown_package", "no instance has this package_instance_id")
    if package is not None and package.charging_mode == "ON_DEMAND":
        return Refusal(event.id, "unknown_package", "package_instance_id names a pay-per-use instance, not a package")
    if instance.charging_mode not in ("", "ON_DEMAND"):
        return Refusal(event.id, "not_pay_per_use", "only pay-per-use instances are billed by usage")
    return _wrong_time(event, instance, now) or (_wrong_package(event, package) if package is not None else None)


def _wrong_time(event: UsageEvent, instance: Instance, now: datetime) -> Refusal | None:
    if event.time > now + MAX_FUTURE:
        return Refusal(event.id, "in_future", "time lies more than 5 minutes in the future")
    if event.time < now - MAX_AGE:
        return Refusal(event.id, "too_old", "time lies more than 21 days back")
    if instance.status == CREATING or not instance.activated_at:
        return Refusal(event.id, "not_yet_opened", "the instance has no access data yet, so it is not open")
    if event.time < first_billable_second(times.parse_iso(instance.activated_at)):
        return Refusal(event.id, "before_opening", "time lies before the instance was opened")
    if _is_after_release(event, instance):
        return Refusal(event.id, "instance_released", "time lies after the instance was released")
    if instance.was_frozen_at(event.time):
        return Refusal(event.id, "instance_frozen", "the instance was frozen at that time")
    return None


def _wrong_package(event: UsageEvent, package: Instance) -> Refusal | None:
    """Nothing is deducted from a package that is not in service."""
    if _is_after_release(event, package):
        return Refusal(event.id, "package_released", "time lies after the package was released")
    if package.was_frozen_at(event.time):
        return Refusal(event.id, "package_frozen", "the package was frozen at that time")
    return None


def _is_after_release(event: UsageEvent, bought: Instance) -> bool:
    return bool(bought.released_at) and event.time >= times.whole_second(times.parse_iso(bought.released_at))


def hours_to_search(events: Iterable[UsageEvent]) -> set[str]:
    """Where an earlier report of an event may be: in its hour, or in the one before.

    A product that stamps every try with the time of the try names a later hour than it did at first.
    """
    hours = {times.hour_of(event.time) for event in events}
    return hours | {times.previous_hour(hour) for hour in hours}


def pages_to_read(meter: Meter, events: Iterable[UsageEvent]) -> list[PageEntry]:
    """The pages that may hold an earlier report of one of the events."""
    hours = hours_to_search(events)
    return [page for page in meter.pages if any(page.lowest <= hour <= page.highest for hour in hours)]


def book(
    meter: Meter,
    pages: Sequence[Page],
    events: Iterable[UsageEvent],
    instance: Instance,
    now: datetime,
    closing: Closing,
) -> Booking:
    """Book events that ``refusal`` let pass; changes ``meter``. ``pages`` are those of ``pages_to_read``."""
    final_due = final_hour_due(instance, closing)
    is_closed = meter.closed or (final_due is not None and now >= final_due)
    known = {event.id: event for page in pages for event in page.all_events()}
    known.update((event.id, event) for event in meter.inline_events())
    sealed = {part.hour for page in pages for part in page.sealed} | {part.hour for part in meter.sealed}
    booking = Booking()
    for event in events:
        earlier = known.get(event.id)
        if earlier is not None:
            _repeated(booking, event, earlier)
            continue
        hour = None if is_closed else _target(event, instance, sealed, now)
        if hour is None:
            message = "the final hour of this released instance is already billed"
            booking.refused.append(Refusal(event.id, "after_final_bill", message))
            continue
        _count(meter, booking, event, hour)
        known[event.id] = event
    return booking


def _repeated(booking: Booking, event: UsageEvent, earlier: UsageEvent) -> None:
    if event.same_content(earlier):
        booking.duplicates += 1
        return
    message = "this id was reported before with another quantity, time or package; the first report stands"
    booking.refused.append(Refusal(event.id, "conflicting_id", message))


def _target(event: UsageEvent, instance: Instance, sealed: set[str], now: datetime) -> str | None:
    """The hour an event is booked in: its own, or forward into the first one from now on that is not sealed.

    Forward goes what is late for a sealed hour, and what is late for an hour whose record would hardly be taken.

    None when the instance was released and no hour of its life is left to bill the event in.
    """
    hour = times.hour_of(event.time)
    if hour in sealed or times.hour_start(hour) < now - FORWARD_AGE:
        hour = max(hour, times.hour_of(now))
    if instance.released_at:
        last = times.hour_of(times.parse_iso(instance.released_at))
        hour = min(hour, last)
        return None if hour in sealed else hour
    while hour in sealed:
        hour = times.next_hour(hour)
    return hour


def _count(meter: Meter, booking: Booking, event: UsageEvent, hour: str) -> None:
    if hour not in meter.open:
        meter.open[hour] = OpenHour()
        booking.opened.append(hour)
    meter.open[hour].add(event)
    meter.used[event.package] = add(meter.used.get(event.package, ZERO), event.quantity)
    booking.accepted += 1
