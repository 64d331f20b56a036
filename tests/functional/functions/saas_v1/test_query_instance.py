"""queryInstance of SaaS 1.0: lists of ids, instances that are not open yet, usage."""

from __future__ import annotations

from tests.functional.functions.saas_v1.calls import ILLEGAL, IN_PROCESS, SUCCESS, UNKNOWN, call
from tests.support.saas_v1 import V1World
from tests.support.saas_v1 import opened_app_info as opened
from tests.support.world import ACCESS


def test_a_query_shows_the_known_instances_of_a_list(world: V1World) -> None:
    first = world.open_v1()
    second = world.open_v1(orderId="CS-2")
    answer = world.call_v1("queryInstance", instanceId=f"{first},unknown,{second}")
    assert (answer.code, answer.members["encryptType"]) == (SUCCESS, "1")
    assert [entry["instanceId"] for entry in answer.members["info"]] == [first, second]
    assert {opened(entry["appInfo"], "1")["password"] for entry in answer.members["info"]} == {ACCESS["password"]}


def test_a_query_of_an_instance_that_is_being_opened_is_in_process(world: V1World) -> None:
    assert call(world, "queryInstance", call(world, "newInstance").id).code == IN_PROCESS


def test_a_hundred_ids_are_taken_and_one_more_is_not(world: V1World) -> None:
    ids = [f"instance-{number:03d}" for number in range(101)]
    assert world.call_v1("queryInstance", instanceId=",".join(ids[:100])).code == UNKNOWN
    assert world.call_v1("queryInstance", instanceId=",".join(ids)).code == ILLEGAL


def test_a_query_shows_the_usage_of_pay_per_use(world: V1World) -> None:
    instance_id = world.open_v1(chargingMode="0")
    answer = world.call_v1("queryInstance", instanceId=instance_id)
    (usage,) = answer.members["info"][0]["usageInfo"]
    assert usage["usageValue"] == 0
    assert len(usage["statisticalTime"]) == 17
