"""POST /seller/usage: events into the meters. Judged one by one; the good ones of a call are kept.

One read for up to 50 instances of a call, one write for each of them: an event counts in the same conditional write
that drops a known id and refuses a sealed hour. An answer is given only after that write.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from koogallery.instance_store import update_instance
from koogallery.instances.instance import Instance
from koogallery.ledger.booking import Booking, Refusal, refusal
from koogallery.ledger.entries import UsageEvent
from koogallery.messages.seller import parse_event, parse_events
from koogallery.seller_interface import SellerCall
from koogallery.services import Services
from koogallery.slots import instance_key, meter_key
from koogallery.state import KEYS_PER_READ, Item, Key
from koogallery.use_cases.book_usage import UsageBooker, likely_pages

Found = Mapping[Key, Item]


@dataclass
class _Report:
    accepted: int = 0
    duplicates: int = 0
    refused: list[Refusal] = field(default_factory=list)

    def take(self, booking: Booking) -> None:
        self.accepted += booking.accepted
        self.duplicates += booking.duplicates
        self.refused += booking.refused


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
    ids = [*by_instance, *(packages - by_instance.keys())]
    accounts = [key for id_ in ids for key in (instance_key(id_), meter_key(id_))]
    likely = likely_pages(call.services, by_instance, most=max(0, KEYS_PER_READ - len(accounts)))
    found = call.services.state.get_many([*accounts, *likely])
    instances = {id_: _instance(found, id_) for id_ in ids}
    for instance_id, events in by_instance.items():
        _record(call.services, instance_id, events, instances, found, report)
    rejected = [{"id": r.id, "code": r.code, "message": r.message} for r in report.refused]
    return {"accepted": report.accepted, "duplicates": report.duplicates, "rejected": rejected}


def _instance(found: Found, instance_id: str) -> Instance | None:
    item = found.get(instance_key(instance_id))
    return Instance.from_document(item.document) if item else None


def _record(
    services: Services,
    instance_id: str,
    events: Sequence[UsageEvent],
    instances: dict[str, Instance | None],
    found: Found,
    report: _Report,
) -> None:
    instance, now = instances[instance_id], services.clock.now()
    good: list[UsageEvent] = []
    for event in events:
        refused = refusal(event, instance, instances.get(event.package), now)
        if refused:
            report.refused.append(refused)
        else:
            good.append(event)
    if instance is None or not good:
        return
    for package_id in {event.package for event in good if event.package}:
        instances[package_id] = _relate(services, instances[package_id], instance_id)
    for booking in UsageBooker(services, instance, found).book(good):
        report.take(booking)


def _relate(services: Services, package: Instance | None, metered: str) -> Instance | None:
    """Note in the package, once, which instance is metered against it: queryInstance shows its use."""
    if package is None or metered in package.metered_instances:
        return package

    def note(package: Instance) -> Instance:
        if metered in package.metered_instances:
            return package
        return replace(package, metered_instances=(*package.metered_instances, metered))

    return update_instance(services.state, package.instance_id, note)
