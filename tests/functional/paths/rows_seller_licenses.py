"""The seller interface about licences: codes for the seller's software, licences from the seller's product."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from koogallery_simulator import faults
from koogallery_simulator.faults import ACTIVATE, HEARTBEAT, SOFTWARE_USAGE, CallFault
from koogallery_simulator.license_codes import LicenseCode
from tests.functional.paths.browsing import seller_troubles, too_large, with_body, with_path
from tests.functional.paths.instances import asked_for_license, licensed, release_v2, unknown_id
from tests.functional.paths.rows import Members, Result, Row, Trouble, Try, everything
from tests.functional.paths.rows_seller import seller_row
from tests.functional.paths.running import Running, Stored, fresh_id

TOO_LONG = {"license": "x" * 65}


# ---------------------------------------------------------------------------------------------- authorization codes
def _code(running: Running, *, received: bool = True, active: bool = False) -> LicenseCode:
    code = running.marketplace.make_license_code(running.sell("license-b"), received=received)
    if active:
        code.activated_at = running.clock.now()
    return code


def _of_code(*, received: bool = True, active: bool = False) -> Callable[[Running], dict[str, Any]]:
    return lambda running: {"body": {"license": _code(running, received=received, active=active).code}}


def _usage_of_code(running: Running) -> dict[str, Any]:
    return {"body": {"usage": [{"license": _code(running, active=True).code, "ids": ["user-1", "user-2"]}]}}


def _in(label: str, given: Callable[[Running], Members]) -> Trouble:
    def trouble(running: Running, row: Row) -> Iterator[Try]:
        yield Try(label, row.request(running, given(running)))

    return trouble


def _marketplace(*wrong: CallFault) -> Trouble:
    """The marketplace answers so; nothing of it is left behind."""

    def trouble(running: Running, row: Row) -> Iterator[Try]:
        for fault in wrong:
            request = row.request(running, row.given(running))
            running.marketplace.faults.add(fault)
            yield Try(fault.code or str(fault.status) or fault.action, request)
            assert running.marketplace.faults.pending() == []
            running.marketplace.faults.clear()

    return trouble


def _refused(where: str, *codes: str) -> Trouble:
    return _marketplace(*(faults.error(code, where=where) for code in codes))


def _of_marketplace(where: str) -> dict[str, Trouble]:
    """What a call that is handed on may come back with."""
    return {
        "502 marketplace_refused": _refused(where, "95000002", "95000003", "95000004"),
        "502 marketplace_unauthorized": _marketplace(
            faults.error("APIGW.0301", where=where), CallFault("answer", where, code="92020001", status=403)
        ),
        "503 marketplace_unavailable": _marketplace(
            CallFault("answer", where, code="92020001", status=500), faults.reset(where=where)
        ),
        "503 marketplace_throttled": _marketplace(faults.throttle(where=where), faults.too_many_requests(where=where)),
        "503 marketplace_answer_unreadable": _marketplace(
            *(faults.garbage(kind, where=where) for kind in ("html", "empty", "array", "no-code"))
        ),
    }


def _is_activated(running: Running, members: Members, result: Result) -> None:
    code = running.marketplace.license_code(members["body"]["license"])
    assert code.activated_at == running.clock.now()
    assert (result.members["already_activated"], result.members["status"]) == (False, "ALIVE")
    status, again = running.seller("POST", "/seller/licenses/activate", members["body"])
    assert (status, again["already_activated"]) == (200, True)


def _is_alive(running: Running, members: Members, result: Result) -> None:
    del running
    assert (result.members["license"], result.members["status"]) == (members["body"]["license"], "ALIVE")
    assert result.members["stale"] is False


def _is_reported(running: Running, members: Members, result: Result) -> None:
    assert (result.members["reported"], result.members["failed"]) == (1, [])
    assert running.marketplace.license_code(members["body"]["usage"][0]["license"]).users == 2


def _only_at_marketplace(running: Running, members: Members, result: Result) -> object:
    """A question changes nothing there; here the last answer is kept with its time."""
    del result
    code = running.marketplace.license_code(members["body"]["license"])
    return code.activated_at, code.users


def _at_marketplace(running: Running, members: Members, result: Result) -> object:
    """There and here."""
    return _only_at_marketplace(running, members, result), everything(running, members, result)


def _only_noted(before: Stored, after: Stored) -> bool:
    """An attempt to activate is noted before it is made, whatever becomes of it; nothing else is."""

    def others(stored: Stored) -> Stored:
        return [item for item in stored if not item[0].startswith("license_codes#")]

    return others(before) == others(after)


def _too_early(running: Running, row: Row) -> Iterator[Try]:
    members = row.given(running)
    yield Try(
        "before the order", row.request(running, {"body": {**members["body"], "real_effect_time": "20200101000000"}})
    )


def _expired(running: Running, members: Members, result: Result) -> None:
    del result
    running.marketplace.license_code(members["body"]["license"]).frozen = True


_NOT_A_CODE: tuple[dict[str, Any], ...] = ({}, {"license": 7}, {"license": ""}, TOO_LONG)
CODE_ROWS = [
    seller_row(
        "POST /seller/licenses/activate",
        _of_code(),
        {
            **seller_troubles(),
            **_of_marketplace(ACTIVATE),
            "400 malformed_request": with_body(*_NOT_A_CODE, {"license": "PL1", "real_effect_time": "soon"}),
            "400 invalid_parameter": _too_early,
            "404 unknown_license": _in("unknown", lambda _: {"body": {"license": fresh_id("PL")}}),
            "409 already_activated": _in("activated by somebody else", _of_code(active=True)),
            "409 not_received_yet": _in("not received yet", _of_code(received=False)),
            "413 body_too_large": too_large,
        },
        answers=("license", "already_activated", "status", "expire_time", "product_id", "order_id"),
        lasting=("license", "status", "expire_time", "product_id", "order_id"),
        view=_at_marketplace,
        replayed="200",
        replay_view=_at_marketplace,
        harmless=_only_noted,
        shows=_is_activated,
        meanwhile=_expired,
    ),
    seller_row(
        "POST /seller/licenses/heartbeat",
        _of_code(active=True),
        {
            **seller_troubles(),
            **_of_marketplace(HEARTBEAT),
            "400 malformed_request": with_body(*_NOT_A_CODE),
            "400 invalid_parameter": _refused(HEARTBEAT, "92020002", "95000001"),
            "404 unknown_license": _in("unknown", lambda _: {"body": {"license": fresh_id("PL")}}),
            "409 not_activated": _in("not activated yet", _of_code()),
            "413 body_too_large": too_large,
        },
        answers=("license", "status", "stale", "as_of", "expire_time", "product_id", "order_id"),
        lasting=("license", "status", "expire_time"),
        view=_only_at_marketplace,
        replay_view=_only_at_marketplace,
        shows=_is_alive,
        meanwhile=_expired,
    ),
    seller_row(
        "POST /seller/licenses/usage",
        _usage_of_code,
        {
            **{code: trouble for code, trouble in seller_troubles().items() if code != "500 state_misconfigured"},
            **_of_marketplace(SOFTWARE_USAGE),
            "400 malformed_request": with_body(
                {},
                {"usage": []},
                {"usage": [{"license": "PL1"}]},
                {"usage": [{"license": "PL1", "ids": ["a"]}, {"license": "PL2", "active_num": 1}]},
            ),
            "400 invalid_license_in_list": _in(
                "unknown", lambda _: {"body": {"usage": [{"license": fresh_id("PL"), "active_num": 3}]}}
            ),
            "400 invalid_parameter": _refused(SOFTWARE_USAGE, "92020002", "95000001"),
            "404 unknown_license": _refused(SOFTWARE_USAGE, "92020005"),
            "409 not_activated": _refused(SOFTWARE_USAGE, "92020011"),
            "413 body_too_large": too_large,
        },
        answers=("reported", "failed"),
        shows=_is_reported,
    ),
]


# ------------------------------------------------------------------------------------------------ licences we are given
def _license_of(opening: Callable[[Running], str], **more: Any) -> Callable[[Running], dict[str, Any]]:
    return lambda running: {"path": {"license_id": opening(running)}, **more}


def _is_given(running: Running, members: Members, result: Result) -> None:
    assert (result.members["license_id"], result.members["status"]) == (members["path"]["license_id"], "given")
    assert "LICENCE" not in str(running.seller("GET", f"/seller/licenses/{members['path']['license_id']}"))


def _released_before(running: Running) -> str:
    instance_id = asked_for_license(running)
    release_v2(running, instance_id)
    return instance_id


LICENSE_ROWS = [
    seller_row(
        "GET /seller/licenses/{license_id}",
        _license_of(licensed),
        {**seller_troubles(), "404 not_found": with_path("nobody asked", license_id=unknown_id)},
        answers=("license_id", "instance_id", "status"),
        shows=_is_given,
    ),
    seller_row(
        "PUT /seller/licenses/{license_id}",
        _license_of(asked_for_license, body={"license": "LICENCE-0001"}),
        {
            **seller_troubles(),
            "400 malformed_request": with_body(
                {}, {"license": ""}, {"license": "x" * 1025}, {"content_base64": "QUJD"}
            ),
            "404 not_found": with_path("nobody asked", license_id=unknown_id),
            "409 license_conflict": _in("another licence", _license_of(licensed, body={"license": "LICENCE-0002"})),
            "409 conflict": with_path("released", license_id=_released_before),
            "413 body_too_large": too_large,
        },
        answers=("license_id", "instance_id", "status"),
        shows=_is_given,
    ),
]

ROWS = [*CODE_ROWS, *LICENSE_ROWS]
