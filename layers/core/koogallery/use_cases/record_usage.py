"""POST /seller/usage: events into the meters. Judged one by one; the good ones of a call are kept.

One read for up to 50 instances of a call, one write for each of them: an event counts in the same conditional write
that drops a known id and refuses a sealed hour. An answer is given only after that write. Where pages may know an
event, those that no earlier call has read cost one read more.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from koogallery import times
from koogallery.instance_store import update_instance
from koogallery.instances.instance import Instance
from koogallery.ledger.booking import Booking, Refusal, book, pages_to_read, refusal
from koogallery.ledger.meter import Meter, UsageEvent
from koogallery.ledger_store import load_meter, store_meter
from koogallery.messages.seller import parse_event, parse_events
from koogallery.queues import USAGE, put_pointer
from koogallery.seller_interface import SellerCall
from koogallery.services import Services
from koogallery.slots import instance_key, meter_key
from koogallery.spans import closing, retention_ends
from koogallery.state import Item
from koogallery.stores import WRITE_TRIES, Contended, Stored

CHUNK_BYTES = 150_000
"""Events of one instance booked in one write. With what a meter holds inline it stays below the size of an item."""


@dataclass
class _Report:
    accepted: int = 0
    duplicates: int = 0
    refused: list[Refusal] = field(default_factory=list)

    def take(self, booking: Booking) -> None:
        self.accepted += booking.accepted
        self.duplicates += booking.duplicates
        self.refused += booking.refused


@dataclass
class _Account:
    """What one read brought of an instance."""

    instance: Instance | None
    meter_item: Item | None


def record_usage(call: SellerCall) -> dict[str, Any]:
    """``{"accepted": n, "duplicates": n, "rejected": [{"id", "code", "message"}]}``."""
    report = _Report()
    by_instance: dict[str, list[UsageEvent]] = defaultdict(list)
    for fields in parse_events(call.read_body(keeps_big_numbers=True)):
        parsed = parse_event(fields)
        if isinstance(parsed, Refusal):
            report.refused.append(parsed)
        else:
            by_instance[parsed[0]].append(parsed[1])
    packages = {event.package for events in by_instance.values() for event in events if event.package}
    accounts = _read_accounts(call.services, [*by_instance, *(packages - by_instance.keys())])
    for instance_id, events in by_instance.items():
        _record(call.services, instance_id, events, accounts, report)
    rejected = [{"id": r.id, "code": r.code, "message": r.message} for r in report.refused]
    return {"accepted": report.accepted, "duplicates": report.duplicates, "rejected": rejected}


def _read_accounts(services: Services, ids: Sequence[str]) -> dict[str, _Account]:
    keys = [key for id_ in ids for key in (instance_key(id_), meter_key(id_))]
    found = services.state.get_many(keys)
    accounts = {}
    for id_ in ids:
        item = found.get(instance_key(id_))
        instance = Instance.from_document(item.document) if item else None
        accounts[id_] = _Account(instance, found.get(meter_key(id_)))
    return accounts


def _record(
    services: Services,
    instance_id: str,
    events: Sequence[UsageEvent],
    accounts: dict[str, _Account],
    report: _Report,
) -> None:
    account = accounts[instance_id]
    good: list[UsageEvent] = []
    now = services.clock.now()
    for event in events:
        package = accounts[event.package].instance if event.package else None
        refused = refusal(event, account.instance, package, now)
        if refused:
            report.refused.append(refused)
        else:
            good.append(event)
    if account.instance is None or not good:
        return
    for package_id in {event.package for event in good if event.package}:
        _relate(services, package_id, accounts[package_id], instance_id)
    as_read: Stored | None = Stored(account.meter_item)
    for chunk in _chunks(good):
        report.take(_book(services, account.instance, chunk, as_read))
        as_read = None


def _chunks(events: Sequence[UsageEvent]) -> Iterator[Sequence[UsageEvent]]:
    """By bytes, not by number: ids may be long, and nobody says in which script."""
    start = size = 0
    for position, event in enumerate(events):
        own = len(json.dumps(event.dump(), ensure_ascii=False).encode())
        if size + own > CHUNK_BYTES:
            yield events[start:position]
            start, size = position, 0
        size += own
    yield events[start:]


def _relate(services: Services, package_id: str, account: _Account, metered: str) -> None:
    """Note in the package, once, which instance is metered against it: queryInstance shows its use."""
    if account.instance is None or metered in account.instance.metered_instances:
        return

    def note(package: Instance) -> Instance:
        if metered in package.metered_instances:
            return package
        return replace(package, metered_instances=(*package.metered_instances, metered))

    account.instance = update_instance(services.state, package_id, note)


def _book(services: Services, instance: Instance, events: Sequence[UsageEvent], stored: Stored | None) -> Booking:
    state, now = services.state, services.clock.now()
    for _ in range(WRITE_TRIES):
        if stored is None:
            meter, stored = load_meter(state, instance.instance_id)
        else:
            meter = Meter.from_document(stored.item.document) if stored.item else None
        meter = meter or Meter(instance.instance_id)
        named = [page.sort for page in pages_to_read(meter, events)]
        pages = services.pages.read(state, instance.instance_id, named)
        booking = book(meter, pages, events, instance, now, closing(services.settings))
        if not booking.accepted:
            return booking
        for hour in booking.opened:
            due = times.hour_end(hour)
            put_pointer(state, USAGE, due=due, now=now, owner=instance.instance_id, subject=hour)
        ends = retention_ends(services.settings)
        if store_meter(state, meter, stored, now=now, retention_ends=ends, pages=services.pages):
            return booking
        stored = None
    raise Contended(f"meter of {instance.instance_id}")
