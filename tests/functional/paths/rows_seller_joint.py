"""The seller interface about joint products: tenants and sessions (docs/seller-interface.yaml)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from tests.functional.paths.browsing import (
    seller_troubles,
    session_of,
    signed_in,
    too_large,
    with_body,
    with_query,
)
from tests.functional.paths.rows import Members, Result, Row, Trouble, Try
from tests.functional.paths.rows_browser import no_session_more
from tests.functional.paths.rows_kit import authorize, bind, sign_in_ready, sync
from tests.functional.paths.rows_seller import seller_row
from tests.functional.paths.running import Running, fresh_id
from tests.functional.paths.sign_in_troubles import REFUSED, UNAUTHORIZED
from tests.support.auth_centre import BROKEN as DOWN
from tests.support.auth_centre import TOKEN, USERINFO
from tests.support.kit import body


# ---------------------------------------------------------------------------------------------------------- tenants
def _synced(running: Running) -> dict[str, Any]:
    ids = bind(running)
    authorize(running, ids, "li.si")
    sync(running, "singleOrgSync", {**body("singleOrgSync", timeStamp=None, orgCode="00000007"), **ids})
    return {"path": {"tenant_id": ids["tenantId"]}, "query": {"instance_id": ids["instanceId"]}}


def _lists_one(kind: str, member: str, value: str) -> Callable[[Running, Members, Result], None]:
    def shows(running: Running, members: Members, result: Result) -> None:
        del running
        assert result.members["tenant_id"] == members["path"]["tenant_id"]
        assert [one[member] for one in result.members[kind]] == [value]

    return shows


def _lists_tenant(running: Running, members: Members, result: Result) -> None:
    del result
    _, page = running.seller("GET", "/seller/tenants")
    assert members["path"]["tenant_id"] in {one["tenant_id"] for one in page["tenants"]} or "after" in page


def _other_binding(running: Running, row: Row) -> Iterator[Try]:
    members = row.given(running)
    yield Try("not bound by this instance", row.request(running, {**members, "query": {"instance_id": "another"}}))
    yield Try("unknown", row.request(running, {**members, "path": {"tenant_id": fresh_id("tenant")}}))


def _of_tenant(kind: str, member: str, value: str) -> Row:
    return seller_row(
        f"GET /seller/tenants/{{tenant_id}}/{kind}",
        _synced,
        {
            **seller_troubles(),
            "400 malformed_request": with_query(after="nonsense"),
            "404 not_found": _other_binding,
        },
        answers=("tenant_id", "instance_id", kind),
        shows=_lists_one(kind, member, value),
    )


TENANT_ROWS = [
    seller_row(
        "GET /seller/tenants",
        lambda running: {"path": _synced(running)["path"]},
        {**seller_troubles(), "400 malformed_request": with_query(after="nonsense")},
        answers=("tenants",),
        shows=_lists_tenant,
    ),
    _of_tenant("users", "user_name", "li.si"),
    _of_tenant("departments", "org_code", "00000007"),
]


# --------------------------------------------------------------------------------------------------------- sessions
def _with_code(running: Running) -> dict[str, Any]:
    return {"body": {"code": signed_in(running, sign_in_ready(running))[1]}}


def _session(running: Running) -> dict[str, Any]:
    ids = sign_in_ready(running)
    return {"path": {"session_id": session_of(running, signed_in(running, ids)[1])["session_id"]}, "ids": ids}


def _refused_codes(running: Running, row: Row) -> Iterator[Try]:
    yield Try("made up", row.request(running, {"body": {"code": "made-up"}}))
    used = row.given(running)
    assert row.ask(running, used).code == "200"
    yield Try("used", row.request(running, used))
    old = row.given(running)
    running.clock.advance(61)
    yield Try("a minute old", row.request(running, old))


def _ended(running: Running, row: Row) -> Iterator[Try]:
    yield Try("unknown", row.request(running, {"path": {"session_id": fresh_id("session")}}))
    over = row.given(running)
    running.clock.advance(7201)
    yield Try("not prolonged in time", row.request(running, over))


def _disabled(running: Running, row: Row) -> Iterator[Try]:
    yield from _ended(running, row)
    members = row.given(running)
    authorize(running, members["ids"], "user.two", enable="false")
    request = row.request(running, members)
    running.send(request)
    yield Try("the user was disabled, and that was seen", request)


def _centre(*paths: str, answers: tuple[Any, ...]) -> Trouble:
    """The auth centre answers so."""

    def trouble(running: Running, row: Row) -> Iterator[Try]:
        request = row.request(running, row.given(running))
        running.centre.misbehaving.update({path: list(answers) for path in paths})
        yield Try("asked in vain", request)
        for path in paths:
            running.centre.misbehaving.pop(path)

    return trouble


def _unconfirmed(running: Running, row: Row) -> Iterator[Try]:
    """The access token is refused, and so is the client when it asks for another one."""
    request = row.request(running, row.given(running))
    running.centre.misbehaving.update({USERINFO: [UNAUTHORIZED], TOKEN: [REFUSED]})
    yield Try("the client is refused", request)
    running.centre.misbehaving.clear()


def _is_user(running: Running, members: Members, result: Result) -> None:
    del running, members
    assert (result.members["user"]["user_name"], result.members["app_id"]) == ("user.two", "app-0001")


def _ended_meanwhile(running: Running, members: Members, result: Result) -> None:
    del result
    assert running.seller("DELETE", f"/seller/sessions/{members['path']['session_id']}")[0] == 200


def _is_ended(running: Running, members: Members, result: Result) -> None:
    assert result.members["ended"] is True
    assert running.seller("GET", f"/seller/sessions/{members['path']['session_id']}")[0] == 404


_SESSION = ("session_id", "tenant_id", "app_id", "instance_ids", "user", "created_at", "expires_at")
SESSION_ROWS = [
    seller_row(
        "POST /seller/sessions",
        _with_code,
        {
            **seller_troubles(),
            "400 malformed_request": with_body({}, {"code": 7}, {"code": ""}),
            "409 code_refused": _refused_codes,
            "413 body_too_large": too_large,
        },
        answers=_SESSION,
        repeated="409 code_refused",
        replayed="409 code_refused",
        shows=_is_user,
    ),
    seller_row(
        "GET /seller/sessions/{session_id}",
        _session,
        {**seller_troubles(), "404 session_ended": _disabled},
        answers=_SESSION,
        shows=_is_user,
        meanwhile=_ended_meanwhile,
        afterwards="404 session_ended",
    ),
    seller_row(
        "POST /seller/sessions/{session_id}",
        _session,
        {
            **seller_troubles(),
            "404 session_ended": _disabled,
            "503 auth_centre_failed": _centre(USERINFO, answers=(DOWN, DOWN)),
            "503 session_not_confirmed": _unconfirmed,
        },
        harmless=no_session_more,
        answers=_SESSION,
        shows=_is_user,
        meanwhile=_ended_meanwhile,
        afterwards="404 session_ended",
    ),
    seller_row(
        "DELETE /seller/sessions/{session_id}",
        _session,
        seller_troubles(),
        answers=("session_id", "ended"),
        shows=_is_ended,
    ),
]

ROWS = [*TENANT_ROWS, *SESSION_ROWS]
