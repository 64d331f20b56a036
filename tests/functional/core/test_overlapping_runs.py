"""Two runs of push_usage at once: one stands still at any I/O, another one does its work, the first one goes on.

This is what a frozen function instance, a slow store or a second timer look like. With a live lease the second run
does nothing; with an expired one it takes over, and nothing the first one still does may be billed or alarm.
"""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal
from functools import lru_cache

import pytest

from koogallery.leases import TTL
from koogallery.slots import batch_key
from koogallery_simulator import faults
from tests.support.books import read_books
from tests.support.copies import copy_of
from tests.support.dying_state import ProcessDied
from tests.support.mortal import Life
from tests.support.world import World, usage

pytestmark = pytest.mark.no_cover

LEASE_SECONDS = TTL.total_seconds()


@lru_cache(1)
def _made() -> tuple[World, str, str]:
    world = World()
    package, metered, other = world.open("package"), world.open("on-demand"), world.open("on-demand")
    world.clock.advance(10)
    now = world.clock.now()
    world.use(
        usage("c1", metered, "1.23456", now), usage("c2", metered, 3, now, package), usage("c3", other, "0.0001", now)
    )
    world.to_next_hour()
    return world, metered, other


def _world() -> tuple[World, str, str]:
    """Two instances, one with a package: an hour that is over, and one record in two."""
    world, metered, other = _made()
    return copy_of(world), metered, other


def _length() -> int:
    life = Life()
    _world()[0].push(life=life)
    return life.calls


@pytest.mark.parametrize("pause", [1, LEASE_SECONDS + 1], ids=["the lease lives", "the lease has expired"])
@pytest.mark.parametrize("fault", [None, faults.throttle(1, faults.USAGE), faults.error("MKT.0101", 1, faults.USAGE)])
def test_a_run_that_stands_still_anywhere_does_no_harm(pause: float, fault: faults.CallFault | None) -> None:
    for number in range(1, _length() + 1):
        world, metered, other = _world()
        if fault:
            world.marketplace.faults.add(faults.CallFault(**{**vars(fault), "used": 0}))

        def meanwhile(world: World = world) -> None:
            world.clock.advance(pause)
            world.push()

        world.push(life=Life(pauses={number: meanwhile}))
        for _ in range(2):
            world.clock.advance(1200)
            world.push()
        assert not world.marketplace.violations.all(), number
        assert world.marketplace.bill.total(metered) == Decimal("4.2345"), number
        assert world.marketplace.bill.total(other) == Decimal("0.0001"), number
        assert not world.alarms(), f"a false alarm after a pause before I/O {number}"
        for instance_id in (metered, other):
            books = read_books(world.state, instance_id)
            books.check_sums()
            books.check_records()
            assert not books.unsettled(), number


def test_a_second_run_does_nothing_while_the_lease_of_the_first_lives() -> None:
    world, _, _ = _world()
    reports = []
    world.far_ends.before_push.append(lambda: reports.append(world.push()))
    world.push()
    assert reports == [{"busy": 1}]
    assert len(world.far_ends.pushes) == 1


def _unbatched(world: World, *instance_ids: str) -> bool:
    """Is there a sealed record whose batch is not stored?"""
    records = [record for id_ in instance_ids for record in read_books(world.state, id_).records()]
    return any(world.state.get(batch_key(record.batch)) is None for record in records)


def _taken_over(number: int, death: int) -> tuple[World, str, str] | None:
    """A run stands still before I/O ``number``, its successor dies at ``death``, the run goes on.

    None when nothing was sealed without a batch at that moment, or when the successor lived to its end.
    """
    world, metered, other = _world()
    life = Life(death)

    def meanwhile() -> None:
        if _unbatched(world, metered, other):
            world.clock.advance(LEASE_SECONDS + 1)
            with suppress(ProcessDied):
                world.push(life=life)

    world.push(life=Life(pauses={number: meanwhile}))
    return (world, metered, other) if life.is_over else None


def test_a_run_that_goes_on_does_not_hide_what_its_dead_successor_has_taken_over() -> None:
    """The first stands still between seal and batch, the second takes its records and dies, the first goes on."""
    told = 0
    for number in range(1, _length() + 1):
        for death in range(1, 60):
            story = _taken_over(number, death)
            if story is None:
                break
            told += 1
            world, metered, other = story
            for _ in range(2):
                world.clock.advance(1200)
                world.push()
            assert world.marketplace.bill.total(metered) == Decimal("4.2345"), (number, death)
            assert world.marketplace.bill.total(other) == Decimal("0.0001"), (number, death)
            assert not world.alarms(), (number, death)
            assert not read_books(world.state, metered).unsettled(), (number, death)
    assert told > 20
