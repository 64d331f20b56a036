"""Changes of an instance by SaaS 1.0: each happens once and is told once, whatever scene it comes in."""

from __future__ import annotations

import pytest

from tests.functional.functions.saas_v1.calls import CHANGES, EXPIRY, IN_PROCESS, SUCCESS, call, told
from tests.support.saas_v1 import V1World


@pytest.mark.parametrize("activity", CHANGES)
def test_a_change_happens_once_however_often_it_is_asked_for(world: V1World, activity: str) -> None:
    instance_id = world.open_v1()
    answers = []
    for _ in range(3):
        answers.append(call(world, activity, instance_id))
        world.clock.advance(200)
    assert [answer.members for answer in answers] == [{"resultCode": SUCCESS, "resultMsg": "success"}] * 3
    assert [type_ for type_, _ in told(world)] == [CHANGES[activity]]


def test_an_upgrade_tells_the_target(world: V1World) -> None:
    instance_id = world.open_v1()
    call(world, "upgrade", instance_id)
    ((type_, data),) = told(world)
    assert (type_, data["order_id"], data["order_type"]) == ("instance.upgraded", "CS-UP-1", "CHANGE")
    assert (data["product"]["sku_code"], data["product"]["product_id"]) == ("sku-2", "00301-2--0")
    assert (data["product"]["linear_value"], data["product"]["charging_mode"]) == ("20", "PERIOD")


def test_another_upgrade_order_is_another_upgrade(world: V1World) -> None:
    instance_id = world.open_v1()
    for order_id in ("CS-UP-1", "CS-UP-2", "CS-UP-1"):
        call(world, "upgrade", instance_id, orderId=order_id)
    assert [data["order_id"] for _, data in told(world)] == ["CS-UP-1", "CS-UP-2"]


@pytest.mark.parametrize("activity", ["upgrade", "upgradeInstance"])
def test_an_upgrade_before_there_is_access_data_is_in_process(world: V1World, activity: str) -> None:
    instance_id = call(world, "newInstance").id
    assert call(world, activity, instance_id).code == IN_PROCESS


@pytest.mark.parametrize(
    ("told_by", "scene"),
    [
        ({}, "RENEWAL"),
        ({"orderAmount": "0"}, "RENEWAL"),
        ({"orderAmount": ""}, "RENEWAL"),
        ({"trialToFormal": "0"}, "RENEWAL"),
        ({"trialToFormal": ""}, "RENEWAL"),
        ({"trialToFormal": "1"}, "TRIAL_TO_FORMAL"),
        ({"trialToFormal": "2"}, "TRIAL_TO_FORMAL"),
        ({"orderAmount": "-12.5"}, "UNSUBSCRIBE_RENEWAL_PERIOD"),
        ({"orderAmount": "-0.001"}, "UNSUBSCRIBE_RENEWAL_PERIOD"),
    ],
)
def test_the_scene_follows_from_conversion_flag_and_sign_of_the_amount(
    world: V1World, told_by: dict[str, str], scene: str
) -> None:
    instance_id = world.open_v1()
    assert call(world, "refreshInstance", instance_id, **told_by).code == SUCCESS
    ((_, data),) = told(world)
    assert (data["scene"], data["expire_time"], data["order_id"]) == (scene, "2028-11-21T10:05:00Z", "CS-RE-1")
    assert world.instance(instance_id).expire_time == EXPIRY


def test_a_cancellation_with_the_order_of_the_renewal_is_told_by_its_expiry(world: V1World) -> None:
    instance_id = world.open_v1()
    call(world, "refreshInstance", instance_id)
    for _ in range(2):
        call(world, "refreshInstance", instance_id, expireTime="20271121100500")
    assert [data["expire_time"] for _, data in told(world)] == ["2028-11-21T10:05:00Z", "2027-11-21T10:05:00Z"]


@pytest.mark.parametrize("activity", ["expireInstance", "releaseInstance"])
def test_the_printed_example_without_an_order_is_taken(world: V1World, activity: str) -> None:
    instance_id = world.open_v1()
    assert world.call_v1(activity, instanceId=instance_id).code == SUCCESS
    assert [type_ for type_, _ in told(world)] == [CHANGES[activity]]


@pytest.mark.parametrize("thaw", ["NORMAL", "UNFREEZE"])
@pytest.mark.parametrize("freeze", ["expireInstance", "instanceStatus"])
def test_a_frozen_instance_thaws(world: V1World, freeze: str, thaw: str) -> None:
    instance_id = world.open_v1()
    call(world, freeze, instance_id)
    assert world.instance(instance_id).status == "frozen"
    world.clock.advance(1)
    assert call(world, "instanceStatus", instance_id, instanceStatus=thaw).code == SUCCESS
    assert world.instance(instance_id).status == "active"
    assert [type_ for type_, _ in told(world)] == ["instance.frozen", "instance.unfrozen"]


def test_a_renewal_ends_an_expiry_and_no_other_freeze(world: V1World) -> None:
    instance_id = world.open_v1()
    renewal = {"instanceId": instance_id, "orderId": "CS-R1", "expireTime": "20310101000000"}
    call(world, "expireInstance", instance_id)
    world.clock.advance(1)
    assert (
        world.call_v1("refreshInstance", **{**renewal, "orderId": "CS-R0", "expireTime": "20200101000000"}).code
        == SUCCESS
    )
    assert world.instance(instance_id).status == "frozen"
    assert world.call_v1("refreshInstance", **renewal).code == SUCCESS
    assert world.instance(instance_id).status == "active"
    world.clock.advance(1)
    call(world, "instanceStatus", instance_id)
    assert world.call_v1("refreshInstance", **{**renewal, "orderId": "CS-R2"}).code == SUCCESS
    assert world.instance(instance_id).status == "frozen"
