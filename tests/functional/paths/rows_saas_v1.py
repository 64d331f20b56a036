"""SaaS access guide 1.0: the same production address by GET."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tests.functional.paths.callbacks import SpeaksV1, forged, illegal
from tests.functional.paths.instances import (
    V1,
    Opening,
    about,
    active_v1,
    as_seen,
    creating_v1,
    expires_as_told,
    is_released,
    is_told_of,
    order_v1,
    status_is,
    unknown_id,
    with_new_business_id,
)
from tests.functional.paths.rows import Members, Result, Row, changed, in_situation
from tests.functional.paths.rows_saas_v2 import INTERNAL, NEXT_YEAR, of_an_instance, repeated_when_open
from tests.functional.paths.running import Running
from tests.support.world import ACCESS

KIND, PART = "saas-1.0", "SaaS 1.0"
ADDRESSES = ("GET /saas", "GET /")
Given = Callable[[Running], dict[str, Any]]


def _credentials(app_info: Mapping[str, str]) -> tuple[str, str]:
    return app_info["userName"], app_info["password"]


def _shows_access(running: Running, members: Members, result: Result) -> None:
    del running
    (entry,) = result.members["info"]
    assert entry["instanceId"] == members["instanceId"]
    assert _credentials(entry["appInfo"]) == (ACCESS["user_name"], ACCESS["password"])
    assert result.members["encryptType"] == "1"


def _is_created_and_opened(running: Running, members: Members, result: Result) -> None:
    instance_id = members["businessId"]
    assert result.members["instanceId"] == instance_id
    assert running.instance(instance_id)["status"] == "creating"
    running.give_access(instance_id)
    again = V1.read(running.send(V1.request(running.url("GET /saas"), members, running.clock.now())))
    assert again.code == "000000"
    assert _credentials(again.members["appInfo"]) == (ACCESS["user_name"], ACCESS["password"])


def _thaws(running: Running, members: Members, result: Result) -> None:
    del result
    running.clock.advance(1)
    thaw = {"activity": "instanceStatus", "instanceId": members["instanceId"], "instanceStatus": "NORMAL"}
    answer = running.send(V1.request(running.url("GET /saas"), thaw, running.clock.now()))
    assert SpeaksV1().read(answer).code == "000000"


def expiring(kind: str, part: str, addresses: tuple[str, ...], opening: Opening, name: str = "expireInstance") -> Row:
    """The period is over."""
    return Row(
        kind,
        part,
        name,
        addresses,
        V1,
        about(opening, name),
        troubles=of_an_instance(opening),
        view=as_seen,
        shows=status_is("frozen"),
        meanwhile=_thaws,
    )


def changing_status(kind: str, part: str, addresses: tuple[str, ...], opening: Opening) -> Row:
    """Frozen; thawing is the other value."""
    return Row(
        kind,
        part,
        "instanceStatus",
        addresses,
        V1,
        about(opening, "instanceStatus", instanceStatus="FREEZE"),
        troubles=of_an_instance(opening, "instanceStatus", instanceStatus="MELT"),
        view=as_seen,
        shows=status_is("frozen"),
        meanwhile=_thaws,
    )


def refreshing(
    kind: str, part: str, addresses: tuple[str, ...], opening: Opening, name: str = "refreshInstance"
) -> Row:
    """A new date, by a new order."""
    return Row(
        kind,
        part,
        name,
        addresses,
        V1,
        about(opening, name, order=True, expireTime=NEXT_YEAR),
        troubles=of_an_instance(opening, "orderId", "expireTime", expireTime="next year"),
        shows=expires_as_told,
        meanwhile=is_released,
    )


def releasing(kind: str, part: str, addresses: tuple[str, ...], opening: Opening, name: str = "releaseInstance") -> Row:
    """The end."""
    return Row(
        kind,
        part,
        name,
        addresses,
        V1,
        about(opening, name, order=True),
        troubles={**of_an_instance(opening), "000003": changed("unknown", instanceId=unknown_id)},
        shows=status_is("released"),
    )


def upgrading(name: str) -> Row:
    """The target is in the call."""
    more: dict[str, Any] = {"skuCode": "sku-2", "productId": "OFFI000000000000000022", "amount": "20"}
    return Row(
        KIND,
        PART,
        name,
        ADDRESSES,
        V1,
        about(active_v1, name, order=True, **more),
        troubles={
            **of_an_instance(active_v1, "orderId"),
            "000004": in_situation("still provisioning", about(creating_v1, name, order=True, **more)),
        },
        shows=is_told_of(2),
        meanwhile=is_released,
    )


ROWS = [
    Row(
        KIND,
        PART,
        "newInstance",
        ADDRESSES,
        V1,
        order_v1("newInstance"),
        success="000004",
        answers=("instanceId",),
        fresh=with_new_business_id,
        lasting=("instanceId",),
        troubles={
            "000000": repeated_when_open,
            "000001": forged,
            "000002": illegal(
                "businessId", "orderId", "productId", lengths={"businessId": 64, "orderId": 64, "productId": 64}
            ),
            "000005": INTERNAL,
        },
        shows=_is_created_and_opened,
        meanwhile=lambda running, _, result: running.give_access(result.members["instanceId"]),
        afterwards="000000",
    ),
    Row(
        KIND,
        PART,
        "queryInstance",
        ADDRESSES,
        V1,
        about(active_v1, "queryInstance"),
        answers=("info", "encryptType"),
        lasting=("info",),
        troubles={
            **of_an_instance(active_v1, instanceId=",".join(f"inst-{n}" for n in range(101))),
            "000004": in_situation("still provisioning", about(creating_v1, "queryInstance")),
        },
        shows=_shows_access,
        meanwhile=is_released,
        afterwards="000003",
    ),
    refreshing(KIND, PART, ADDRESSES, active_v1),
    expiring(KIND, PART, ADDRESSES, active_v1),
    changing_status(KIND, PART, ADDRESSES, active_v1),
    releasing(KIND, PART, ADDRESSES, active_v1),
    upgrading("upgrade"),
    upgrading("upgradeInstance"),
]
