"""Fields of SaaS 1.0 that travel encrypted: by which size of key, and what no answer could hold."""

from __future__ import annotations

import pytest

from koogallery_signing import sensitive_fields
from tests.functional.functions.saas_v1.calls import INTERNAL, SUCCESS, call
from tests.support.saas_v1 import V1World, order
from tests.support.saas_v1 import opened_app_info as opened
from tests.support.world import ACCESS


@pytest.mark.parametrize("encrypt_type", ["1", "2"])
def test_user_name_and_password_are_encrypted_as_the_setting_says(
    encrypt_type: sensitive_fields.EncryptType,
) -> None:
    world = V1World(MARKETPLACE_V1_ENCRYPT_TYPE=encrypt_type)
    instance_id = world.open_v1()
    shown = [
        world.call_v1("newInstance", **order()),
        world.call_v1("queryInstance", instanceId=instance_id),
    ]
    for answer, app_info in zip(
        shown, [shown[0].members["appInfo"], shown[1].members["info"][0]["appInfo"]], strict=True
    ):
        assert answer.members["encryptType"] == encrypt_type
        assert ACCESS["password"] not in answer.body.decode()
        assert opened(app_info, encrypt_type)["password"] == ACCESS["password"]
        assert opened(app_info, encrypt_type)["userName"] == ACCESS["user_name"]


def test_an_initialisation_vector_is_never_used_twice(world: V1World) -> None:
    world.open_v1()
    passwords = {world.call_v1("newInstance", **order()).members["appInfo"]["password"][:16] for _ in range(5)}
    assert len(passwords) == 5


def test_the_size_of_key_of_the_setting_is_tried_first_for_what_comes_encrypted() -> None:
    world = V1World(MARKETPLACE_V1_ENCRYPT_TYPE="2")
    fits_both = "JJzasEzOD1T0lFRviFYFndahbvrvD3pbj/K23Q=="
    world.call_v1("newInstance", **order(mobilePhone=fits_both, email=""))
    world.deliver()
    assert world.product.received[0].data["buyer"]["mobile_phone"] == "10000000000"


@pytest.mark.parametrize("name", ["user_name", "password"])
def test_access_data_that_no_answer_could_hold_is_refused_when_it_is_reported(world: V1World, name: str) -> None:
    instance_id = world.open_v1()
    for too_long in ("p" * 80, "测" * 27):
        status, problem = world.set_access(instance_id, {**ACCESS, name: too_long})
        assert (status, problem["code"]) == (400, "malformed_request")
        assert name in problem["detail"]
    assert world.set_access(instance_id, {**ACCESS, name: "测" * 26 + "p"})[0] == 200
    assert call(world, "queryInstance", instance_id).code == SUCCESS


def test_access_data_that_no_answer_could_hold_is_left_out_of_the_answer_to_an_event(world: V1World) -> None:
    instance_id = world.call_v1("newInstance", **order()).id
    world.product.access = {**ACCESS, "password": "p" * 80}
    assert world.deliver() == {"delivered": 1}
    assert world.instance(instance_id).status == "creating"
    assert "access_in_answer_refused" in [line["event"] for line in world.lines]


def test_access_data_of_2_0_too_long_for_its_encrypted_form_is_a_signed_internal_error(world: V1World) -> None:
    (instance_id,) = world.shop.buy("period-year")
    assert world.set_access(instance_id, {**ACCESS, "password": "p" * 80})[0] == 200
    answer = call(world, "queryInstance", instance_id)
    assert answer.code == INTERNAL
    assert (world.lines[-1]["result_code"], "field_too_long" in world.lines[-1]["reason"]) == (INTERNAL, True)
