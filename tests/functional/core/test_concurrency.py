"""Many at once, on stores whose conditional writes hold under concurrency."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from functools import partial
from threading import Barrier
from typing import Any, TypeVar

from functions.new_instance import index as new_instance
from functions.push_usage import index as push_usage
from functions.record_usage import index as record_usage
from functions.release_instance import index as release_instance
from koogallery.slots import SLOTS
from koogallery.state import State
from koogallery_simulator.dialects import saas_v2
from local_cloud.events import timer_event
from tests.support.books import read_books
from tests.support.mortal import Life
from tests.support.world import World, event_of, seller_event, usage

Result = TypeVar("Result")


def at_once(world: World, calls: Sequence[Callable[[], Result]]) -> list[Result]:
    """All calls in threads of their own that start together."""
    barrier = Barrier(len(calls))

    def run(call: Callable[[], Result]) -> Result:
        barrier.wait(timeout=20)
        return call()

    with world.injected(Life()), ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def answer(handler: Callable[[object, object], Any], event: object, context: object) -> dict[str, Any]:
    """The JSON of a function's reply."""
    return dict(json.loads(handler(event, context)["body"]))


def test_twenty_new_instances_of_one_order_line_make_one(race_safe_state: State) -> None:
    world = World(race_safe_state)
    (line,) = world.sell("period-year")
    context = world.context("new_instance")
    events = [event_of(world.sign(saas_v2.new_instance(line))) for _ in range(20)]
    answers = at_once(world, [partial(answer, new_instance.handler, event, context) for event in events])
    assert {answer["resultCode"] for answer in answers} == {"000004"}
    (instance_id,) = {answer["instanceId"] for answer in answers}
    stored = [item for slot in range(SLOTS) for item in world.state.query(f"instances#{slot:02d}", limit=99)]
    assert [item.key.sort for item in stored] == [instance_id]
    world.deliver()
    world.clock.advance(600)
    world.deliver()
    assert [one.type for one in world.product.received] == ["instance.created"]


def test_the_same_release_ten_times_at_once_is_told_once(race_safe_state: State) -> None:
    world = World(race_safe_state)
    instance_id = world.open("period-year")
    context = world.context("release_instance")
    events = [event_of(world.sign(saas_v2.release_instance(instance_id))) for _ in range(10)]
    answers = at_once(world, [partial(answer, release_instance.handler, event, context) for event in events])
    assert {answer["resultCode"] for answer in answers} == {"000000"}
    world.deliver()
    assert world.product.events(instance_id) == ["instance.created", "instance.released"]


def test_two_timers_at_once_bill_once(race_safe_state: State) -> None:
    world = World(race_safe_state)
    ids = [world.open("on-demand") for _ in range(4)]
    world.use(*(usage(f"e{n}", id_, "1.5", world.clock.now()) for n, id_ in enumerate(ids)))
    world.to_next_hour()
    context = world.context("push_usage")
    event = timer_event("push_usage", "", world.clock.now())
    reports = at_once(world, [partial(push_usage.handler, event, context)] * 2)
    assert sum(report.get("records_delivered", 0) for report in reports) == 4
    assert [world.marketplace.bill.total(id_) for id_ in ids] == [Decimal("1.5")] * 4
    assert not world.marketplace.violations.all()


def test_usage_reported_from_ten_sides_at_once_counts_once(race_safe_state: State) -> None:
    world = World(race_safe_state)
    instance_id = world.open("on-demand")
    context, now = world.context("record_usage"), world.clock.now()
    own = [[usage(f"own-{side}-{n}", instance_id, "0.1", now) for n in range(3)] for side in range(10)]
    shared = [usage(f"shared-{n}", instance_id, "1", now) for n in range(3)]
    events = [seller_event("POST", "/seller/usage", {"events": mine + shared}) for mine in own]
    answers = at_once(world, [partial(answer, record_usage.handler, event, context) for event in events])
    assert sum(answer["accepted"] for answer in answers) == 33
    assert sum(answer["duplicates"] for answer in answers) == 27
    assert sum(read_books(race_safe_state, instance_id).meter.used.values()) == Decimal(6)


def test_usage_and_the_last_run_at_once_lose_nothing(race_safe_state: State) -> None:
    """Whatever was accepted is billed, though the hour is being sealed at that very moment."""
    world = World(race_safe_state)
    instance_id = world.open("on-demand")
    world.use(usage("first", instance_id, "1", world.clock.now()))
    late = world.clock.now()
    world.to_next_hour()
    push, report = world.context("push_usage"), world.context("record_usage")
    timer = timer_event("push_usage", "", world.clock.now())
    events = [
        seller_event("POST", "/seller/usage", {"events": [usage(f"late-{n}", instance_id, "0.25", late)]})
        for n in range(6)
    ]
    at_once(
        world,
        [
            partial(push_usage.handler, timer, push),
            *(partial(answer, record_usage.handler, event, report) for event in events),
        ],
    )
    world.clock.advance(timedelta(hours=1).total_seconds())
    world.push()
    assert world.marketplace.bill.total(instance_id) == Decimal("2.5")
    read_books(race_safe_state, instance_id).check_records()
    assert not world.marketplace.violations.all()
