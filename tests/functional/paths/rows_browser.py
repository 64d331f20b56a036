"""Signing in: what a buyer's browser opens (joint-operation guide, "Web login", "OAuth 2.0 API")."""

from __future__ import annotations

from typing import Any

from tests.functional.paths.browsing import (
    LOGIN,
    SESSION,
    SpeaksBrowser,
    at,
    browse,
    came_back,
    code_of,
    session_of,
    signed_in,
)
from tests.functional.paths.rows import Members, Result, Row, both
from tests.functional.paths.rows_kit import sign_in_ready
from tests.functional.paths.running import BARE, BROKEN, PRODUCT_PAGE, Running, Stored
from tests.functional.paths.sign_in_troubles import (
    EXPIRED,
    FORBIDDEN,
    NO_OBJECT,
    REFUSED,
    UNAUTHORIZED,
    asked_with,
    busy,
    centre_answers,
    elsewhere,
    not_allowed,
    return_to_twice,
    used,
    user_is_off,
    without_attempt,
)
from tests.support.auth_centre import BROKEN as DOWN
from tests.support.auth_centre import TOKEN, USERINFO

KIND, PART = "browser", "Browsers"
EXPECTED = {
    "login_malformed": "400 start_again",
    "login_attempt_missing": "400 start_again",
    "login_already_used": "400 start_again",
    "login_expired": "400 start_again",
    "sign_in_not_allowed": "403 not_allowed",
    "auth_centre_failed": "502 auth_centre",
    "auth_centre_refused": "502 auth_centre",
    "token_host_refused": "502 auth_centre",
    "session_busy": "503 try_again",
    "setting": "503 not_ready",
    "state_misconfigured": "500 try_again",
}


# ------------------------------------------------------------------------------------------------------- situations
def _coming_back(running: Running) -> dict[str, Any]:
    ids = sign_in_ready(running)
    return {"query": came_back(running, ids), "cookies": browse(running, "/login").members["cookies"]}


def _with_session(running: Running) -> dict[str, Any]:
    ids = sign_in_ready(running)
    cookies, code = signed_in(running, ids)
    return {"cookies": cookies, "session_id": session_of(running, code)["session_id"], "ids": ids}


def _sessions(stored: Stored) -> Stored:
    return [item for item in stored if item[0].startswith("sessions#")]


def no_session_more(before: Stored, after: Stored) -> bool:
    """A refusal notes a spent code and may end a session; it never begins one."""
    return {item[1] for item in _sessions(after)} <= {item[1] for item in _sessions(before)}


def _all_sessions(running: Running, members: Members, result: Result) -> object:
    """What a code that comes again must not change; that it came is noted."""
    del members, result
    return _sessions(running.stored())


def _session_of(running: Running, members: Members, result: Result) -> object:
    """The session as the seller's product sees it; its end moves."""
    del result
    status, session = running.seller("GET", f"/seller/sessions/{members['session_id']}")
    session.pop("expires_at", None)
    return status, session


# ------------------------------------------------------------------------------------------------------------ shows
def _goes_to_login(running: Running, members: Members, result: Result) -> None:
    del running, members
    assert "appId=app-0001" in result.members["location"]
    assert result.members["cookies"][LOGIN]


def _is_signed_in(running: Running, members: Members, result: Result) -> None:
    assert result.members["location"].startswith(f"{PRODUCT_PAGE}?code=")
    assert result.members["cookies"][SESSION]
    session = session_of(running, code_of(result))
    assert (session["tenant_id"], session["user"]["user_name"]) == (members["query"]["tenant"], "user.two")


def _is_prolonged(running: Running, members: Members, result: Result) -> None:
    assert session_of(running, code_of(result))["session_id"] == members["session_id"]


def _is_signed_out(running: Running, members: Members, result: Result) -> None:
    assert result.members["location"].startswith(f"{running.centre.base}/api/v1/logout?redirect_url=")
    assert running.seller("GET", f"/seller/sessions/{members['session_id']}")[0] == 404


def _ended_by_product(running: Running, members: Members, result: Result) -> None:
    del result
    assert running.seller("DELETE", f"/seller/sessions/{members['session_id']}")[0] == 200


def _refresh_row(method: str) -> Row:
    return Row(
        KIND,
        PART,
        f"{method} /login/refresh",
        (f"{method} /login/refresh",),
        SpeaksBrowser(method),
        _with_session,
        success="303",
        answers=("location",),
        troubles={
            "sign_in_not_allowed": user_is_off,
            "auth_centre_failed": centre_answers(TOKEN, DOWN, DOWN),
            "auth_centre_refused": both(centre_answers(TOKEN, REFUSED), centre_answers(TOKEN, FORBIDDEN)),
            "session_busy": busy,
            "setting": at(BARE),
            "state_misconfigured": at(BROKEN),
        },
        expected=EXPECTED,
        harmless=no_session_more,
        view=_session_of,
        replay_view=_session_of,
        replayed="303",
        shows=_is_prolonged,
        meanwhile=_ended_by_product,
    )


def _logout_row(method: str) -> Row:
    return Row(
        KIND,
        PART,
        f"{method} /logout",
        (f"{method} /logout",),
        SpeaksBrowser(method),
        _with_session,
        success="303",
        answers=("location",),
        troubles={"setting": at(BARE), "state_misconfigured": at(BROKEN)},
        expected=EXPECTED,
        harmless=no_session_more,
        repeated="200 signed_out",
        replayed="200 signed_out",
        shows=_is_signed_out,
    )


ROWS = [
    Row(
        KIND,
        PART,
        "GET /login",
        ("GET /login",),
        SpeaksBrowser("GET"),
        lambda _: {"query": {"return_to": "/reports/7"}},
        success="302",
        answers=("location",),
        troubles={
            "login_malformed": return_to_twice,
            "setting": at(BARE),
        },
        expected=EXPECTED,
        harmless=no_session_more,
        lasting=("location",),
        replayed="302",
        shows=_goes_to_login,
    ),
    Row(
        KIND,
        PART,
        "GET /login/callback",
        ("GET /login/callback",),
        SpeaksBrowser("GET"),
        _coming_back,
        success="303",
        answers=("location",),
        troubles={
            "login_malformed": both(
                asked_with("no code", code=None), asked_with("no tenant", tenant=None), asked_with("blanks", code="a b")
            ),
            "login_attempt_missing": without_attempt,
            "login_already_used": used,
            "login_expired": both(
                asked_with("a code of nobody", code="made-up"),
                centre_answers(TOKEN, EXPIRED),
                centre_answers(USERINFO, UNAUTHORIZED, UNAUTHORIZED),
            ),
            "sign_in_not_allowed": not_allowed,
            "auth_centre_failed": both(
                centre_answers(TOKEN, DOWN),
                centre_answers(USERINFO, DOWN, DOWN),
                centre_answers(TOKEN, NO_OBJECT),
            ),
            "auth_centre_refused": both(centre_answers(TOKEN, REFUSED), centre_answers(TOKEN, FORBIDDEN)),
            "token_host_refused": elsewhere,
            "setting": at(BARE),
            "state_misconfigured": at(BROKEN),
        },
        expected=EXPECTED,
        harmless=no_session_more,
        repeated="400 start_again",
        replayed="400 start_again",
        view=_all_sessions,
        replay_view=_all_sessions,
        shows=_is_signed_in,
    ),
    _refresh_row("GET"),
    _refresh_row("POST"),
    _logout_row("GET"),
    _logout_row("POST"),
]
