"""Calls of SaaS 1.0 again, late or after the release: none undoes a newer one."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.functional.functions.saas_v1.calls import (
    ABOUT_ONE,
    CALLS,
    EVENTS,
    IN_PROCESS,
    SUCCESS,
    UNKNOWN,
    call,
    counted,
    told,
)
from tests.support.saas_v1 import V1World, order, query_of, time_stamp


@pytest.mark.parametrize("activity", CALLS)
def test_the_identical_request_again_writes_nothing_and_gets_the_same_answer(world: V1World, activity: str) -> None:
    instance_id = world.open_v1()
    parameters = order(orderId="CS-NEW") if activity == "newInstance" else CALLS[activity](instance_id)
    query = query_of(world.signed(activity, **parameters))
    first = world.get(query)
    expected = told(world)
    counted(world).reset()
    again = world.get(query)
    assert counted(world).writes == 0
    world.clock.advance(86_400)
    later = world.get(query)
    for answer in (again, later):
        assert {**answer.members, "info": 0} == {**first.members, "info": 0}
    assert [type_ for type_, _ in expected] == EVENTS[activity]
    assert told(world) == []


@pytest.mark.parametrize("late", ["expireInstance", "instanceStatus"])
def test_a_delayed_change_of_status_does_not_undo_a_newer_one(world: V1World, late: str) -> None:
    instance_id = world.open_v1()
    delayed = query_of(world.signed(late, **CALLS[late](instance_id)))
    world.clock.advance(0.001)
    call(world, "instanceStatus", instance_id, instanceStatus="NORMAL")
    world.clock.advance(3 * 3600)
    assert world.get(delayed).code == SUCCESS
    assert world.instance(instance_id).status == "active"
    assert told(world) == []


def test_a_replayed_freeze_does_not_undo_the_thaw_after_it(world: V1World) -> None:
    instance_id = world.open_v1()
    frozen = query_of(world.signed("instanceStatus", **CALLS["instanceStatus"](instance_id)))
    world.get(frozen)
    world.clock.advance(1)
    call(world, "instanceStatus", instance_id, instanceStatus="NORMAL")
    for seconds in (1, 86_400):
        world.clock.advance(seconds)
        assert world.get(frozen).code == SUCCESS
    assert world.instance(instance_id).status == "active"


@pytest.mark.parametrize("stamp", ["20990101000000000", "20290101000000123", "soon", "9" * 20, "20261345000000000"])
def test_a_time_that_cannot_be_counts_as_now_and_shuts_nothing_out(world: V1World, stamp: str) -> None:
    instance_id = world.open_v1()
    call(world, "instanceStatus", instance_id, timeStamp=stamp)
    assert world.instance(instance_id).status == "frozen"
    world.clock.advance(1)
    call(world, "instanceStatus", instance_id, instanceStatus="NORMAL")
    assert world.instance(instance_id).status == "active"


def test_stamps_of_another_time_zone_are_still_in_order(world: V1World) -> None:
    instance_id = world.open_v1()
    ahead = world.clock.now() + timedelta(hours=8)
    later, earlier = (time_stamp(ahead + timedelta(seconds=seconds)) for seconds in (1, 0))
    call(world, "instanceStatus", instance_id, timeStamp=later)
    call(world, "instanceStatus", instance_id, instanceStatus="NORMAL", timeStamp=earlier)
    assert world.instance(instance_id).status == "frozen"


def test_an_old_time_stamp_is_not_refused(world: V1World) -> None:
    assert call(world, "newInstance", timeStamp="20180101000000000").code == IN_PROCESS


def test_a_released_instance_is_gone_for_everything_but_its_release(world: V1World) -> None:
    instance_id = world.open_v1()
    call(world, "releaseInstance", instance_id)
    world.clock.advance(1)
    codes = {activity: call(world, activity, instance_id).code for activity in ABOUT_ONE}
    assert codes == {**dict.fromkeys(ABOUT_ONE, UNKNOWN), "releaseInstance": SUCCESS}
    assert world.instance(instance_id).status == "released"
