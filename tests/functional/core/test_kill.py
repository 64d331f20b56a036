"""The process dies around every I/O, is run again, and the end is the same as if it had lived.

State calls and outbound calls are numbered together in the order they are made. Death after call k: the call has its
effect, its answer is lost. Death before call k differs from death after call k-1 only for what is read, so it is
tried on the embedded store alone.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from itertools import count
from typing import Any

import pytest

from koogallery.errors import PermanentError
from koogallery.ledger.batch import NEEDS_OPERATOR, Fate
from koogallery.queues import BATCHES, EVENTS, RETENTION, USAGE, partition
from koogallery.slots import SLOTS, slot_of
from koogallery.state import State
from koogallery_simulator import faults
from koogallery_simulator.dialects import saas_v2
from koogallery_simulator.dialects.base import Callback
from tests.support.books import read_books
from tests.support.dying_state import ProcessDied
from tests.support.mortal import Life
from tests.support.world import ACCESS, AT, World, share_of, usage

pytestmark = pytest.mark.no_cover

SLOT = 3
Story = Callable[[World, Life], dict[str, Any]]
_numbers = count()


def new_id() -> str:
    """An instance id of one slot, so that a timer of one share of the work finds it."""
    return next(id_ for n in _numbers if slot_of(id_ := f"inst-{n}") == SLOT)


SHARE = share_of(new_id())


def create(world: World, product: str, *, active: bool = True) -> str:
    """Sell and create; ``active``: the product was told and has answered with access data."""
    (line,) = world.sell(product)
    made = saas_v2.new_instance(line)
    attempt = world.send(Callback(made.activity, {**made.members, "businessId": new_id()}, line=line))
    assert attempt.accepted
    assert attempt.instance_id is not None
    if active:
        world.product.access = ACCESS
        world.deliver(user_event=SHARE)
        world.product.access = None
    return attempt.instance_id


def tell_all(story: Story, state: State, *, before: bool) -> None:
    """Tell the story once undisturbed and once for every death; the ends must be the same."""
    whole = Life()
    expected = _tell(story, state, whole)
    assert whole.calls > 3
    for number in range(1, whole.calls + 1):
        assert _tell(story, state, Life(number)) == expected, f"death after I/O {number} of {whole.calls}"
        if before:
            end = _tell(story, state, Life(number, before=True))
            assert end == expected, f"death before I/O {number} of {whole.calls}"


def _tell(story: Story, state: State, life: Life) -> dict[str, Any]:
    world = World(state)
    end = story(world, life)
    assert not world.marketplace.violations.all()
    world.clock.advance(3 * 24 * 3600)
    world.push(user_event=SHARE)
    world.deliver(user_event=SHARE)
    left = [item.key for queue in (EVENTS, USAGE, BATCHES) for item in state.query(partition(queue, SLOT), limit=9)]
    assert not left, "a queue keeps pointers for ever"
    assert not {"005", "010"} & set(world.alarms()), "a false alarm: the duplicate was our own record"
    return end


@pytest.fixture(params=["sqlite after", "sqlite before", "dynalite after"])
def death(request: pytest.FixtureRequest) -> tuple[State, bool]:
    """A store, and whether deaths before a call are tried too."""
    store, _, when = request.param.partition(" ")
    return request.getfixturevalue(f"{store}_state"), when == "before"


def billed(world: World, *instance_ids: str) -> dict[str, Any]:
    """What is billed, by instance, as the marketplace sees it; and what became of each record."""
    found = {}
    for number, instance_id in enumerate(instance_ids):
        books = read_books(world.state, instance_id)
        books.check_sums()
        books.check_records()
        found[f"instance {number}"] = {
            "hours": world.marketplace.bill.hours(instance_id),
            "fates": sorted(_shown(fate) for fate in books.fates.values()),
        }
    return found


def _shown(fate: Fate | None) -> str:
    """What was refused after an attempt whose fate nobody knows is a conflict, else rejected: both for an operator."""
    if fate is None:
        return "open"
    return "not billed" if fate.status in NEEDS_OPERATOR else fate.status


def test_new_instance(death: tuple[State, bool]) -> None:
    def story(world: World, life: Life) -> dict[str, Any]:
        (line,) = world.sell("period-year")
        first = world.sign(saas_v2.new_instance(line))
        with suppress(ProcessDied):
            world.answer_with(first, life)
        world.clock.advance(120)
        attempt = world.send(saas_v2.new_instance(line))
        assert attempt.code == "000004"
        known = [item for slot in range(SLOTS) for item in world.state.query(f"instances#{slot:02d}", limit=99)]
        mine = [item.key.sort for item in known if line.order_id in item.document]
        assert mine == [attempt.instance_id]
        world.deliver()
        world.clock.advance(600)
        world.deliver()
        return {"events": world.product.events(mine[0]), "status": world.instance(mine[0]).status}

    tell_all(story, death[0], before=death[1])


def test_release_instance(death: tuple[State, bool]) -> None:
    def story(world: World, life: Life) -> dict[str, Any]:
        instance_id = create(world, "on-demand")
        world.clock.advance(30)
        world.use(usage("u1", instance_id, "2.50001", world.clock.now()))
        world.clock.advance(30)
        with suppress(ProcessDied):
            world.answer_with(world.sign(saas_v2.release_instance(instance_id)), life)
        world.clock.advance(120)
        world.shop.release(instance_id)
        world.clock.advance(301)
        for _ in range(2):
            world.push(user_event=SHARE)
            world.deliver(user_event=SHARE)
            world.clock.advance(3600)
        end = {"events": world.product.events(instance_id), "status": world.instance(instance_id).status}
        assert world.marketplace.bill.total(instance_id) == Decimal("2.5")
        return {**end, **billed(world, instance_id)}

    tell_all(story, death[0], before=death[1])


def test_record_usage(death: tuple[State, bool]) -> None:
    def story(world: World, life: Life) -> dict[str, Any]:
        package, metered, other = create(world, "package"), create(world, "on-demand"), create(world, "on-demand")
        world.clock.advance(3600)
        now = world.clock.now()
        events = [
            usage("a1", metered, "1.5", now - timedelta(minutes=50)),
            usage("a2", metered, "0.25", now, package),
            usage("a3", other, 7, now),
        ]
        with suppress(ProcessDied):
            world.use(*events, life=life)
        world.clock.advance(5)
        again = world.use(*events)
        assert again["accepted"] + again["duplicates"] == 3
        assert world.instance(package).metered_instances == (metered,)
        for _ in range(2):
            world.to_next_hour()
            world.push(user_event=SHARE)
        assert world.marketplace.bill.total(metered) == Decimal("1.75")
        assert world.marketplace.bill.package_used(package) == Decimal("0.25")
        return billed(world, metered, other)

    tell_all(story, death[0], before=death[1])


@pytest.fixture
def small_meters(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few events fill a meter."""
    monkeypatch.setattr("koogallery.ledger.sealing.INLINE_BYTES", 600)


def _fill(world: World, name: str, life: Life) -> str:
    """Four reports of some events each; the last ones make a page. The life is that of the third."""
    metered = create(world, "on-demand")
    world.clock.advance(10)
    for number in range(4):
        report = [usage(f"{name}-{number}-{n}", metered, "0.5", world.clock.now()) for n in range(6)]
        with suppress(ProcessDied):
            world.use(*report, life=life if number == 2 else None)
        world.clock.advance(5)
    return metered


@pytest.mark.usefixtures("small_meters")
def test_record_usage_of_a_full_meter(death: tuple[State, bool]) -> None:
    def story(world: World, life: Life) -> dict[str, Any]:
        metered = _fill(world, "c", life)
        again = [usage(f"c-2-{n}", metered, "0.5", AT + timedelta(seconds=20)) for n in range(6)]
        answer = world.use(*again)
        assert answer["accepted"] + answer["duplicates"] == 6
        assert read_books(world.state, metered).meter.pages
        world.to_next_hour()
        world.push(user_event=SHARE)
        assert world.marketplace.bill.total(metered) == 12
        return billed(world, metered)

    tell_all(story, death[0], before=death[1])


@pytest.mark.usefixtures("small_meters")
def test_a_page_of_a_report_that_nobody_repeats_brings_nothing_into_the_books(sqlite_state: State) -> None:
    """What was never accepted is not in a page that its writer left behind."""
    whole = Life()
    _fill(World(sqlite_state), "whole", whole)
    assert whole.calls > 3
    for number in range(1, whole.calls + 1):
        world = World(sqlite_state)
        metered = _fill(world, f"d{number}", Life(number))
        world.to_next_hour()
        world.push(user_event=SHARE)
        books = read_books(world.state, metered)
        books.check_sums()
        assert books.meter.total_used() in (9, 12)
        assert world.marketplace.bill.total(metered) == books.meter.total_used()


def _nothing(_: World, __: str) -> None: ...


def _throttled(world: World, _: str) -> None:
    world.marketplace.faults.add(faults.throttle(1, faults.USAGE))


def _booked_then_lost(world: World, _: str) -> None:
    world.marketplace.faults.add(faults.reset(1, faults.USAGE, after_booking=True))


def _poison(world: World, instance_id: str) -> None:
    world.marketplace.faults.add(faults.RecordFault(faults.REJECT_BATCH, instance_id, "MKT.9002", times=1000))


def _refused_once(world: World, _: str) -> None:
    world.marketplace.faults.add(faults.error("MKT.0101", 1, faults.USAGE))


def _abnormal_state(world: World, instance_id: str) -> None:
    world.marketplace.faults.add(faults.RecordFault(faults.FORCE_CODE, instance_id, "013"))


def _unreadable(world: World, _: str) -> None:
    world.marketplace.faults.add(faults.garbage("no-code", 1, faults.USAGE, after_booking=True))


def _push_story(fault: Callable[[World, str], None]) -> Story:
    def story(world: World, life: Life) -> dict[str, Any]:
        package, metered, other = create(world, "package"), create(world, "on-demand"), create(world, "on-demand")
        now = world.clock.now() + timedelta(seconds=10)
        world.clock.advance(10)
        world.use(
            usage("b1", metered, "1.23456", now),
            usage("b2", metered, "3", now, package),
            usage("b3", other, "0.0001", now),
        )
        world.to_next_hour(minutes=30)
        world.use(usage("b4", metered, "2.00004", world.clock.now()))
        world.to_next_hour()
        fault(world, other)
        with suppress(ProcessDied):
            world.push(user_event=SHARE, life=life)
        for _ in range(3):
            world.clock.advance(120)
            world.push(user_event=SHARE)
        world.clock.advance(2 * 3600)
        world.push(user_event=SHARE)
        assert world.marketplace.bill.total(metered) == Decimal("6.2346")
        return billed(world, metered, other)

    return story


def test_push_usage(death: tuple[State, bool]) -> None:
    tell_all(_push_story(_nothing), death[0], before=death[1])


@pytest.mark.usefixtures("small_meters")
def test_push_usage_of_full_meters(death: tuple[State, bool]) -> None:
    def story(world: World, life: Life) -> dict[str, Any]:
        end = _push_story(_nothing)(world, life)
        assert any("pages" in item.document for item in world.state.query(partition(RETENTION, SLOT), limit=99))
        return end

    tell_all(story, death[0], before=death[1])


@pytest.mark.parametrize("fault", [_throttled, _booked_then_lost, _poison, _refused_once, _abnormal_state, _unreadable])
def test_push_usage_while_the_marketplace_misbehaves(sqlite_state: State, fault: Callable[[World, str], None]) -> None:
    tell_all(_push_story(fault), sqlite_state, before=False)


def test_deliver_events(death: tuple[State, bool]) -> None:
    def story(world: World, life: Life) -> dict[str, Any]:
        instance_id = create(world, "period-year", active=False)
        world.shop.freeze(instance_id)
        world.clock.advance(5)
        world.shop.unfreeze(instance_id)
        world.product.access = ACCESS
        with suppress(ProcessDied):
            world.deliver(user_event=SHARE, life=life)
        world.clock.advance(120)
        world.deliver(user_event=SHARE)
        instance = world.instance(instance_id)
        assert not instance.outbox
        return {
            "status": instance.status,
            "product": instance.product["charging_mode"],
            "events": world.product.events(instance_id),
            "known": {one.type: one.data.get("order_type") for one in world.product.received},
            "queried": world.shop.wait_until_ready(instance_id).code,
        }

    tell_all(story, death[0], before=death[1])


def test_deliver_events_to_a_product_that_fails_at_first(sqlite_state: State) -> None:
    def story(world: World, life: Life) -> dict[str, Any]:
        instance_id = create(world, "period-year", active=False)
        world.shop.freeze(instance_id)
        world.product.failing = 1
        with suppress(ProcessDied):
            world.deliver(user_event=SHARE, life=life)
        for _ in range(3):
            world.clock.advance(120)
            world.deliver(user_event=SHARE)
        instance = world.instance(instance_id)
        assert not instance.outbox
        assert not instance.dead_letters
        return {"events": world.product.events(instance_id)}

    tell_all(story, sqlite_state, before=True)


def test_a_permanent_error_is_no_death(sqlite_state: State) -> None:
    """The harness itself: a story that fails is not taken for one that was cut short."""

    def story(world: World, life: Life) -> dict[str, Any]:
        with suppress(ProcessDied):
            raise PermanentError("a real failure")
        return {}

    with pytest.raises(PermanentError):
        tell_all(story, sqlite_state, before=False)
