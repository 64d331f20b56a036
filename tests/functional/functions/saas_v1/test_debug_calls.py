"""Debug calls of SaaS 1.0: verified as real ones are, answered from the settings, touching nothing."""

from __future__ import annotations

import json

import pytest

from tests.functional.functions.saas_v1.calls import (
    CALLS,
    ILLEGAL,
    MANDATORY,
    NOT_AUTHENTIC,
    SUCCESS,
    call,
    counted,
    nothing_changes,
    parameters_of,
    told,
)
from tests.support.saas_v1 import V1World, query_of, with_token
from tests.support.saas_v1 import opened_app_info as opened
from tests.support.world import ACCESS


def test_a_debug_call_succeeds_touches_nothing_and_tells_nobody(world: V1World, activity: str) -> None:
    query = query_of(world.signed(activity, testFlag="1", **CALLS[activity]("huaiweitest123456")))
    counted(world).reset()
    answers = [world.get(query) for _ in range(2)]
    assert {answer.code for answer in answers} == {SUCCESS}
    assert answers[0].members.get("instanceId") == answers[1].members.get("instanceId")
    assert counted(world).total == 0
    assert told(world) == []


@pytest.mark.parametrize("activity", ["newInstance", "queryInstance"])
def test_a_debug_call_shows_the_access_data_of_the_setting_encrypted(activity: str) -> None:
    world = V1World(DEBUG_ACCESS=json.dumps(ACCESS), MARKETPLACE_V1_ENCRYPT_TYPE="2")
    answer = call(world, activity, "debug-1", testFlag="1")
    holder = answer.members if activity == "newInstance" else answer.members["info"][0]
    assert answer.members["encryptType"] == "2"
    assert opened(holder["appInfo"], "2")["password"] == ACCESS["password"]


def test_a_debug_call_must_be_right_too(world: V1World, activity: str) -> None:
    name = MANDATORY[activity][0]
    assert call(world, activity, "i", testFlag="1", **{name: ""}).code == ILLEGAL
    pairs = with_token({**parameters_of(world, activity), "testFlag": "1"}, "another-key")
    assert nothing_changes(world, query_of(pairs)).code == NOT_AUTHENTIC
