"""new_instance: the APIG event in, the exact reply out."""

from __future__ import annotations

import json

import pytest

from koogallery_simulator.dialects import saas_v2
from koogallery_simulator.dialects.base import Callback
from tests.functional.functions.cases import INSTANCE, Case, load, tell, world_with
from tests.support.counting_state import CountingState
from tests.support.memory_state import MemoryState
from tests.support.world import World, event_of


@pytest.mark.parametrize("case", load("new_instance"))
def test_new_instance(case: Case, capsys: pytest.CaptureFixture[str]) -> None:
    tell("new_instance", case, world_with(case.given), capsys)


def test_a_replay_writes_nothing_and_gets_the_earlier_answer() -> None:
    counted = CountingState(MemoryState())
    world = World(counted)
    (line,) = world.sell("on-demand")
    event = event_of(world.sign(saas_v2.new_instance(line)))
    first = world.call("new_instance", event)
    assert counted.writes == 3
    counted.reset()
    assert world.call("new_instance", event) == first
    assert counted.writes == 0


def test_the_business_id_of_another_order_is_not_taken_twice() -> None:
    world = world_with("active")
    (other,) = world.sell("period-year")
    body = {"activity": "newInstance", "businessId": INSTANCE, "orderId": other.order_id}
    callback = saas_v2.new_instance(other)
    request = world.sign(Callback("newInstance", {**body, **callback.members}))
    answers = [json.loads(world.answer(request).body) for _ in range(2)]
    assert answers[0] == answers[1]
    assert answers[0]["instanceId"] != INSTANCE
    assert world.instance(answers[0]["instanceId"]).order_id == other.order_id


def opened_as(world: World, business_id: str) -> str:
    """The instance id that newInstance answers to a businessId."""
    (line,) = world.sell("on-demand")
    callback = Callback("newInstance", {**saas_v2.new_instance(line).members, "businessId": business_id})
    return str(json.loads(world.answer(world.sign(callback)).body)["instanceId"])


@pytest.mark.parametrize("business_id", ["业务-0001", "a b", "a.b", "#a", "x" * 64, "业" * 64, "..."])
def test_a_business_id_in_any_script_becomes_the_id_and_the_product_is_told(business_id: str) -> None:
    world = World()
    assert opened_as(world, business_id) == business_id
    assert world.deliver() == {"delivered": 1}
    assert world.product.events(business_id) == ["instance.created"]


@pytest.mark.parametrize("business_id", ["a,b", "a/b", "a%2Fb", " a", "a ", ".", "..", "/", ","])
def test_a_business_id_that_no_list_and_no_path_can_hold_is_replaced(business_id: str) -> None:
    world = World()
    instance_id = opened_as(world, business_id)
    assert instance_id.startswith("inst-")
    world.deliver()
    world.set_access(instance_id)
    assert world.send(saas_v2.query_instance(instance_id)).code == "000000"


def test_a_retry_after_a_lost_answer_gets_the_first_id() -> None:
    world = World()
    (line,) = world.sell("on-demand")
    world.caller.lose_answers(1)
    attempts = world.caller.deliver(saas_v2.new_instance(line))
    assert [attempt.code for attempt in attempts] == [None, "000004"]
    _, listed = world.seller("GET", "/seller/instances")
    assert [one["instance_id"] for one in listed["instances"]] == [attempts[-1].instance_id]


def test_a_debug_call_reads_no_state_and_tells_nobody() -> None:
    counted = CountingState(MemoryState())
    world = World(counted)
    (line,) = world.sell("on-demand")
    assert world.send(saas_v2.new_instance(line, test=True)).code == "000000"
    assert counted.total == 0
    world.deliver()
    assert not world.product.received
