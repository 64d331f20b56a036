"""The seller interface about usage and instances (docs/seller-interface.yaml)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any

from koogallery import times
from tests.functional.paths.browsing import (
    SpeaksSeller,
    at,
    seller_troubles,
    too_large,
    with_body,
    with_path,
    with_query,
)
from tests.functional.paths.instances import (
    Opening,
    active_v1,
    active_v2,
    creating_metered,
    creating_v2,
    frozen_metered,
    frozen_package,
    metered,
    package,
    release_v2,
    released,
    unknown_id,
)
from tests.functional.paths.rows import Members, Result, Row, Trouble, Try
from tests.functional.paths.running import SILENT, Running, fresh_id
from tests.support.world import ACCESS

KIND, PART = "seller", "The seller's product calls"
Given = Callable[[Running], dict[str, Any]]


def seller_row(address: str, given: Given, troubles: Mapping[str, Trouble], **more: Any) -> Row:
    """A row whose address is its name."""
    speech = SpeaksSeller(address.partition(" ")[0])
    return Row(KIND, PART, address, (address,), speech, given, success="200", troubles=troubles, **more)


# ------------------------------------------------------------------------------------------------------------ usage
def _usage(running: Running, instance_id: str, **more: Any) -> dict[str, Any]:
    plain = {"id": fresh_id("use"), "quantity": "12.5", "time": times.iso(running.clock.now())}
    return {"body": {"events": [{**plain, "instance_id": instance_id, **more}]}}


def _rejected(opening: Opening, seconds: float = 0, **more: Any) -> Trouble:
    """Usage of an instance that was opened so, ``seconds`` from now."""

    def trouble(running: Running, row: Row) -> Iterator[Try]:
        instance_id = opening(running)
        used_at = {"time": times.iso(running.clock.now() + timedelta(seconds=seconds))}
        yield Try("rejected", row.request(running, _usage(running, instance_id, **{**used_at, **more})))

    return trouble


def _out_of_package(opening: Opening) -> Trouble:
    """Usage of an instance that is open, to be deducted from a package that is not in service."""

    def trouble(running: Running, row: Row) -> Iterator[Try]:
        instance_id, used_up = metered(running), opening(running)
        running.clock.advance(5)
        yield Try("rejected", row.request(running, _usage(running, instance_id, package_instance_id=used_up)))

    return trouble


def _after_final_bill(running: Running, row: Row) -> Iterator[Try]:
    """Used before the release, reported when the last hour was sealed."""
    instance_id = metered(running)
    used_at = times.iso(running.clock.now())
    running.clock.advance(60)
    release_v2(running, instance_id)
    running.clock.advance(7200)
    running.fire("push_usage")
    yield Try("too late", row.request(running, _usage(running, instance_id, time=used_at)))


def _conflicting(running: Running, row: Row) -> Iterator[Try]:
    members = row.given(running)
    row.ask(running, members)
    (event,) = members["body"]["events"]
    yield Try("another quantity", row.request(running, {"body": {"events": [{**event, "quantity": "13"}]}}))


def _is_counted(running: Running, members: Members, result: Result) -> None:
    assert (result.members["accepted"], result.members["duplicates"]) == (1, 0)
    status, again = running.seller("POST", "/seller/usage", members["body"])
    assert (status, again["accepted"], again["duplicates"]) == (200, 0, 1)


USAGE_ROWS = [
    seller_row(
        "POST /seller/usage",
        lambda running: _usage(running, metered(running)),
        {
            **seller_troubles(),
            "400 malformed_request": with_body({"events": {}}, {"events": ["x"]}, {"events": [{}] * 1001}),
            "413 body_too_large": too_large,
            "503 state_unavailable": at(SILENT),
            "200 invalid_id": _rejected(metered, id="x" * 129),
            "200 invalid_instance_id": _rejected(lambda _: ""),
            "200 invalid_package_instance_id": _rejected(metered, package_instance_id="x" * 65),
            "200 invalid_quantity": _rejected(metered, quantity="-1"),
            "200 invalid_time": _rejected(metered, time="today"),
            "200 unknown_instance": _rejected(unknown_id),
            "200 unknown_package": _rejected(metered, package_instance_id="nobody"),
            "200 not_pay_per_use": _rejected(active_v1),
            "200 in_future": _rejected(metered, seconds=310),
            "200 too_old": _rejected(metered, seconds=-22 * 86400),
            "200 not_yet_opened": _rejected(creating_metered),
            "200 before_opening": _rejected(metered, seconds=-3600),
            "200 instance_released": _rejected(released(metered), seconds=60),
            "200 instance_frozen": _rejected(frozen_metered),
            "200 package_released": _out_of_package(released(package)),
            "200 package_frozen": _out_of_package(frozen_package),
            "200 after_final_bill": _after_final_bill,
            "200 conflicting_id": _conflicting,
        },
        answers=("accepted", "duplicates", "rejected"),
        replayed="200",
        shows=_is_counted,
    ),
]


# -------------------------------------------------------------------------------------------------------- instances
def _of_instance(opening: Opening, **more: Any) -> Given:
    return lambda running: {"path": {"instance_id": opening(running)}, **more}


def _is_listed(running: Running, members: Members, result: Result) -> None:
    """Every instance there is, page by page."""
    del members
    wanted, found, page = active_v2(running), set[str](), dict(result.members)
    while page:
        found |= {one["instance_id"] for one in page["instances"]}
        after = page.get("after", "")
        page = running.seller("GET", f"/seller/instances?after={after}")[1] if after else {}
    assert wanted in found or wanted in {one["instance_id"] for one in _first_page(running)}


def _first_page(running: Running) -> list[dict[str, Any]]:
    return list(running.seller("GET", "/seller/instances?status=active")[1]["instances"])


def _is_the_one(running: Running, members: Members, result: Result) -> None:
    del running
    assert (result.members["instance_id"], result.members["status"]) == (members["path"]["instance_id"], "active")


def _instance_seen(running: Running, members: Members, result: Result) -> object:
    """Access data is simply set again: stored anew, seen the same."""
    del result
    return running.instance(members["path"]["instance_id"])


_INSTANCE = ("instance_id", "status", "order_id", "order_line_id", "created_at", "events_pending", "events_dead")
INSTANCE_ROWS = [
    seller_row(
        "GET /seller/instances",
        lambda _: {"query": {"status": "creating"}},
        {**seller_troubles(), "400 malformed_request": with_query(status="gone", after="nonsense")},
        answers=("instances",),
        shows=_is_listed,
    ),
    seller_row(
        "GET /seller/instances/{instance_id}",
        _of_instance(active_v2),
        {**seller_troubles(), "404 not_found": with_path("unknown", instance_id=unknown_id)},
        answers=_INSTANCE,
        shows=_is_the_one,
    ),
    seller_row(
        "PUT /seller/instances/{instance_id}/access",
        _of_instance(creating_v2, body=ACCESS),
        {
            **seller_troubles(),
            "400 malformed_request": with_body({}, {"front_end_url": "no address"}, {**ACCESS, "password": "x" * 129}),
            "404 not_found": with_path("unknown", instance_id=unknown_id),
            "409 conflict": with_path("released", instance_id=released(active_v2)),
            "413 body_too_large": too_large,
        },
        answers=_INSTANCE,
        view=_instance_seen,
        replay_view=_instance_seen,
        shows=_is_the_one,
    ),
]


ROWS = [*USAGE_ROWS, *INSTANCE_ROWS]
