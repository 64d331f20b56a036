"""Online licences (client software guide): the callbacks of instances, and getLicenseAsync."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from koogallery_simulator.times import order_time, spelled_time
from tests.functional.paths.callbacks import forged, illegal
from tests.functional.paths.instances import (
    OF_LICENSES,
    about,
    creating_v2,
    is_released,
    needs_fingerprint,
    online,
    order_v2,
    period_billed,
    release_v2,
    with_new_business_id,
)
from tests.functional.paths.rows import Members, Result, Row, Try, both, in_situation
from tests.functional.paths.rows_saas_v2 import INTERNAL, later_life, of_an_instance
from tests.functional.paths.running import Running, fresh_id

KIND, PART, ADDRESSES = "license-c", "Authorization codes and online licences", ("POST /license",)


def _application(opening: Callable[[Running], str] = online, **more: str | None) -> Callable[[Running], dict[str, Any]]:
    def given(running: Running) -> dict[str, Any]:
        instance_id = opening(running)
        whole = {
            "activity": "getLicenseAsync",
            "instanceId": instance_id,
            "effectiveTime": spelled_time(running.clock.now()),
            "expireTime": order_time(running.clock.now()),
            "eventId": fresh_id("event"),
            "deviceFingerprint": "00-00-5E-00-53-01|disk|board|cpu",
            **more,
        }
        return {name: value for name, value in whole.items() if value is not None}

    return given


def _is_asked_for(running: Running, members: Members, result: Result) -> None:
    del result
    status, application = running.seller("GET", f"/seller/licenses/{members['eventId']}")
    assert (status, application["status"], application["instance_id"]) == (200, "requested", members["instanceId"])


def _another_applies(running: Running, row: Row) -> Iterator[Try]:
    """The same event id for another device is no repetition."""
    members = row.given(running)
    row.ask(running, members)
    yield Try("another device", row.request(running, {**members, "deviceFingerprint": "another"}))


def _given_to_application(running: Running, members: Members, result: Result) -> None:
    del result
    running.give_license(members["eventId"])


def _opens_at_once(running: Running, members: Members, result: Result) -> None:
    assert result.members["instanceId"] == members["businessId"]
    assert running.instance(members["businessId"])["status"] == "active"


def _order_online(running: Running) -> dict[str, str]:
    return order_v2(running, "license-c")


_APPLIES = ("instanceId", "effectiveTime", "eventId")
ROWS = [
    Row(
        KIND,
        PART,
        "getLicenseAsync",
        ADDRESSES,
        OF_LICENSES,
        _application(),
        troubles={
            **of_an_instance(
                online, "getLicenseAsync", "effectiveTime", "eventId", effectiveTime="soon", eventId="a/b"
            ),
            "000002": both(
                illegal(
                    "instanceId", "effectiveTime", "eventId", effectiveTime="soon", eventId="a/b", expireTime="late"
                ),
                _another_applies,
            ),
            "000902": in_situation("period-billed without an expiry", _application(period_billed, expireTime=None)),
            "000903": in_situation(
                "of a product for one device, without a device", _application(needs_fingerprint, deviceFingerprint=None)
            ),
        },
        shows=_is_asked_for,
        meanwhile=_given_to_application,
    ),
    Row(
        KIND,
        PART,
        "newInstance",
        ADDRESSES,
        OF_LICENSES,
        _order_online,
        answers=("instanceId",),
        fresh=with_new_business_id,
        lasting=("instanceId",),
        troubles={
            "000001": forged,
            "000002": illegal(
                "businessId", "orderId", "orderLineId", lengths={"businessId": 64, "orderId": 64, "orderLineId": 64}
            ),
            "000005": INTERNAL,
        },
        shows=_opens_at_once,
        meanwhile=lambda running, _, result: release_v2(running, result.members["instanceId"]),
    ),
    Row(
        KIND,
        PART,
        "queryInstance",
        ADDRESSES,
        OF_LICENSES,
        about(online, "queryInstance"),
        answers=("info",),
        lasting=("info",),
        troubles={
            **of_an_instance(online, instanceId=",".join(f"inst-{n}" for n in range(101))),
            "000004": in_situation("of a product that waits for access data", about(creating_v2, "queryInstance")),
        },
        meanwhile=is_released,
        afterwards="000003",
    ),
    *later_life(KIND, PART, ADDRESSES, OF_LICENSES, online),
]
