"""The authorization code guide (2.0): what happens to a code that the marketplace made."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.functional.paths.callbacks import forged, illegal
from tests.functional.paths.instances import (
    OF_LICENSES,
)
from tests.functional.paths.rows import Members, Result, Row, Trouble, changed
from tests.functional.paths.rows_saas_v2 import INTERNAL
from tests.functional.paths.running import Running, fresh_id

KIND, PART, ADDRESSES = "license-b", "Authorization codes and online licences", ("POST /license",)


def _about_code(activity: str, *, line: bool = False, **more: str) -> Callable[[Running], dict[str, Any]]:
    def given(running: Running) -> dict[str, Any]:
        members = {"activity": activity, "license": fresh_id("PL"), **more}
        if not line:
            return members
        bought = running.sell("license-b")
        return {**members, "orderId": bought.order_id, "orderLineId": bought.order_line_id}

    return given


def _of_code(running: Running, activity: str, license_: str, **more: str) -> None:
    members = {"activity": activity, "license": license_, **more}
    answer = running.send(OF_LICENSES.request(running.url(ADDRESSES[0]), members, running.clock.now()))
    assert OF_LICENSES.read(answer).code == "000000"


def _released_code(running: Running) -> str:
    license_ = fresh_id("PL")
    _of_code(running, "releaseLicenseCode", license_)
    return license_


def _releases_code(running: Running, members: Members, result: Result) -> None:
    del result
    running.clock.advance(1)
    _of_code(running, "releaseLicenseCode", members["license"])


def _thaws_code(running: Running, members: Members, result: Result) -> None:
    del result
    running.clock.advance(1)
    _of_code(running, "updateLicenseCodeStatus", members["license"], status="UNFREEZE")


def _tells_product(type_: str) -> Callable[[Running, Members, Result], None]:
    def shows(running: Running, members: Members, result: Result) -> None:
        del result
        running.fire("deliver_events")
        told = [one["type"] for one in running.told if one["data"].get("license") == members["license"]]
        assert told == [type_]

    return shows


def _told_of_code(running: Running, members: Members, result: Result) -> object:
    """What the seller's product is told of a code."""
    del result
    running.fire("deliver_events")
    return [one for one in running.told if one["data"].get("license") == members["license"]]


def _of_codes(*needed: str, **more: str) -> dict[str, Trouble]:
    return {
        "000001": forged,
        "000002": illegal("license", *needed, lengths={"license": 64}, **more),
        "000003": changed("released", license=_released_code),
        "000005": INTERNAL,
    }


def _without_unknown(troubles: dict[str, Trouble]) -> dict[str, Trouble]:
    return {code: trouble for code, trouble in troubles.items() if code != "000003"}


ROWS = [
    Row(
        KIND,
        PART,
        "refreshLicenseCode",
        ADDRESSES,
        OF_LICENSES,
        _about_code("refreshLicenseCode", line=True, scene="RENEWAL", expireTime="20271121100500"),
        troubles=_of_codes(
            "scene", "orderId", "orderLineId", "expireTime", scene="TRIAL_TO_FORMAL", expireTime="next year"
        ),
        shows=_tells_product("license.renewed"),
        meanwhile=_releases_code,
    ),
    Row(
        KIND,
        PART,
        "updateLicenseCodeStatus",
        ADDRESSES,
        OF_LICENSES,
        _about_code("updateLicenseCodeStatus", status="FREEZE"),
        troubles=_of_codes("status", status="MELT"),
        view=_told_of_code,
        shows=_tells_product("license.frozen"),
        meanwhile=_thaws_code,
    ),
    Row(
        KIND,
        PART,
        "releaseLicenseCode",
        ADDRESSES,
        OF_LICENSES,
        _about_code("releaseLicenseCode", line=True),
        troubles=_without_unknown(_of_codes()),
        shows=_tells_product("license.released"),
    ),
]
