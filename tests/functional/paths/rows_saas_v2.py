"""SaaS access guide 2.0: the seven activities of the production address."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from tests.functional.paths.callbacks import SpeaksV2, forged, illegal
from tests.functional.paths.instances import (
    V2,
    Opening,
    about,
    active_v2,
    as_seen,
    creating_v2,
    expires_as_told,
    is_released,
    is_told_of,
    order_v2,
    released,
    status_is,
    unknown_id,
    with_new_business_id,
)
from tests.functional.paths.rows import (
    Members,
    Result,
    Row,
    Trouble,
    Try,
    both,
    changed,
    in_situation,
    internal,
    not_ready,
    unavailable,
)
from tests.functional.paths.running import Running
from tests.support.world import ACCESS

KIND, PART = "saas-2.0", "SaaS 2.0"
ADDRESSES = ("POST /saas", "POST /")
INTERNAL = both(internal, not_ready)
NEXT_YEAR = "20271121100500"


def of_an_instance(opening: Opening, *needed: str, **more: Any) -> dict[str, Trouble]:
    """000001, 000002, 000003, 000005 of what is about an instance."""
    return {
        "000001": forged,
        "000002": illegal("instanceId", *needed, lengths={"instanceId": 64}, **more),
        "000003": both(changed("unknown", instanceId=unknown_id), changed("released", instanceId=released(opening))),
        "000005": INTERNAL,
    }


def debugging(running: Running, row: Row) -> Iterator[Try]:
    """testFlag 1 is answered 000000 whatever it is about."""
    for label, given in (("a debug call", row.given), ("a debug call about nothing", lambda _: {})):
        members = {**row.given(running), **given(running), "testFlag": "1"}
        yield Try(label, row.request(running, members))


def repeated_when_open(running: Running, row: Row) -> Iterator[Try]:
    """The order line has its instance, and the buyer gets in."""
    members = row.given(running)
    instance_id = row.ask(running, members).members["instanceId"]
    running.give_access(str(instance_id))
    yield Try("again, when it is open", row.request(running, row.fresh(members)))
    yield from debugging(running, row)


def _shows_access(running: Running, members: Members, result: Result) -> None:
    del running
    (entry,) = result.members["info"]
    assert entry["instanceId"] == members["instanceId"]
    app_info = entry["appInfo"]
    assert app_info["frontEndUrl"] == ACCESS["front_end_url"]
    assert (app_info["userName"], app_info["password"]) == (ACCESS["user_name"], ACCESS["password"])


def thaws(running: Running, members: Members, result: Result) -> None:
    """What happens meanwhile: the opposite, signed later."""
    del result
    running.clock.advance(1)
    other = "UNFREEZE" if members["status"] == "FREEZE" else "FREEZE"
    answer = running.send(
        V2.request(
            running.url("POST /saas"),
            {**members, "activity": "updateInstanceStatus", "status": other},
            running.clock.now(),
        )
    )
    assert V2.read(answer).code == "000000"


def renewal(opening: Opening, activity: str = "refreshInstance") -> Callable[[Running], dict[str, Any]]:
    """A new date, by a new order."""
    return about(opening, activity, line=True, scene="RENEWAL", expireTime=NEXT_YEAR)


def refresh_troubles(opening: Opening) -> dict[str, Trouble]:
    """refreshInstance of 2.0 and of online licences."""
    return of_an_instance(
        opening,
        "scene",
        "orderId",
        "orderLineId",
        "expireTime",
        scene="EXTENSION",
        expireTime="next year",
    )


def _is_created(running: Running, members: Members, result: Result) -> None:
    assert result.members["instanceId"] == members["businessId"]
    shown = running.instance(members["businessId"])
    assert (shown["status"], shown["order_line_id"]) == ("creating", members["orderLineId"])


def later_life(kind: str, part: str, addresses: tuple[str, ...], speaks: SpeaksV2, opened: Opening) -> list[Row]:
    """refreshInstance, updateInstanceStatus and releaseInstance of an instance."""
    return [
        Row(
            kind,
            part,
            "refreshInstance",
            addresses,
            speaks,
            renewal(opened),
            troubles=refresh_troubles(opened),
            shows=expires_as_told,
            meanwhile=is_released,
        ),
        Row(
            kind,
            part,
            "updateInstanceStatus",
            addresses,
            speaks,
            about(opened, "updateInstanceStatus", status="FREEZE"),
            troubles=of_an_instance(opened, "status", status="MELT"),
            view=as_seen,
            shows=status_is("frozen"),
            meanwhile=thaws,
        ),
        Row(
            kind,
            part,
            "releaseInstance",
            addresses,
            speaks,
            about(opened, "releaseInstance", line=True),
            troubles={**of_an_instance(opened), "000003": changed("unknown", instanceId=unknown_id)},
            shows=status_is("released"),
        ),
    ]


ROWS = [
    Row(
        KIND,
        PART,
        "newInstance",
        ADDRESSES,
        V2,
        order_v2,
        success="000004",
        answers=("instanceId",),
        fresh=with_new_business_id,
        lasting=("instanceId",),
        troubles={
            "000000": repeated_when_open,
            "000001": forged,
            "000002": illegal(
                "businessId", "orderId", "orderLineId", lengths={"businessId": 64, "orderId": 64, "orderLineId": 64}
            ),
            "000005": both(INTERNAL, unavailable),
        },
        shows=_is_created,
        meanwhile=lambda running, _, result: running.give_access(result.members["instanceId"]),
        afterwards="000000",
    ),
    Row(
        KIND,
        PART,
        "queryInstance",
        ADDRESSES,
        V2,
        about(active_v2, "queryInstance"),
        answers=("info",),
        lasting=("info",),
        troubles={
            **of_an_instance(active_v2, instanceId=",".join(f"inst-{n}" for n in range(101))),
            "000004": in_situation("still provisioning", about(creating_v2, "queryInstance")),
        },
        shows=_shows_access,
        meanwhile=is_released,
        afterwards="000003",
    ),
    *later_life(KIND, PART, ADDRESSES, V2, active_v2),
    Row(
        KIND,
        PART,
        "upgradeInstance",
        ADDRESSES,
        V2,
        about(active_v2, "upgradeInstance", line=True),
        troubles={
            **of_an_instance(active_v2, "orderId", "orderLineId"),
            "000004": in_situation("still provisioning", about(creating_v2, "upgradeInstance", line=True)),
        },
        shows=is_told_of(2),
        meanwhile=is_released,
    ),
    Row(
        KIND,
        PART,
        "changeInstanceCheck",
        ADDRESSES,
        V2,
        about(active_v2, "changeInstanceCheck", productInfo={"productId": "OFFI000000000000000003"}),
        troubles=of_an_instance(active_v2, "productInfo", productInfo="[1, 2]"),
        shows=is_told_of(1),
        meanwhile=is_released,
        afterwards="000003",
    ),
]
