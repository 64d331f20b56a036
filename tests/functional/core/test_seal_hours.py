"""Sealing with others at work: pointers without work, meters that change under the run, batches that are full."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import pytest

from koogallery import times
from koogallery.ledger import sealing
from koogallery.ledger.batch import make_batch, wire_record
from koogallery.ledger_store import store_batch
from koogallery.queues import BATCHES, GRACE, USAGE, partition, put_pointer
from koogallery.slots import SLOTS, meter_key
from koogallery.state import Item
from koogallery.stores import Stored
from koogallery.use_cases import seal_hours, send_batches
from tests.support.books import read_books
from tests.support.copies import copy_of
from tests.support.dying_state import ProcessDied
from tests.support.mortal import Life
from tests.support.world import AT, World, usage

HOUR = "2026-11-21T10"


def pointers(world: World) -> list[str]:
    """What says that usage is to be sealed."""
    return [item.document for slot in range(SLOTS) for item in world.state.query(partition(USAGE, slot), limit=100)]


def two_records(world: World) -> str:
    """An instance with usage of its own and of a package."""
    metered, package = world.open("on-demand"), world.open("package")
    world.use(usage("a", metered, 1, world.clock.now()), usage("b", metered, 2, world.clock.now(), package))
    return metered


@pytest.mark.parametrize("has_meter", [True, False])
@pytest.mark.parametrize("exists", [True, False])
def test_a_pointer_without_work_goes_when_its_writer_is_gone_for_certain(exists: bool, has_meter: bool) -> None:
    """The report that put it may be about to write the meter, or it died before it did."""
    world = World()
    owner = world.open("on-demand") if exists else "nobody"
    if has_meter and exists:
        world.use(usage("a", owner, 1, world.clock.now()))
    world.to_next_hour()
    world.push()
    put_pointer(world.state, USAGE, due=times.hour_end(HOUR), now=world.clock.now(), owner=owner, subject="another")
    world.push()
    assert len(pointers(world)) == 1
    world.clock.advance(GRACE.total_seconds() + 1)
    world.push()
    assert pointers(world) == []


def test_the_hour_of_a_release_keeps_its_pointer_until_usage_of_it_is_refused() -> None:
    world = World()
    metered = world.open("on-demand")
    world.use(usage("a", metered, 1, world.clock.now()))
    world.clock.travel(AT.replace(minute=59))
    world.shop.release(metered)
    world.clock.travel(AT.replace(hour=11, minute=1))
    world.push()
    assert world.marketplace.bill.total(metered) == 0
    assert len(pointers(world)) == 2
    assert world.use(usage("b", metered, 1, AT.replace(minute=58)))["accepted"] == 1
    world.clock.travel(AT.replace(hour=11, minute=5))
    world.push()
    assert world.marketplace.bill.total(metered) == 2
    assert pointers(world) == []


def test_a_meter_that_others_write_all_the_time_is_left_to_the_next_run(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    busy, quiet = world.open("on-demand"), world.open("on-demand")
    world.use(*(usage(id_, id_, 1, world.clock.now()) for id_ in (busy, quiet)))
    world.to_next_hour()
    write = world.state.replace_if_version

    def too_late(item: Item, document: str) -> bool:
        return item.key != meter_key(busy) and write(item, document)

    with monkeypatch.context() as patched:
        patched.setattr(world.state, "replace_if_version", too_late)
        assert world.push()["accounts_stuck"] == 1
    assert "usage_account_stuck" in {line["event"] for line in world.lines}
    assert [world.marketplace.bill.total(id_) for id_ in (busy, quiet)] == [0, 1]
    world.push()
    assert world.marketplace.bill.total() == 2


def _use(world: World, event: dict[str, Any]) -> None:
    world.use(event)


def _at_every_step(world: World, check: Callable[[World, int], None]) -> None:
    """A run in a world of its own for each of its I/Os."""
    whole = Life()
    copy_of(world).push(life=whole)
    for number in range(1, whole.calls + 1):
        check(copy_of(world), number)


@pytest.mark.parametrize("inline_bytes", [1, 120_000])
def test_a_report_in_the_middle_of_a_run_is_billed_once(monkeypatch: pytest.MonkeyPatch, inline_bytes: int) -> None:
    monkeypatch.setattr(sealing, "INLINE_BYTES", inline_bytes)
    begun = World()
    metered = two_records(begun)
    late = usage("late", metered, 4, begun.clock.now())
    begun.to_next_hour()

    def check(world: World, number: int) -> None:
        world.push(life=Life(pauses={number: partial(_use, world, late)}))
        assert world.use(late)["duplicates"] == 1
        world.to_next_hour()
        world.push()
        assert world.marketplace.bill.total(metered) == 7
        books = read_books(world.state, metered)
        books.check_sums()
        books.check_records()

    _at_every_step(begun, check)


def test_a_run_that_stands_still_while_another_takes_over_bills_nothing_again() -> None:
    """Its batch was made void, or its records are in one of the other's: it stops where it notices."""
    begun = World()
    metered = two_records(begun)
    begun.to_next_hour()
    lost = []

    def check(world: World, number: int) -> None:
        def meanwhile() -> None:
            world.clock.advance(61)
            world.push()

        lost.append(world.push(life=Life(pauses={number: meanwhile})).get("lease_lost", 0))
        world.clock.advance(61)
        world.push()
        assert world.marketplace.bill.total(metered) == 3
        assert not world.alarms()
        assert not read_books(world.state, metered).unsettled()

    _at_every_step(begun, check)
    assert any(lost)


def test_a_run_that_lost_its_records_leaves_the_pointers_to_the_one_that_took_them() -> None:
    """The other one may have died before it stored its batch."""
    begun = World()
    metered = two_records(begun)
    begun.to_next_hour()
    still = _death_without_batch(begun, 1) + 1
    whole = Life()
    copy_of(begun).push(life=whole)
    for death in range(1, whole.calls):
        world = copy_of(begun)
        world.push(life=Life(pauses={still: partial(_take_over_and_die, world, death)}))
        world.clock.advance(61)
        world.push()
        assert world.marketplace.bill.total(metered) == 3
        assert not world.alarms()


def _take_over_and_die(world: World, death: int) -> None:
    world.clock.advance(61)
    with suppress(ProcessDied):
        world.push(life=Life(death))


def left_without_batch(instances: int = 1) -> tuple[World, list[str]]:
    """A run died when it had sealed the hour of each instance and stored no batch; its lease has expired."""
    begun = World()
    ids = [two_records(begun) for _ in range(instances)]
    begun.to_next_hour()
    with suppress(ProcessDied):
        begun.push(life=Life(_death_without_batch(begun, instances)))
    begun.clock.advance(61)
    return begun, ids


def _death_without_batch(begun: World, instances: int) -> int:
    """The last I/O at which a run dies so."""
    whole, deaths = Life(), []
    copy_of(begun).push(life=whole)
    for number in range(1, whole.calls + 1):
        world = copy_of(begun)
        with suppress(ProcessDied):
            world.push(life=Life(number))
        world.clock.advance(61)
        if world.push().get("hours_found_again") == instances:
            deaths.append(number)
    return deaths[-1]


def test_records_found_again_wait_for_a_batch_with_room_for_all_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a seal holds goes into one batch; a batch of three has no room for two seals of two records."""
    world, ids = left_without_batch(instances=3)
    monkeypatch.setattr(send_batches, "MAX_RECORDS", 3)
    assert world.push()["hours_found_again"] == 3
    assert [len(json.loads(body)["usage_records"]) for body in world.far_ends.pushes] == [2, 2, 2]
    assert [world.marketplace.bill.total(id_) for id_ in ids] == [3, 3, 3]


def test_a_report_while_records_are_found_again_is_billed_once() -> None:
    begun, (metered,) = left_without_batch()
    late = usage("late", metered, 4, AT)

    def check(world: World, number: int) -> None:
        world.push(life=Life(pauses={number: partial(_use, world, late)}))
        world.to_next_hour()
        world.push()
        assert world.marketplace.bill.total(metered) == 7
        assert not read_books(world.state, metered).unsettled()

    _at_every_step(begun, check)


def test_a_batch_that_its_run_stored_after_all_is_the_one_that_is_sent() -> None:
    """The run had not died, it stood still: its batch comes while the records are found again, or finds itself void."""
    begun, (metered,) = left_without_batch()

    def check(world: World, number: int) -> None:
        now = world.clock.now()
        records = read_books(world.state, metered).records()
        batch = make_batch(records[0].batch, [wire_record(metered, one, times.record(now)) for one in records], now)
        stored = []

        def its_run_goes_on() -> None:
            put_pointer(world.state, BATCHES, due=now, now=now, owner=metered, subject=batch.id)
            stored.append(store_batch(world.state, batch, Stored(None)) is not None)

        found_again = world.push(life=Life(pauses={number: its_run_goes_on})).get("hours_found_again", 0)
        came_first.append(stored == [True])
        assert not (found_again and stored == [True])
        for _ in range(2):
            world.clock.advance(61)
            world.push()
        assert world.marketplace.bill.total(metered) == 3
        assert not world.alarms()
        assert not read_books(world.state, metered).unsettled()

    came_first: list[bool] = []
    _at_every_step(begun, check)
    assert {*came_first} == {True, False}


def test_a_run_whose_time_passes_anywhere_leaves_the_rest_to_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seal_hours, "READ_AT_ONCE", 1)
    begun = World()
    ids = [two_records(begun) for _ in range(2)]
    begun.to_next_hour()
    out_of_time = []

    def check(world: World, number: int) -> None:
        report = world.push(life=Life(pauses={number: lambda: world.clock.advance(200)}))
        out_of_time.append(report.get("stopped_out_of_time", 0))
        world.clock.advance(61)
        world.push()
        assert [world.marketplace.bill.total(id_) for id_ in ids] == [3, 3]
        assert not world.alarms()

    _at_every_step(begun, check)
    assert any(out_of_time)
