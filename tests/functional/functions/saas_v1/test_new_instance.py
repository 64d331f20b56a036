"""newInstance of SaaS 1.0: what a sale starts, whatever its optional parts hold (SaaS guide V1.0)."""

from __future__ import annotations

import json

import pytest

from tests.functional.functions.saas_v1.calls import EXPIRY, IN_PROCESS, SUCCESS, UPGRADE, call, told
from tests.support.saas_v1 import BUYER, EMAIL, MOBILE_PHONE, ORDER, PRODUCT, V1_KEY, V1World, extend_params, order
from tests.support.saas_v1 import opened_app_info as opened
from tests.support.world import ACCESS


def test_a_sale_is_in_process_until_the_product_gave_access_data_then_shows_it(world: V1World) -> None:
    asked = order()
    first = world.call_v1("newInstance", **asked)
    assert (first.code, first.members["instanceId"]) == (IN_PROCESS, asked["businessId"])
    assert "appInfo" not in first.members
    world.product.access = {**ACCESS, "memo": "说明"}
    ((type_, data),) = told(world)
    again = world.call_v1("newInstance", **order())
    assert (again.code, again.id) == (SUCCESS, first.id)
    assert again.members["encryptType"] == "1"
    assert opened(again.members["appInfo"], "1") == {
        "frontEndUrl": ACCESS["front_end_url"],
        "userName": ACCESS["user_name"],
        "password": ACCESS["password"],
        "memo": "说明",
    }
    assert again.body.isascii()
    assert (type_, data["instance_id"], data["order_id"], data["order_type"]) == (
        "instance.created",
        first.id,
        ORDER,
        "NEW",
    )
    assert (data["product"]["charging_mode"], data["product"]["product_id"]) == ("PERIOD", PRODUCT)
    assert data["buyer"] == {
        "customer_id": "0123456789abcdef",
        "customer_name": BUYER,
        "mobile_phone": MOBILE_PHONE,
        "email": EMAIL,
    }
    assert data["extend_params"] == [{"name": "emailDomainName", "value": "例子.example"}]


def test_pay_per_use_orders_have_one_instance_for_each_product(world: V1World) -> None:
    ids = [call(world, "newInstance", chargingMode="0", productId=f"00301-{n}--0").id for n in (1, 2, 1, 2)]
    assert ids[:2] == ids[2:]
    assert len(set(ids)) == 2
    assert sorted(data["product"]["product_id"] for _, data in told(world)) == ["00301-1--0", "00301-2--0"]
    assert world.instance(ids[0]).charging_mode == "ON_DEMAND"


def test_the_printed_example_of_the_vendor_is_enough(world: V1World) -> None:
    answer = world.call_v1(
        "newInstance",
        customerId="c",
        businessId="b",
        orderId=ORDER,
        productId=PRODUCT,
        expireTime=EXPIRY,
        testFlag="0",
    )
    assert answer.code == IN_PROCESS


def test_a_trial_is_told_as_one(world: V1World) -> None:
    call(world, "newInstance", trialFlag="1")
    assert [data["order_type"] for _, data in told(world)] == ["TRIAL"]


def test_a_released_instance_shows_no_access_data(world: V1World) -> None:
    instance_id = world.open_v1()
    call(world, "releaseInstance", instance_id)
    answer = call(world, "newInstance")
    assert (answer.code, answer.id) == (SUCCESS, instance_id)
    assert "appInfo" not in answer.members


def test_unknown_parameters_are_signed_and_ignored(world: V1World) -> None:
    assert call(world, "newInstance", provisionType="1", **{"neu-er Name": "a b"}).code == IN_PROCESS


@pytest.mark.parametrize("value", ["not encrypted", "A" * 40, "x" * 4000])
def test_what_cannot_be_decrypted_does_not_fail_the_order(world: V1World, value: str) -> None:
    assert call(world, "newInstance", mobilePhone=value, email=value).code == IN_PROCESS
    ((_, data),) = told(world)
    assert data["buyer"]["mobile_phone_undecryptable"] == data["buyer"]["email_undecryptable"] == value


@pytest.mark.parametrize("value", ["no base64!", "QUJD", extend_params({"a": 1}), "x" * 5000])
def test_malformed_extend_params_do_not_fail_the_order(world: V1World, value: str) -> None:
    assert call(world, "newInstance", saasExtendParams=value).code == IN_PROCESS
    ((_, data),) = told(world)
    assert data["extend_params"] == [{"name": "raw", "value": value}]


def test_half_a_surrogate_pair_in_the_extend_params_holds_nobody_up(world: V1World) -> None:
    call(world, "newInstance", saasExtendParams=extend_params([{"name": "n", "value": "a\ud83dz"}]))
    call(world, "newInstance", orderId="CS-OTHER")
    assert {data["order_id"]: data["extend_params"][0]["value"] for _, data in told(world)} == {
        ORDER: "a?z",
        "CS-OTHER": "例子.example",
    }


def test_nothing_personal_lies_in_plain_in_the_state_or_the_log(capsys: pytest.CaptureFixture[str]) -> None:
    world = V1World()
    asked = order(userName="IAM User", saasExtendParams=extend_params([{"name": "idNum", "value": "ID-12345"}]))
    undecryptable = order(orderId="CS-OTHER", mobilePhone="phone-in-plain", email="mail-in-plain", businessId="b-2")
    for parameters in (asked, undecryptable):
        assert world.call_v1("newInstance", **parameters).code == IN_PROCESS
    world.call_v1("upgrade", instanceId=asked["businessId"], **UPGRADE, saasExtendParams=asked["saasExtendParams"])
    world.product.access = ACCESS
    world.product.failing = 1
    world.deliver()
    kept = world.everything_stored() + json.dumps(world.lines) + capsys.readouterr().err
    personal = [
        BUYER,
        MOBILE_PHONE,
        EMAIL,
        "IAM User",
        "ID-12345",
        "phone-in-plain",
        "mail-in-plain",
        ACCESS["password"],
    ]
    personal += [asked["mobilePhone"], asked["email"], asked["saasExtendParams"], "0123456789abcdef", V1_KEY]
    assert [text for text in personal if text in kept] == []
