"""orderNotify, driven through its route (SaaS guide V2.0, order notification)."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest

from koogallery.state import State
from tests.support.dying_state import ProcessDied
from tests.support.licences import NOTIFY_KEY, LicenseWorld
from tests.support.mortal import Life
from tests.support.world import ACCESS_KEY


@pytest.fixture
def world() -> LicenseWorld:
    return LicenseWorld()


def notice(world: LicenseWorld, **members: Any) -> dict[str, Any]:
    (line,) = world.sell("period-year")
    order = {"orderId": line.order_id, "orderLineId": line.order_line_id}
    return {"activity": "orderNotify", **order, "testFlag": "0", **members}


def test_an_order_is_acknowledged_then_queried_and_told(world: LicenseWorld) -> None:
    message = notice(world)
    assert world.notify(message) == {"resultCode": "000000", "resultMsg": "success"}
    assert not world.seller_product.received
    world.deliver()
    (told,) = world.seller_product.told("order.notified")
    assert (told["order_id"], told["order_line_id"]) == (message["orderId"], message["orderLineId"])
    assert told["order_type"] == "NEW"
    assert told["product"]["charging_mode"] == "PERIOD"
    assert told["buyer"]["customer_id"]
    assert not world.pointers()


def test_an_order_line_is_told_once(world: LicenseWorld) -> None:
    message = notice(world)
    for _ in range(3):
        assert world.notify(message)["resultCode"] == "000000"
        world.deliver()
        world.clock.advance(3600)
    assert [one.type for one in world.seller_product.received] == ["order.notified"]


def test_two_lines_of_an_order_are_told_each(world: LicenseWorld) -> None:
    first, second = world.sell("period-year", "on-demand")
    for line in (first, second):
        order = {"orderId": line.order_id, "orderLineId": line.order_line_id}
        world.notify({"activity": "orderNotify", **order, "testFlag": "0"})
    world.deliver()
    lines = {one["order_line_id"] for one in world.seller_product.told("order.notified")}
    assert lines == {first.order_line_id, second.order_line_id}


def test_a_replayed_request_changes_nothing(world: LicenseWorld) -> None:
    message = notice(world)
    answers = [world.new(message, path="/order-notify", key=NOTIFY_KEY, nonce="n" * 32) for _ in range(2)]
    assert answers[0] == answers[1]
    world.deliver()
    assert len(world.seller_product.told("order.notified")) == 1


@pytest.mark.parametrize("flag", ["1", 1])
def test_a_debug_call_touches_nothing(world: LicenseWorld, flag: object) -> None:
    for _ in range(3):
        answer = world.notify(notice(world, testFlag=flag, orderId="any text", orderLineId="of a person"))
        assert answer["resultCode"] == "000000"
    world.deliver()
    assert not world.seller_product.received


def test_the_key_of_another_interface_is_refused(world: LicenseWorld) -> None:
    assert world.notify(notice(world), key=ACCESS_KEY)["resultCode"] == "000001"


@pytest.mark.parametrize("missing", ["orderId", "orderLineId"])
def test_a_missing_member_is_an_illegal_parameter(world: LicenseWorld, missing: str) -> None:
    message = notice(world)
    del message[missing]
    assert world.notify(message)["resultCode"] == "000002"


def test_another_activity_is_unknown_here(world: LicenseWorld) -> None:
    assert world.notify(notice(world, activity="newInstance"))["resultCode"] == "000002"


def test_without_keys_the_service_is_not_ready() -> None:
    world = LicenseWorld(settings={"MARKETPLACE_NOTIFY_KEYS": ""})
    assert world.notify(notice(world))["resultCode"] == "000005"
    assert "MARKETPLACE_NOTIFY_KEYS is missing" in world.everything_logged()


def test_an_order_that_cannot_be_read_yet_waits(world: LicenseWorld) -> None:
    message = notice(world)
    world.notify(message)
    world.far_ends.marketplace_unreachable = True
    world.deliver()
    assert not world.seller_product.received
    world.far_ends.marketplace_unreachable = False
    world.clock.advance(90)
    world.deliver()
    assert len(world.seller_product.told("order.notified")) == 1


def test_no_death_loses_or_doubles_a_notice(sqlite_state: State) -> None:
    whole = Life()
    world = LicenseWorld(sqlite_state)
    world.notify(notice(world), life=whole)
    assert whole.calls >= 3
    for number in range(1, whole.calls + 1):
        for before in (False, True):
            world = LicenseWorld(sqlite_state)
            message = notice(world)
            with suppress(ProcessDied):
                world.notify(message, life=Life(number, before=before))
            assert world.notify(message)["resultCode"] == "000000"
            world.deliver()
            world.clock.advance(600)
            world.deliver()
            told = [one for one in world.seller_product.told("order.notified") if one["order_id"] == message["orderId"]]
            assert len(told) == 1, (number, before)
