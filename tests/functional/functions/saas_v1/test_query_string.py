"""The query string of SaaS 1.0 as callers and gateways write it, and the two keys that may sign it."""

from __future__ import annotations

import pytest

from koogallery_signing import sensitive_fields
from koogallery_simulator.v1_signatures import auth_token, token_text
from tests.functional.functions.saas_v1.calls import CALLS, ILLEGAL, IN_PROCESS, NOT_AUTHENTIC, SUCCESS, told
from tests.support.saas_v1 import MOBILE_PHONE, V1_KEY, V1_KEY_BEFORE, V1World, order, query_of, time_stamp
from tests.support.world import ACCESS


def test_the_previous_key_is_taken_and_signs_and_encrypts_its_own_answer(world: V1World, activity: str) -> None:
    instance_id = world.open_v1()
    given = world.call_v1(activity, key=V1_KEY_BEFORE, **CALLS[activity](instance_id))
    assert given.code == SUCCESS
    assert given.signed_with(V1_KEY_BEFORE)
    assert not given.signed_with(V1_KEY)
    for holder in (given.members, *given.members.get("info", ())):
        if "appInfo" in holder:
            assert sensitive_fields.decrypt(V1_KEY_BEFORE, holder["appInfo"]["password"]) == ACCESS["password"]
    refused = world.call_v1(activity, key=V1_KEY_BEFORE, **{**CALLS[activity](instance_id), "testFlag": "7"})
    assert (refused.code, refused.signed_with(V1_KEY_BEFORE)) == (ILLEGAL, True)


PLUS = {"customerName": "a b+c", "saasExtendParams": "+/+/ e+==", "note": ""}


@pytest.mark.parametrize("safe", ["", "+/=", "+/=:,"], ids=["percent", "raw plus", "all raw"])
def test_a_plus_is_read_raw_and_encoded_in_token_and_values(world: V1World, safe: str) -> None:
    phone = {"mobilePhone": next(v for _ in range(999) if "+" in (v := order()["mobilePhone"]))}
    for number in range(20):
        pairs = world.signed("newInstance", **order(orderId=f"CS-{number}", **phone))
        assert world.get(query_of(pairs, safe=safe)).code == IN_PROCESS
        world.clock.advance(0.001)
    assert {data["buyer"]["mobile_phone"] for _, data in told(world)} == {MOBILE_PHONE}


@pytest.mark.parametrize("raw", [True, False])
def test_a_token_that_begins_with_a_plus_is_read(world: V1World, raw: bool) -> None:
    asked = order()
    signed = (world.signed("newInstance", **{**asked, "orderId": f"CS-{number}"}) for number in range(5000))
    pairs = next(pairs for pairs in signed if pairs[-1][1].startswith("+"))
    assert world.get(query_of(pairs, safe="+" if raw else "")).code == IN_PROCESS
    spaced = query_of(pairs[:-1]) + f"&authToken=%20{query_of(pairs[-1:]).partition('=')[2]}%20"
    assert world.get(spaced).code == IN_PROCESS


def test_blanks_written_as_plus_are_blanks(world: V1World) -> None:
    pairs = world.signed("newInstance", **order(customerName="Two Words+1"))
    query = query_of([pair for pair in pairs if pair[0] != "customerName"]) + "&customerName=Two+Words%2B1"
    assert world.get(query).code == IN_PROCESS
    ((_, data),) = told(world)
    assert data["buyer"]["customer_name"] == "Two Words+1"


def test_of_a_repeated_parameter_the_first_counts(world: V1World) -> None:
    asked = order()
    query = query_of(world.signed("newInstance", **asked))
    answer = world.get(f"{query}&orderId=CS-OTHER&businessId=other&authToken=other")
    assert (answer.code, answer.id) == (IN_PROCESS, asked["businessId"])
    assert world.get(f"orderId=CS-OTHER&{query}").code == NOT_AUTHENTIC


def test_the_lists_of_the_gateway_are_read(world: V1World) -> None:
    pairs = world.signed("newInstance", **order())
    query = {name: [value, "second"] for name, value in pairs}
    event = {"httpMethod": "GET", "path": "/saas", "queryStringParameters": query, "isBase64Encoded": True, "body": ""}
    assert world.get_event({**event, "headers": {}, "requestContext": {}}).code == IN_PROCESS


@pytest.mark.parametrize("signed_empty", [True, False])
def test_empty_parameters_are_signed_or_left_out(world: V1World, signed_empty: bool) -> None:
    parameters = {"activity": "newInstance", "timeStamp": time_stamp(world.clock.now()), **order()}
    empty = {"diskSize": "", "trialFlag": "", "testFlag": "", "email": ""}
    signed = {**parameters, **empty}
    covered = signed if signed_empty else {name: value for name, value in signed.items() if value}
    token = auth_token(V1_KEY, parameters["timeStamp"], token_text(list(covered.items())))
    assert world.get(query_of([*signed.items(), ("authToken", token)])).code == IN_PROCESS
    ((_, data),) = told(world)
    assert "disk_size" not in data["product"]


def test_a_flag_hidden_in_its_neighbour_is_illegal(world: V1World) -> None:
    pairs = dict(world.signed("newInstance", **order(testFlag="1", skuCode="s")))
    hidden = {**pairs, "skuCode": "s&testFlag=1"}
    del hidden["testFlag"]
    assert world.get(query_of(list(hidden.items()))).code == ILLEGAL
