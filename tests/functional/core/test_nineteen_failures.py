"""The nineteen ways in which metering systems are known to have lost or doubled usage; none of them works here.

Each test names its failure and where it happened, as far as that is public.
"""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import datetime, timedelta
from decimal import Decimal
from math import ceil, log2
from typing import Any

import pytest

from koogallery.errors import RetryableError
from koogallery.ledger.batch import CONFLICT, DELIVERED, EXPIRED, REJECTED
from koogallery.state import StateUnavailable
from koogallery_simulator import faults
from koogallery_simulator.bill import UsageRecord
from tests.support.books import Books, read_books
from tests.support.dying_state import ProcessDied
from tests.support.mortal import Life
from tests.support.world import AT, World, usage

HOUR = timedelta(hours=1)


@pytest.fixture
def world() -> World:
    """The bundle at 10:05."""
    return World()


@pytest.fixture
def metered(world: World) -> str:
    """An active pay-per-use instance, ten seconds old."""
    instance_id = world.open("on-demand")
    world.clock.advance(10)
    return instance_id


def report(world: World, instance_id: str, quantity: object = "1", id_: str = "e1") -> dict[str, Any]:
    """One event of this moment."""
    return world.use(usage(id_, instance_id, quantity, world.clock.now()))


def billed(world: World, instance_id: str) -> dict[str, Decimal]:
    """The marketplace's bill by hour."""
    return world.marketplace.bill.hours(instance_id)


def statuses(books: Books) -> list[str]:
    """What became of each record."""
    return [books.fates[r.metering_sn].status for r in books.records() if books.fates[r.metering_sn]]  # type: ignore[union-attr]


def next_run(world: World) -> dict[str, Any]:
    """The first timer of the next hour."""
    world.to_next_hour()
    return world.push()


def sent_records(world: World) -> list[list[dict[str, Any]]]:
    """Records of every push that was tried."""
    return [json.loads(body)["usage_records"] for body in world.far_ends.pushes]


def test_01_an_event_id_is_not_claimed_before_its_usage_is_stored(world: World, metered: str) -> None:
    """A key claimed before the write and never released: the retry says success, the usage is lost.

    openmeter #5118, #5161.
    """
    event = usage("e1", metered, "1", world.clock.now())
    whole = Life()
    with suppress(ProcessDied):
        World(world.state).use(event | {"id": "probe", "quantity": "0"}, life=whole)
    for number in range(1, whole.calls):
        life = Life(number, before=True)
        with pytest.raises(ProcessDied):
            world.use(event | {"id": f"e{number}"}, life=life)
        assert world.use(event | {"id": f"e{number}"})["accepted"] == 1
        assert world.use(event | {"id": f"e{number}"})["duplicates"] == 1
    next_run(world)
    assert world.marketplace.bill.total(metered) == whole.calls - 1


def test_02_a_record_keeps_its_id_whatever_happens_to_its_attempts(world: World, metered: str) -> None:
    """A new random id for every attempt: the same usage billed four times. Vexa #330, langfuse #15917."""
    report(world, metered)
    world.marketplace.faults.add(faults.reset(4, faults.USAGE, after_booking=True))
    next_run(world)
    world.clock.advance(300)
    world.push()
    assert len(world.far_ends.pushes) == 5
    assert len(set(world.far_ends.pushes)) == 1
    assert billed(world, metered) == {"2026-11-21T10": Decimal(1)}


def test_03_our_own_duplicate_is_a_delivery_and_the_next_hour_goes_on(world: World, metered: str) -> None:
    """The own duplicate answered as an error stalled the whole cursor. langfuse #16292."""
    report(world, metered)
    world.marketplace.faults.add(faults.reset(3, faults.USAGE, after_booking=True))
    next_run(world)
    report(world, metered, "2", "e2")
    next_run(world)
    assert billed(world, metered) == {"2026-11-21T10": Decimal(1), "2026-11-21T11": Decimal(2)}
    assert statuses(read_books(world.state, metered)) == [DELIVERED, DELIVERED]
    assert not world.alarms()


def test_04_a_duplicate_with_another_quantity_on_file_is_a_conflict(world: World, metered: str) -> None:
    """A duplicate answer taken for success although the quantities differ. Red Hat swatch PR #6496."""
    report(world, metered, "9")
    begin, end = AT + timedelta(seconds=10), AT.replace(hour=11, minute=0)
    world.marketplace.bill.book(UsageRecord(metered, "somebody-else", begin, end, Decimal(5), "5"))
    next_run(world)
    assert statuses(read_books(world.state, metered)) == [CONFLICT]
    assert world.alarms() == ["010"]
    assert billed(world, metered) == {"2026-11-21T10": Decimal(5)}


def test_05_every_record_of_an_answer_is_read(world: World, metered: str) -> None:
    """Any answer with results read as success; those not taken were never billed. flexprice PR #2255."""
    other = world.open("on-demand")
    report(world, metered)
    report(world, other, "2", "e2")
    world.marketplace.faults.add(faults.RecordFault(faults.FORCE_CODE, metered, "006"))
    next_run(world)
    assert statuses(read_books(world.state, metered)) == [REJECTED]
    assert statuses(read_books(world.state, other)) == [DELIVERED]
    assert world.alarms() == ["006"]


def test_06_a_late_attempt_says_when_the_usage_was_not_when_it_is_sent(world: World, metered: str) -> None:
    """The time of sending stamped as the time of usage: a retry became another record, in another hour."""
    report(world, metered)
    world.far_ends.marketplace_unreachable = True
    next_run(world)
    world.clock.advance(30 * 3600)
    world.far_ends.marketplace_unreachable = False
    world.push()
    ((record,),) = {json.dumps(records): records for records in sent_records(world)}.values()
    assert (record["begin_time"], record["end_time"]) == ("20261121T100510Z", "20261121T110000Z")
    assert billed(world, metered) == {"2026-11-21T10": Decimal(1)}


def test_07_a_gap_of_fifty_hours_is_walked_hour_by_hour(world: World, metered: str) -> None:
    """A missed run was skipped for ever, and the meter stood still. Azure SaaS Accelerator #469."""
    for number in range(50):
        report(world, metered, number + 1, f"e{number}")
        world.clock.advance(3600)
    world.push()
    hours = billed(world, metered)
    assert list(hours.values()) == [Decimal(number + 1) for number in range(50)]
    assert list(hours) == [f"{AT + number * HOUR:%Y-%m-%dT%H}" for number in range(50)]
    assert len(world.far_ends.pushes) == 1


def test_08_one_failing_customer_neither_blocks_nor_doubles_the_others(world: World, metered: str) -> None:
    """A failure in the middle of a common cursor billed the first customers twice. langfuse #15917."""
    others = [world.open("on-demand") for _ in range(3)]
    for number, id_ in enumerate([others[0], metered, *others[1:]]):
        report(world, id_, "1", f"e{number}")
    world.marketplace.faults.add(faults.RecordFault(faults.REJECT_BATCH, metered, "MKT.0999", times=9))
    next_run(world)
    for _ in range(5):
        world.clock.advance(240)
        world.push()
    assert [world.marketplace.bill.total(id_) for id_ in (metered, *others)] == [1, 1, 1, 1]
    assert len(world.marketplace.bill.records()) == 4


@pytest.mark.parametrize("count", [2, 64])
def test_09_one_bad_record_is_found_by_halving_and_the_rest_is_billed(count: int) -> None:
    """One record at fault rejects a whole batch (an unknown customer, a timestamp out of bounds)."""
    world = World()
    ids = [world.open("on-demand") for _ in range(count)]
    world.use(*(usage(f"e{number}", id_, 1, world.clock.now()) for number, id_ in enumerate(ids)))
    world.marketplace.faults.add(faults.RecordFault(faults.REJECT_BATCH, ids[count // 3], "MKT.9001", times=99))
    next_run(world)
    assert len(world.far_ends.pushes) == 1 + 2 * ceil(log2(count))
    assert len(world.marketplace.bill.records()) == count - 1
    assert world.alarms() == ["MKT.9001"]
    world.push()
    assert len(world.far_ends.pushes) == 1 + 2 * ceil(log2(count))


def test_10_a_store_that_fails_after_the_report_does_not_lead_to_a_second_bill(world: World, metered: str) -> None:
    """Reported, then the database write fails: sent again by the next run; a lock without an owner. Agenta #3769."""
    report(world, metered)
    world.to_next_hour()
    for number in range(1, 80):
        with suppress(RetryableError):
            world.push(life=Life(failures={number: StateUnavailable("the table does not answer")}))
        world.clock.advance(120)
    world.push()
    assert billed(world, metered) == {"2026-11-21T10": Decimal(1)}
    assert statuses(read_books(world.state, metered)) == [DELIVERED]


def test_11_what_is_too_old_becomes_final_and_is_told_once(world: World, metered: str) -> None:
    """Expired rows were retried for ever and inflated the totals. Metered billing accelerator #152."""
    report(world, metered, "7")
    world.far_ends.marketplace_unreachable = True
    next_run(world)
    world.clock.advance(22 * 24 * 3600)
    world.far_ends.marketplace_unreachable = False
    report(world, metered, "1", "e2")
    next_run(world)
    tries = len(world.far_ends.pushes)
    next_run(world)
    assert len(world.far_ends.pushes) == tries
    books = read_books(world.state, metered)
    assert statuses(books) == [EXPIRED, DELIVERED]
    assert world.alarms() == [""]
    assert world.marketplace.bill.total(metered) == 1
    assert books.meter.total_used() == 8


@pytest.mark.parametrize("fault", [faults.throttle(7), faults.throttle(7, blank=True), faults.too_many_requests(7)])
def test_12_a_throttled_push_is_tried_again(world: World, metered: str, fault: faults.CallFault) -> None:
    """A throttle treated as final. Red Hat swatch PR #3822."""
    report(world, metered)
    world.marketplace.faults.add(faults.CallFault(**{**vars(fault), "used": 0}))
    next_run(world)
    assert not billed(world, metered)
    for _ in range(3):
        world.clock.advance(240)
        world.push()
    assert billed(world, metered) == {"2026-11-21T10": Decimal(1)}
    assert not world.alarms()


def test_13_an_hour_of_zero_usage_is_not_an_hour_nobody_reported(world: World, metered: str) -> None:
    """An outage looked like zero usage. fountain #503, metered billing accelerator #37."""
    report(world, metered, 0)
    next_run(world)
    world.to_next_hour()
    next_run(world)
    (sealed,) = read_books(world.state, metered).seals()
    assert (sealed.hour, sealed.records) == ("2026-11-21T10", [])
    assert not world.far_ends.pushes
    assert world.counts["hours_zero"] == 1


def test_14_dead_letters_are_seen(world: World) -> None:
    """Dead outbox rows stayed unseen for a month behind an open circuit breaker. open-bank-oss #4932."""
    (instance_id,) = world.shop.buy("period-year")
    world.product.failing = 10_000
    for _ in range(80):
        world.deliver()
        world.clock.advance(3700)
    alarms = [line for line in world.lines if line["event"] == "event_not_delivered" and line["alarm"]]
    assert len(alarms) == 1
    _, document = world.seller("GET", f"/seller/instances/{instance_id}")
    assert (document["events_dead"], document["events_pending"]) == (1, 0)


def test_15_usage_for_an_hour_that_was_sent_is_billed_in_the_open_one(world: World, metered: str) -> None:
    """A backdated event came after its hour was sent: lost, or a second record that was dropped. flexprice."""
    report(world, metered)
    then = world.clock.now()
    next_run(world)
    assert world.use(usage("late", metered, "5", then))["accepted"] == 1
    assert world.use(usage("late", metered, "5", then))["duplicates"] == 1
    next_run(world)
    assert billed(world, metered) == {"2026-11-21T10": Decimal(1), "2026-11-21T11": Decimal(5)}
    late = [event for event in read_books(world.state, metered).meter.inline_events() if event.id == "late"]
    assert [event.time for event in late] == [then]


def test_16_nothing_is_counted_twice_that_could_not_be_taken_back(world: World, metered: str) -> None:
    """An over-count cannot be undone: hours are half open, an id counts once, nothing is negative. flexprice."""
    eleven = datetime(2026, 11, 21, 11, tzinfo=AT.tzinfo)
    world.clock.travel(eleven - timedelta(minutes=1))
    events = [
        usage("before", metered, "1", eleven - timedelta(seconds=1)),
        usage("edge", metered, "2", eleven),
        usage("edge", metered, "2", eleven),
        usage("edge", metered, "4", eleven),
        usage("back", metered, "-8", eleven),
    ]
    answer = world.use(*events)
    assert (answer["accepted"], answer["duplicates"]) == (2, 1)
    assert {one["code"] for one in answer["rejected"]} == {"conflicting_id", "invalid_quantity"}
    next_run(world)
    next_run(world)
    assert billed(world, metered) == {"2026-11-21T10": Decimal(1), "2026-11-21T11": Decimal(2)}


def test_17_the_running_hour_is_billed_when_the_instance_ends(world: World, metered: str) -> None:
    """The last open hour was lost at a cancellation, or billed beyond it. Red Hat swatch, AWS."""
    report(world, metered, "3")
    world.clock.advance(600)
    closed = world.clock.now()
    world.shop.release(metered)
    world.clock.advance(60)
    assert world.use(usage("straggler", metered, "4", closed - timedelta(seconds=1)))["accepted"] == 1
    world.clock.advance(300)
    world.push()
    (record,) = world.marketplace.bill.records(metered)
    assert (record.value, record.end) == (Decimal(7), closed)
    answer = world.use(usage("too-late", metered, "1", closed - timedelta(seconds=2)))
    assert [one["code"] for one in answer["rejected"]] == ["after_final_bill"]


def test_17_usage_from_before_a_freeze_is_billed(world: World, metered: str) -> None:
    """The same at a freeze: the hour is billed in its time, and frozen time takes no usage."""
    report(world, metered, "3")
    world.clock.advance(600)
    world.shop.freeze(metered)
    answer = world.use(usage("frozen", metered, "1", world.clock.now()))
    assert [one["code"] for one in answer["rejected"]] == ["instance_frozen"]
    next_run(world)
    assert billed(world, metered) == {"2026-11-21T10": Decimal(3)}


def test_18_an_early_zero_does_not_close_the_hour(world: World, metered: str) -> None:
    """The first report wins, and an early zero locked the hour. AWS marketplace aggregator."""
    report(world, metered, 0)
    world.push()
    world.clock.advance(1800)
    report(world, metered, "6", "e2")
    next_run(world)
    assert billed(world, metered) == {"2026-11-21T10": Decimal(6)}


def test_19_the_hour_of_usage_is_ours_to_derive(world: World, metered: str) -> None:
    """A bucket stamped wrongly by its writer was never found again: a loss nobody can see. AWS metering."""
    event = usage("e1", metered, "1", world.clock.now())
    local = event | {"id": "e2", "time": "2026-11-21T18:05:10+08:00"}
    assert world.use(event | {"hour": "2026-11-21T09", "bucket": "1999"}, local)["accepted"] == 2
    answer = world.use(event | {"id": "e3", "time": "2026-11-21"}, event | {"id": "e4", "time": 1795255510})
    assert [one["code"] for one in answer["rejected"]] == ["invalid_time", "invalid_time"]
    next_run(world)
    assert billed(world, metered) == {"2026-11-21T10": Decimal(2)}
