"""getLicenseAsync: what an application must hold, and that the product is told of it once."""

from __future__ import annotations

from typing import Any

import pytest

from tests.functional.functions.online_licences.applications import DEVICE, LICENCE, application
from tests.support.licences import LICENSE_KEY, LicenseWorld


def test_an_application_is_told_once_with_everything_in_it(world: LicenseWorld) -> None:
    instance_id = world.open_online()
    for _ in range(3):
        assert world.new(application(instance_id)) == {"resultCode": "000000", "resultMsg": "success"}
        world.clock.advance(120)
    world.deliver()
    (told,) = world.seller_product.told("license.requested")
    assert told == {
        "instance_id": instance_id,
        "license_id": "EV-1",
        "effective_time": "2026-11-21T10:30:15Z",
        "expire_time": "2030-10-27T10:30:15Z",
        "device_fingerprint": DEVICE,
    }


def test_events_of_an_instance_keep_their_order(world: LicenseWorld) -> None:
    (line,) = world.sell("period-year")
    new = {"activity": "newInstance", "orderId": line.order_id, "orderLineId": line.order_line_id, "businessId": "b-1"}
    world.new(new)
    world.new(application("b-1"))
    world.new({"activity": "releaseInstance", "instanceId": "b-1"})
    world.deliver()
    assert world.seller_product.events("b-1") == ["instance.created", "license.requested", "instance.released"]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("2023-10-27 10:30:15 z", "2023-10-27T10:30:15Z"),
        ("2023-10-27 10:30:15 Z", "2023-10-27T10:30:15Z"),
        ("2023-10-27 10:30:15", "2023-10-27T10:30:15Z"),
        ("2023-10-27T10:30:15Z", "2023-10-27T10:30:15Z"),
        ("20231027103015", "2023-10-27T10:30:15Z"),
        ("20231027103015123", "2023-10-27T10:30:15Z"),
    ],
)
def test_both_forms_of_a_time_are_read(world: LicenseWorld, given: str, told: str) -> None:
    assert world.new(application(world.open_online(), effectiveTime=given))["resultCode"] == "000000"
    world.deliver()
    assert world.seller_product.told("license.requested")[0]["effective_time"] == told


@pytest.mark.parametrize(
    "changes",
    [
        {"eventId": None},
        {"eventId": ""},
        {"eventId": "x" * 65},
        {"eventId": "../file"},
        {"eventId": ".."},
        {"eventId": "a b"},
        {"effectiveTime": None},
        {"effectiveTime": "soon"},
        {"effectiveTime": "2026-13-01 00:00:00"},
        {"expireTime": "never"},
        {"deviceFingerprint": "x" * 8193},
        {"deviceFingerprint": 7},
        {"instanceId": ""},
    ],
)
def test_a_bad_or_missing_member_is_illegal(world: LicenseWorld, changes: dict[str, Any]) -> None:
    message = {k: v for k, v in application(world.open_online(), **changes).items() if v is not None}
    assert world.new(message)["resultCode"] == "000002"
    world.deliver()
    assert not world.seller_product.told("license.requested")


def test_a_fingerprint_of_8_kilobytes_is_taken(world: LicenseWorld) -> None:
    fingerprint = "x" * 8192
    assert world.new(application(world.open_online(), deviceFingerprint=fingerprint))["resultCode"] == "000000"
    world.deliver()
    assert world.seller_product.told("license.requested")[0]["device_fingerprint"] == fingerprint


def test_a_period_billed_licence_needs_an_expiry_date(world: LicenseWorld) -> None:
    assert world.new(application(world.open_online(), expireTime=""))["resultCode"] == "000902"
    once = world.open_online("one-time")
    message = {k: v for k, v in application(once).items() if k != "expireTime"}
    assert world.new(message)["resultCode"] == "000000"


def test_a_product_bound_to_a_device_needs_its_fingerprint() -> None:
    world = LicenseWorld(settings={"LICENSE_FINGERPRINT_PRODUCTS": "*"})
    instance_id = world.open_online()
    assert world.new(application(instance_id, deviceFingerprint=""))["resultCode"] == "000903"
    assert world.new(application(instance_id))["resultCode"] == "000000"
    other = LicenseWorld(settings={"LICENSE_FINGERPRINT_PRODUCTS": "some-other-product"})
    assert other.new(application(other.open_online(), deviceFingerprint=""))["resultCode"] == "000000"


def test_an_event_id_belongs_to_one_device_of_one_instance(world: LicenseWorld) -> None:
    first, second = world.open_online(), world.open_online()
    assert world.new(application(first))["resultCode"] == "000000"
    assert world.new(application(first, deviceFingerprint="another"))["resultCode"] == "000002"
    assert world.new(application(second))["resultCode"] == "000002"
    world.deliver()
    assert len(world.seller_product.told("license.requested")) == 1


def test_a_released_instance_gets_no_licence(world: LicenseWorld) -> None:
    instance_id = world.open_online()
    world.new({"activity": "releaseInstance", "instanceId": instance_id})
    assert world.new(application(instance_id))["resultCode"] == "000003"


def test_debug_applications_always_succeed_and_touch_nothing(world: LicenseWorld) -> None:
    for _ in range(3):
        assert world.new(application("huaiweitest123456", testFlag="1"))["resultCode"] == "000000"
    assert not world.everything_stored()


def test_nothing_secret_lies_in_the_state_or_the_logs(world: LicenseWorld) -> None:
    instance_id = world.open_online()
    world.new(application(instance_id))
    assert DEVICE not in world.everything_stored()
    world.deliver()
    world.give("EV-1", LICENCE)
    assert LICENCE not in world.everything_stored()
    world.deliver()
    text = world.everything_stored() + world.everything_logged()
    for secret in (LICENCE, DEVICE, "00:11:22", LICENSE_KEY):
        assert secret not in text
