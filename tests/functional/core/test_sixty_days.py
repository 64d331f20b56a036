"""Sixty days of hourly runs with everything that happens in sixty days: the books agree to the last digit."""

from __future__ import annotations

import random
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from koogallery.ledger.batch import DELIVERED
from koogallery.slots import page_partition
from koogallery_simulator import faults
from tests.support.books import carried, read_books
from tests.support.world import World, usage

HOURS = 60 * 24
OUTAGE = range(480, 530)
"""Fifty hours in which no timer fires."""
UNREACHABLE = range(700, 708)
FROZEN = range(900, 930)
RELEASED = 1000


def _hour_of_usage(
    dice: random.Random, world: World, hour: int, ids: tuple[str, str, str, str]
) -> list[dict[str, Any]]:
    """What three products report in an hour, some of it late, some of it twice."""
    package, plain, packaged, bursty = ids
    now = world.clock.now()
    events = [usage(f"p{hour}", plain, f"{dice.uniform(0, 3):.6f}", now)]
    if dice.random() < 0.3:
        for part, target in (("a", None), ("b", package)):
            events.append(usage(f"q{hour}{part}", packaged, f"{dice.uniform(0, 99):.5f}", now, target))
    if dice.random() < 0.05:
        events += [usage(f"r{hour}-{n}", bursty, "0.00003", now - timedelta(minutes=n)) for n in range(10)]
    if dice.random() < 0.1:
        events.append(usage(f"late{hour}", plain, "1.5", now - timedelta(hours=dice.randint(1, 5))))
    if dice.random() < 0.1:
        events.append(events[0])
    return events


def _check_books(world: World, used: dict[str, Fraction]) -> None:
    """A last run, then nothing is open, nothing is wrong, and nothing is missing."""
    world.marketplace.faults.clear()
    world.to_next_hour()
    world.push()
    assert not world.marketplace.violations.all()
    assert not world.alarms()
    for instance_id, quantity in used.items():
        books = read_books(world.state, instance_id)
        books.check_sums()
        books.check_records()
        assert {fate.status if fate else "open" for fate in books.fates.values()} == {DELIVERED}
        assert Fraction(world.marketplace.bill.total(instance_id)) == quantity - Fraction(carried(books))
        assert carried(books) < Decimal("0.0002")


def test_sixty_days_of_hourly_runs_reconcile() -> None:
    dice = random.Random(20261121)
    world = World()
    ids = (world.open("package"), world.open("on-demand"), world.open("on-demand"), world.open("on-demand"))
    world.to_next_hour(minutes=30)
    used = dict.fromkeys(ids[1:], Fraction(0))
    seen: set[str] = set()
    for hour in range(HOURS):
        if hour in (FROZEN.start, FROZEN.stop):
            (world.shop.freeze if hour == FROZEN.start else world.shop.unfreeze)(ids[2])
        if hour == RELEASED:
            world.shop.release(ids[3])
        events = _hour_of_usage(dice, world, hour, ids)
        refused = {one["id"] for one in world.use(*events)["rejected"]}
        for event in events:
            if event["id"] not in refused | seen:
                used[event["instance_id"]] += Fraction(event["quantity"])
                seen.add(event["id"])
        world.far_ends.marketplace_unreachable = hour in UNREACHABLE
        if dice.random() < 0.05:
            world.marketplace.faults.add(faults.reset(1, faults.USAGE, after_booking=dice.random() < 0.5))
        world.to_next_hour()
        if hour not in OUTAGE:
            world.push()
        world.clock.advance(29 * 60)
    _check_books(world, used)


def test_state_grows_with_instances_and_not_with_time() -> None:
    world = World(settings={"RETENTION_DAYS": "23"})
    instance_id = world.open("on-demand")
    sizes = []
    for day in range(70):
        for part in range(6):
            world.use(usage(f"e{day}-{part}", instance_id, "1", world.clock.now()))
            world.clock.advance(3 * 3600)
            world.to_next_hour(minutes=2)
            world.push()
        sizes.append(world.size())
        if day == 40:
            assert world.state.query(page_partition(instance_id), limit=1)
    assert world.marketplace.bill.total(instance_id) == 70 * 6
    assert sizes[69] <= sizes[40] * 1.02
