"""Instances of online licences: the instance callbacks at POST /license."""

from __future__ import annotations

import pytest

from tests.functional.functions.online_licences.applications import application
from tests.support.licences import LICENSE_KEY, LicenseWorld
from tests.support.world import ACCESS_KEY


@pytest.mark.parametrize(("key", "keys"), [(LICENSE_KEY, "licence key 0"), (ACCESS_KEY, "basic key 0")])
def test_instance_calls_are_signed_with_the_licence_key_or_the_basic_one(
    world: LicenseWorld, key: str, keys: str
) -> None:
    new = {"activity": "newInstance", "orderId": "CS1", "orderLineId": "CS1-1", "businessId": "b-1"}
    assert world.new(new, key=key) == {"resultCode": "000000", "resultMsg": "success", "instanceId": "b-1"}
    assert keys in world.everything_logged()
    assert world.new(new, key="wrong")["resultCode"] == "000001"


def test_without_licence_keys_the_basic_ones_do(world: LicenseWorld) -> None:
    world = LicenseWorld(settings={"MARKETPLACE_LICENSE_KEYS": ""})
    new = {"activity": "newInstance", "orderId": "CS1", "orderLineId": "CS1-1", "businessId": "b-1"}
    assert world.new(new, key=ACCESS_KEY)["resultCode"] == "000000"


def test_an_instance_lives_and_ends(world: LicenseWorld) -> None:
    instance_id = world.open_online()
    assert world.instance(instance_id).status == "active"
    renewal = {
        "activity": "refreshInstance",
        "instanceId": instance_id,
        "scene": "RENEWAL",
        "orderId": "CSR",
        "orderLineId": "CSR-1",
        "expireTime": "20310101000000",
    }
    status = {"activity": "updateInstanceStatus", "instanceId": instance_id}
    calls = (renewal, {**status, "status": "FREEZE"}, {**status, "status": "UNFREEZE"})
    for call in (*calls, {"activity": "releaseInstance", "instanceId": instance_id}):
        for _ in range(2):
            assert world.new(call)["resultCode"] == "000000"
        world.clock.advance(1)
    world.deliver()
    types = [f"instance.{word}" for word in ("created", "renewed", "frozen", "unfrozen", "released")]
    assert world.seller_product.events(instance_id) == types


def test_a_query_shows_an_instance_that_has_no_access_data(world: LicenseWorld) -> None:
    instance_id = world.open_online()
    answer = world.new({"activity": "queryInstance", "instanceId": instance_id})
    assert answer == {"resultCode": "000000", "resultMsg": "success", "info": [{"instanceId": instance_id}]}


def test_unknown_instances_do_not_exist(world: LicenseWorld) -> None:
    for call in (
        {"activity": "releaseInstance", "instanceId": "nobody"},
        {"activity": "updateInstanceStatus", "instanceId": "nobody", "status": "FREEZE"},
        application("nobody"),
    ):
        assert world.new(call)["resultCode"] == "000003"
    assert not world.everything_stored()
