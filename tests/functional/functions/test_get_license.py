"""Licences of the old guide, driven through GET /license (old licence guide)."""

from __future__ import annotations

import json
import uuid
from contextlib import suppress
from typing import Any

import pytest

from koogallery.state import State
from tests.support.dying_state import ProcessDied
from tests.support.licences import V1_KEY, LicenseWorld, extend_params
from tests.support.mortal import Life

LICENCE = "SYNTH-LICENCE-0000-0001"
MACHINE = "ABCD-1234,EFGH-5678"


@pytest.fixture
def world() -> LicenseWorld:
    return LicenseWorld()


def order(**changes: str) -> dict[str, str]:
    return {
        "activity": "getLicense",
        "businessId": str(uuid.uuid4()),
        "customerId": "customer-1",
        "customerName": "Name Of The Buyer",
        "orderId": "CS0000000000TEST1",
        "skuCode": "sku-1",
        "productId": "00301-1--0",
        "chargingMode": "1",
        "expireTime": "20300101000000",
        "periodType": "year",
        "periodNumber": "1",
        "amount": "5",
        "saasExtendParams": extend_params(("identificationCode", MACHINE)),
        **changes,
    }


def opened(world: LicenseWorld, licence: str = LICENCE) -> str:
    """An instance that has its licence."""
    instance_id = str(world.old(order())["instanceId"])
    world.deliver()
    assert world.give(instance_id, licence)[0] == 200
    return instance_id


# ------------------------------------------------------------------------------------------------------ getLicense
def test_the_first_call_asks_the_product_and_is_in_process(world: LicenseWorld) -> None:
    asked = order()
    answer = world.old(asked)
    assert answer["resultCode"] == "000004"
    assert (answer["instanceId"], answer["license"]) == (asked["businessId"], "")
    world.deliver()
    (told,) = world.seller_product.told("license.requested")
    assert told["instance_id"] == asked["businessId"]
    assert told["identification_code"] == MACHINE
    assert told["product"]["product_id"] == "00301-1--0"
    assert told["product"]["linear_value"] == "5"
    assert told["product"]["expire_time"] == "2030-01-01T00:00:00Z"
    assert told["buyer"]["customer_id"] == "customer-1"
    assert [one.type for one in world.seller_product.received] == ["license.requested"]


def test_the_answer_of_the_product_is_the_licence(world: LicenseWorld) -> None:
    world.seller_product.answers["license.requested"] = {"license": LICENCE}
    world.old(order())
    world.deliver()
    answer = world.old(order())
    assert (answer["resultCode"], answer["license"]) == ("000000", LICENCE)


def test_the_product_may_give_the_licence_later(world: LicenseWorld) -> None:
    first = world.old(order())
    world.deliver()
    status, shown = world.give(first["instanceId"], LICENCE)
    assert (status, shown["status"]) == (200, "given")
    answer = world.old(order())
    assert answer["resultCode"] == "000000"
    assert (answer["license"], answer["instanceId"]) == (LICENCE, first["instanceId"])
    assert world.instance(first["instanceId"]).status == "active"


def test_the_same_order_names_the_same_instance_and_licence_for_ever(world: LicenseWorld) -> None:
    instance_id = opened(world)
    answers = [world.old(order()) for _ in range(3)]
    assert {(one["instanceId"], one["license"]) for one in answers} == {(instance_id, LICENCE)}
    world.deliver()
    assert len(world.seller_product.told("license.requested")) == 1


def test_another_product_of_the_order_is_another_licence(world: LicenseWorld) -> None:
    first = world.old(order())
    second = world.old(order(productId="00301-2--0"))
    assert first["instanceId"] != second["instanceId"]


def test_a_licence_never_changes(world: LicenseWorld) -> None:
    instance_id = opened(world)
    assert world.give(instance_id, LICENCE)[0] == 200
    status, problem = world.give(instance_id, "ANOTHER-LICENCE")
    assert (status, problem["code"]) == (409, "license_conflict")
    assert world.old(order())["license"] == LICENCE


def test_a_late_answer_does_not_change_the_licence(world: LicenseWorld) -> None:
    instance_id = str(world.old(order())["instanceId"])
    world.give(instance_id, LICENCE)
    world.seller_product.answers["license.requested"] = {"license": "ANOTHER-LICENCE"}
    world.deliver()
    assert world.old(order())["license"] == LICENCE
    assert "license_in_answer_refused" in world.everything_logged()


@pytest.mark.parametrize(
    "answer", [{"license": ""}, {"license": 7}, {"license": "x" * 1025}, {"license": None}, {"other": "x"}, ["x"]]
)
def test_an_answer_that_is_no_licence_is_left_out(world: LicenseWorld, answer: Any) -> None:
    world.seller_product.answers["license.requested"] = answer
    instance_id = world.old(order())["instanceId"]
    world.deliver()
    assert world.old(order())["resultCode"] == "000004"
    assert not world.instance(instance_id).outbox


def test_a_file_is_no_licence_here(world: LicenseWorld) -> None:
    instance_id = world.old(order())["instanceId"]
    status, problem = world.licences("PUT", instance_id, {"file_name": "a.lic", "content_base64": "QQ=="})
    assert (status, problem["code"]) == (400, "malformed_request")


@pytest.mark.parametrize("length", [1024, 1])
def test_a_licence_of_up_to_1024_characters_is_answered(world: LicenseWorld, length: int) -> None:
    opened(world, "x" * length)
    assert world.old(order())["license"] == "x" * length


@pytest.mark.parametrize(
    ("params", "code"),
    [
        (extend_params(("other", "A"), ("identificationCode", "B")), "B"),
        (extend_params(("machine", "FIRST"), ("other", "X")), "FIRST"),
        ("this is no base64!", None),
        ("", None),
    ],
)
def test_the_machine_code_is_found_or_left_out(world: LicenseWorld, params: str, code: str | None) -> None:
    assert world.old(order(saasExtendParams=params))["resultCode"] == "000004"
    world.deliver()
    (told,) = world.seller_product.told("license.requested")
    assert told.get("identification_code") == code


@pytest.mark.parametrize("missing", ["orderId", "businessId", "productId"])
def test_a_missing_parameter_is_illegal_and_the_licence_empty(world: LicenseWorld, missing: str) -> None:
    asked = order()
    del asked[missing]
    answer = world.old(asked)
    assert (answer["resultCode"], answer["license"]) == ("000002", "")


def test_a_wrong_key_is_refused_with_a_signed_answer(world: LicenseWorld) -> None:
    answer = world.old(order(), key="another key")
    assert (answer["resultCode"], answer["license"]) == ("000001", "")


def test_an_unknown_word_is_illegal(world: LicenseWorld) -> None:
    for activity in ("newInstance", "upgrade", "queryInstance", "something"):
        assert world.old(order(activity=activity))["resultCode"] == "000002"


def test_an_internal_error_is_told_as_such(world: LicenseWorld) -> None:
    world.settings["STATE_ENCRYPTION_KEY"] = ""
    answer = world.old(order())
    assert (answer["resultCode"], answer["license"]) == ("000005", "")


def test_a_debug_call_gets_a_licence_at_once_and_touches_nothing(world: LicenseWorld) -> None:
    answers = [world.old(order(testFlag="1")) for _ in range(3)]
    assert {one["resultCode"] for one in answers} == {"000000"}
    assert all(one["license"] and one["instanceId"].startswith("debug-") for one in answers)
    assert len({one["instanceId"] for one in answers}) == 1
    assert not world.everything_stored()


def test_nothing_secret_lies_in_the_state_or_the_logs(world: LicenseWorld) -> None:
    instance_id = str(world.old(order())["instanceId"])
    for secret in (MACHINE, "Name Of The Buyer", "customer-1"):
        assert secret not in world.everything_stored()
    world.deliver()
    world.give(instance_id, LICENCE)
    world.old(order())
    text = world.everything_stored() + world.everything_logged()
    for secret in (LICENCE, MACHINE, "Name Of The Buyer", V1_KEY):
        assert secret not in text


def test_released_before_there_was_a_licence(world: LicenseWorld) -> None:
    instance_id = world.old(order())["instanceId"]
    world.old({"activity": "releaseLicense", "instanceId": instance_id, "orderId": "CS1"})
    assert world.old(order())["resultCode"] == "000003"
    status, problem = world.give(instance_id, LICENCE)
    assert (status, problem["code"]) == (409, "conflict")


# ------------------------------------------------------------------------------------ the calls after the licence
def life(instance_id: str, activity: str, **more: str) -> dict[str, str]:
    return {"activity": activity, "instanceId": instance_id, "orderId": "CSR1", **more}


def test_a_licence_lives_and_ends(world: LicenseWorld) -> None:
    instance_id = opened(world)
    renewal = life(instance_id, "refreshLicense", expireTime="20310101000000", periodType="year", periodNumber="1")
    for _ in range(2):
        assert world.old(renewal)["resultCode"] == "000000"
    world.clock.advance(1)
    for _ in range(2):
        assert world.old({"activity": "expireLicense", "instanceId": instance_id})["resultCode"] == "000000"
    assert world.instance(instance_id).status == "frozen"
    world.clock.advance(1)
    assert world.old(life(instance_id, "instanceStatus", instanceStatus="NORMAL"))["resultCode"] == "000000"
    assert world.instance(instance_id).status == "active"
    world.clock.advance(1)
    assert world.old(life(instance_id, "expireInstance"))["resultCode"] == "000000"
    for _ in range(2):
        assert world.old(life(instance_id, "releaseLicense"))["resultCode"] == "000000"
    world.deliver()
    assert world.seller_product.events(instance_id) == [
        "license.requested",
        "instance.renewed",
        "instance.frozen",
        "instance.unfrozen",
        "instance.frozen",
        "instance.released",
    ]
    (renewed,) = world.seller_product.told("instance.renewed")
    assert renewed["expire_time"] == "2031-01-01T00:00:00Z"


def test_after_the_release_the_order_still_names_its_licence(world: LicenseWorld) -> None:
    instance_id = opened(world)
    world.old(life(instance_id, "releaseLicense"))
    assert world.old(order())["license"] == LICENCE
    assert world.old(life(instance_id, "refreshLicense", expireTime="20310101000000"))["resultCode"] == "000003"


@pytest.mark.parametrize("activity", ["refreshLicense", "expireLicense", "releaseLicense"])
def test_an_unknown_instance_does_not_exist(world: LicenseWorld, activity: str) -> None:
    assert world.old(life("nobody", activity, expireTime="20310101000000"))["resultCode"] == "000003"


@pytest.mark.parametrize("activity", ["refreshLicense", "expireLicense", "releaseLicense"])
def test_debug_calls_of_the_later_life_always_succeed(world: LicenseWorld, activity: str) -> None:
    call = life("huaiweitest123456", activity, expireTime="20310101000000", testFlag="1")
    assert world.old(call)["resultCode"] == "000000"


def test_a_bad_expiry_is_an_illegal_parameter(world: LicenseWorld) -> None:
    assert world.old(life(opened(world), "refreshLicense", expireTime="tomorrow"))["resultCode"] == "000002"


def test_no_death_loses_or_doubles_a_request(sqlite_state: State) -> None:
    whole = Life()
    LicenseWorld(sqlite_state).old(order(orderId="CS-whole"), life=whole)
    for number in range(1, whole.calls + 1):
        for before in (False, True):
            world = LicenseWorld(sqlite_state)
            asked = order(orderId=f"CS-{number}-{before}")
            with suppress(ProcessDied):
                world.old(asked, life=Life(number, before=before))
            world.seller_product.answers["license.requested"] = {"license": LICENCE}
            assert world.old({**asked, "businessId": str(uuid.uuid4())})["resultCode"] == "000004"
            world.deliver()
            world.clock.advance(600)
            world.deliver()
            answer = world.old(asked)
            assert (answer["resultCode"], answer["license"]) == ("000000", LICENCE), (number, before)
            told = [one for one in world.seller_product.received if one.data["instance_id"] == answer["instanceId"]]
            assert len({one.id for one in told}) == 1, json.dumps([number, before])


def test_no_death_loses_the_licence_in_an_answer(sqlite_state: State) -> None:
    def story(number: str, life: Life) -> None:
        world = LicenseWorld(sqlite_state)
        world.seller_product.answers["license.requested"] = {"license": LICENCE}
        asked = order(orderId=f"CS-answer-{number}")
        world.old(asked)
        with suppress(ProcessDied):
            world.deliver(life=life)
        world.clock.advance(600)
        world.deliver()
        assert world.old(asked)["license"] == LICENCE

    whole = Life()
    story("whole", whole)
    for number in range(1, whole.calls + 1):
        story(str(number), Life(number))
