"""Pay-per-use instances with an hour of usage that waits to be billed, as the functions would have left them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal

from koogallery import times
from koogallery.instances.instance import Instance
from koogallery.ledger.entries import OpenHour, UsageEvent
from koogallery.ledger.meter import Meter
from koogallery.queues import USAGE, put_pointer
from koogallery.slots import instance_key, meter_key
from koogallery.state import State

EVENTS_AN_HOUR = 3


def opened_instance(instance_id: str, at: datetime) -> Instance:
    """An active pay-per-use instance."""
    return Instance(
        instance_id=instance_id,
        order_id=f"CS{instance_id}",
        order_line_id=f"CS{instance_id}-000001",
        created_at=times.iso_millis(at - timedelta(days=2)),
        activated_at=times.iso_millis(at - timedelta(days=2)),
        product={"charging_mode": "ON_DEMAND"},
    )


def populate(state: State, numbers: Iterable[int], hour: str) -> None:
    """Store instances, meters with an open hour, and the pointers that lead to them."""
    at, due = times.hour_start(hour), times.hour_end(hour)
    for number in numbers:
        instance_id = f"{number:08x}-0000-4000-8000-{number:012x}"
        instance = opened_instance(instance_id, at)
        meter = Meter(instance_id)
        part = meter.open[hour] = OpenHour()
        for position in range(EVENTS_AN_HOUR):
            moment = at + timedelta(minutes=10 * position)
            part.add(UsageEvent(f"event-{number}-{position}", Decimal("0.25"), moment, ""))
        meter.used[""] = part.totals[""]
        state.put_if_absent(instance_key(instance_id), instance.to_document())
        put_pointer(state, USAGE, due=due, now=at, owner=instance_id, subject=hour)
        state.put_if_absent(meter_key(instance_id), meter.to_document())
