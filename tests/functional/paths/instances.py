"""Instances to begin with, opened through the gateway in the words of each guide, and what happens to them."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from koogallery_simulator.times import order_time
from tests.functional.paths.callbacks import SpeaksV1, SpeaksV2
from tests.functional.paths.rows import Members, Result
from tests.functional.paths.running import Running, fresh_id

V2 = SpeaksV2("MARKETPLACE_ACCESS_KEYS")
V1 = SpeaksV1()
OF_LICENSES = SpeaksV2("MARKETPLACE_LICENSE_KEYS")
OF_ORDERS = SpeaksV2("MARKETPLACE_NOTIFY_KEYS")
Opening = Callable[[Running], str]
UNKNOWN = "nobody-was-ever-sold-this"


# ------------------------------------------------------------------------------------------------------ new orders
def order_v2(running: Running, product: str = "period-year") -> dict[str, str]:
    """newInstance of 2.0 about a new order line."""
    line = running.sell(product)
    return {
        "activity": "newInstance",
        "businessId": str(uuid.uuid4()),
        "orderId": line.order_id,
        "orderLineId": line.order_line_id,
    }


def order_v1(activity: str, product: str = "v1-year", charging_mode: str = "1") -> Callable[[Running], dict[str, str]]:
    """newInstance of 1.0 or getLicense about a new order."""

    def given(running: Running) -> dict[str, str]:
        line = running.sell(product)
        return {
            "activity": activity,
            "businessId": str(uuid.uuid4()),
            "customerId": "0123456789abcdef",
            "customerName": "Name Of The Buyer",
            "orderId": line.order_id,
            "productId": line.product.product_id,
            "skuCode": line.product.sku_code,
            "chargingMode": charging_mode,
            "expireTime": order_time(running.clock.now() + timedelta(days=365)),
        }

    return given


def with_new_business_id(members: Members) -> Members:
    """Every try has its own."""
    return {**members, "businessId": str(uuid.uuid4())}


# ---------------------------------------------------------------------------------------------------------- opening
def _call(running: Running, speech: SpeaksV1 | SpeaksV2, address: str, members: Members, code: str) -> Result:
    running.clock.advance(0.001)
    answer = running.send(speech.request(running.url(address), members, running.clock.now()))
    result = speech.read(answer)
    assert result.code == code, result
    return result


def creating_v2(running: Running) -> str:
    """Sold and told to the bundle; the seller's product has not answered."""
    return str(_call(running, V2, "POST /saas", order_v2(running), "000004").members["instanceId"])


def active_v2(running: Running) -> str:
    """Open for the buyer."""
    instance_id = creating_v2(running)
    running.give_access(instance_id)
    return instance_id


def creating_v1(running: Running) -> str:
    """The same in 1.0."""
    return str(_call(running, V1, "GET /saas", order_v1("newInstance")(running), "000004").members["instanceId"])


def active_v1(running: Running) -> str:
    """The same in 1.0."""
    instance_id = creating_v1(running)
    running.give_access(instance_id)
    return instance_id


def creating_metered(running: Running) -> str:
    """Pay-per-use, not open yet."""
    members = order_v1("newInstance", "v1-on-demand", "0")(running)
    return str(_call(running, V1, "GET /saas", members, "000004").members["instanceId"])


def frozen_metered(running: Running) -> str:
    """Pay-per-use, frozen a moment ago."""
    return _freeze(running, metered(running))


def _freeze(running: Running, instance_id: str) -> str:
    freeze = {"activity": "updateInstanceStatus", "instanceId": instance_id, "status": "FREEZE"}
    _call(running, V2, "POST /saas", freeze, "000000")
    running.clock.advance(5)
    return instance_id


def package(running: Running) -> str:
    """A package of usage, open; what it is was read from its order."""
    order = order_v2(running, "package")
    instance_id = str(_call(running, V2, "POST /saas", order, "000004").members["instanceId"])
    running.give_access(instance_id)
    running.clock.advance(5)
    return instance_id


def frozen_package(running: Running) -> str:
    """A package that was frozen a moment ago."""
    return _freeze(running, package(running))


def metered(running: Running) -> str:
    """Pay-per-use, open."""
    instance_id = creating_metered(running)
    running.give_access(instance_id)
    running.clock.advance(5)
    return instance_id


def asked_for_license(running: Running) -> str:
    """getLicense was called, the licence is being made."""
    members = order_v1("getLicense", "license-a")(running)
    return str(_call(running, V1, "GET /license", members, "000004").members["instanceId"])


def licensed(running: Running) -> str:
    """Its licence was given."""
    instance_id = asked_for_license(running)
    running.give_license(instance_id)
    return instance_id


def online(running: Running, product: str = "license-c") -> str:
    """Of a product with online licences."""
    members = order_v2(running, product)
    return str(_call(running, OF_LICENSES, "POST /license", members, "000000").members["instanceId"])


def period_billed(running: Running) -> str:
    """The same; its order was read and says so."""
    instance_id = online(running)
    running.fire("deliver_events")
    return instance_id


def needs_fingerprint(running: Running) -> str:
    """Of the product whose licences are for one device; bought once and for all, as its order says."""
    instance_id = online(running, "one-time")
    running.fire("deliver_events")
    return instance_id


# ------------------------------------------------------------------------------------------------------- afterwards
def release_v2(running: Running, instance_id: str) -> None:
    """The end."""
    _call(running, V2, "POST /saas", {"activity": "releaseInstance", "instanceId": instance_id}, "000000")


def released(opening: Opening) -> Opening:
    """Opened and released."""

    def given(running: Running) -> str:
        instance_id = opening(running)
        release_v2(running, instance_id)
        return instance_id

    return given


def is_released(running: Running, members: Members, result: Result) -> None:
    """What happens meanwhile: the instance is released."""
    del result
    release_v2(running, members["instanceId"])


def status_is(status: str) -> Callable[[Running, Members, Result], None]:
    """The seller's product sees it."""

    def shows(running: Running, members: Members, result: Result) -> None:
        instance_id = members.get("instanceId") or result.members["instanceId"]
        assert running.instance(instance_id)["status"] == status

    return shows


def expires_as_told(running: Running, members: Members, result: Result) -> None:
    """The seller's product sees the new date."""
    del result
    told = running.instance(members["instanceId"])["expire_time"]
    assert told.replace("-", "").replace(":", "").replace("T", "").rstrip("Z") == members["expireTime"]


def as_seen(running: Running, members: Members, result: Result) -> object:
    """What a try again must not change where its signed time is remembered: the instance and its events."""
    del result
    return running.instance(members["instanceId"])


def is_told_of(count: int) -> Callable[[Running, Members, Result], None]:
    """So many events wait for the seller's product."""

    def shows(running: Running, members: Members, result: Result) -> None:
        del result
        assert running.instance(members["instanceId"])["events_pending"] == count

    return shows


def about(
    opening: Opening, activity: str, *, order: bool = False, line: bool = False, **more: Any
) -> Callable[[Running], dict[str, Any]]:
    """A callback about an instance; ``order``, ``line``: of a new order and its line."""

    def given(running: Running) -> dict[str, Any]:
        members: dict[str, Any] = {"activity": activity, "instanceId": opening(running), **more}
        bought = running.sell() if order or line else None
        if bought is not None:
            members["orderId"] = bought.order_id
        if bought is not None and line:
            members["orderLineId"] = bought.order_line_id
        return members

    return given


def unknown_id(_: Running) -> str:
    """An id that was never given out."""
    return fresh_id("unknown")
