from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from koogallery.clock import FrozenClock
from koogallery.sign_in.sessions import session_key
from tests.support.auth_centre import BROKEN, TOKEN, USERINFO, AuthCentre, Odd
from tests.support.sign_in_world import AT, SignInWorld, hand_over_code

REFUSED: Odd = (401, b'{"error":"unauthorized"}', {})


@pytest.fixture
def world() -> Iterator[SignInWorld]:
    with AuthCentre(FrozenClock(AT)) as centre:
        world = SignInWorld(centre)
        world.sync()
        yield world


def exchange(world: SignInWorld, code: object) -> tuple[int, str]:
    status, answer = world.seller("POST", "/seller/sessions", {"code": code})
    return status, answer.get("code", "")


def path_of(session: dict[str, object]) -> str:
    return f"/seller/sessions/{session['session_id']}"


# ---------------------------------------------------------------------------------------------------------- exchange


def test_a_hand_over_code_is_exchanged_once(world: SignInWorld) -> None:
    code = hand_over_code(world.browser().sign_in(world.code()))
    assert exchange(world, code)[0] == 200
    assert exchange(world, code) == (409, "code_refused")


def test_a_hand_over_code_ends_after_a_minute(world: SignInWorld) -> None:
    code = hand_over_code(world.browser().sign_in(world.code()))
    world.clock.advance(60)
    assert exchange(world, code) == (409, "code_refused")


def test_a_later_hand_over_code_replaces_the_earlier_one(world: SignInWorld) -> None:
    browser = world.browser()
    first = hand_over_code(browser.sign_in(world.code()))
    second = hand_over_code(browser.get("/login/refresh"))
    assert exchange(world, first) == (409, "code_refused")
    assert exchange(world, second)[0] == 200


@pytest.mark.parametrize("change", [lambda c: c[:-4] + "AAAA", lambda c: "x", lambda c: c + "é", lambda c: c * 40])
def test_a_code_that_was_not_made_here_is_refused(world: SignInWorld, change: Callable[[str], str]) -> None:
    code = hand_over_code(world.browser().sign_in(world.code()))
    assert exchange(world, change(code)) == (409, "code_refused")


@pytest.mark.parametrize("code", ["", None, 7, ["c"], {"code": "c"}])
def test_a_code_that_is_no_text_is_malformed(world: SignInWorld, code: object) -> None:
    assert exchange(world, code) == (400, "malformed_request")


def test_a_code_is_worth_nothing_without_the_key_of_the_seller_interface(world: SignInWorld) -> None:
    code = hand_over_code(world.browser().sign_in(world.code()))
    assert world.seller("POST", "/seller/sessions", {"code": code}, key="guess")[0] == 401
    assert exchange(world, code)[0] == 200


def test_a_code_of_a_user_who_lost_the_right_meanwhile_is_refused(world: SignInWorld) -> None:
    code = hand_over_code(world.browser().sign_in(world.code()))
    world.authorize(enabled=False)
    assert exchange(world, code) == (409, "code_refused")


def test_the_attempt_of_a_browser_is_no_hand_over_code(world: SignInWorld) -> None:
    browser = world.browser()
    browser.get("/login")
    assert exchange(world, browser.cookies["koogallery_login"][1]) == (409, "code_refused")


# ------------------------------------------------------------------------------------------------------------- check


def test_a_check_shows_the_session_and_asks_nobody(world: SignInWorld) -> None:
    _, session = world.signed_in()
    calls = len(world.centre.calls)
    assert world.seller("GET", path_of(session)) == (200, session)
    assert len(world.centre.calls) == calls


def test_a_check_shows_what_the_last_sync_said(world: SignInWorld) -> None:
    _, session = world.signed_in()
    world.authorize(role="admin", org_code="00000007", email="two@acme.example")
    _, shown = world.seller("GET", path_of(session))
    assert shown["user"] == {
        "user_name": "user.two",
        "name": "User Two",
        "role": "admin",
        "org_code": "00000007",
        "email": "two@acme.example",
    }


@pytest.mark.parametrize(
    "sync",
    [
        lambda world: world.authorize(enabled=False),
        lambda world: world.authorize(status="removed"),
        lambda world: world.cancel_authorization(),
        lambda world: world.remove_application(),
        lambda world: world.unbind(),
    ],
    ids=["disabled", "removed", "not-authorised", "no-application", "unbound"],
)
def test_a_session_ends_for_good_when_a_sync_takes_its_right(
    world: SignInWorld, sync: Callable[[SignInWorld], None]
) -> None:
    _, session = world.signed_in()
    sync(world)
    status, problem = world.seller("GET", path_of(session))
    assert (status, problem["code"]) == (404, "session_ended")
    world.sync()
    assert world.seller("GET", path_of(session))[0] == 404


def test_a_session_ends_with_its_access_token(world: SignInWorld) -> None:
    _, session = world.signed_in()
    world.clock.advance(7199)
    assert world.seller("GET", path_of(session))[0] == 200
    world.clock.advance(1)
    assert world.seller("GET", path_of(session))[0] == 404


@pytest.mark.parametrize("session_id", ["x", "0" * 32, "..%2e..", "%00" * 32, "%C3%A9" * 32])
def test_a_session_nobody_has_is_ended(world: SignInWorld, session_id: str) -> None:
    status, problem = world.seller("GET", f"/seller/sessions/{session_id}")
    assert (status, problem["code"]) == (404, "session_ended")


# ----------------------------------------------------------------------------------------------------------- confirm


def test_a_confirmed_session_was_confirmed_by_the_auth_centre(world: SignInWorld) -> None:
    _, session = world.signed_in()
    before = world.centre.count(USERINFO)
    assert world.seller("POST", path_of(session)) == (200, session)
    assert world.centre.count(USERINFO) == before + 1
    assert world.centre.count(TOKEN) == 1


def test_a_session_that_is_about_to_end_is_refreshed_when_confirmed(world: SignInWorld) -> None:
    _, session = world.signed_in()
    world.clock.advance(7200 - 15 * 60)
    status, shown = world.seller("POST", path_of(session))
    assert (status, shown["expires_at"]) == (200, "2026-11-21T13:50:00Z")
    world.clock.advance(3600)
    assert world.seller("GET", path_of(session))[0] == 200


def test_a_withdrawn_access_token_is_refreshed_once_when_confirmed(world: SignInWorld) -> None:
    _, session = world.signed_in()
    world.centre.access.clear()
    assert world.seller("POST", path_of(session))[0] == 200
    assert world.centre.count(TOKEN, grant_type="refresh_token") == 1


def test_withdrawn_tokens_end_the_session(world: SignInWorld) -> None:
    _, session = world.signed_in()
    world.centre.access.clear()
    world.centre.misbehaving[USERINFO] = [REFUSED, REFUSED]
    assert world.seller("POST", path_of(session))[1]["code"] == "session_ended"
    assert world.seller("GET", path_of(session))[0] == 404


def test_a_session_without_a_refresh_token_lives_to_its_end(world: SignInWorld) -> None:
    world.centre.misbehaving[TOKEN] = [(200, b'{"access_token":"at-plain"}', {})]
    world.centre.misbehaving[USERINFO] = [None, None]
    world.centre.access["at-plain"] = world.centre.grant_for({"userName": "user.two", "tenant": "tenant-0001"})
    _, session = world.signed_in()
    assert session["expires_at"] == "2026-11-21T12:05:00Z"
    world.clock.advance(7000)
    assert world.seller("POST", path_of(session))[0] == 200
    world.centre.access.clear()
    assert world.seller("POST", path_of(session))[1]["code"] == "session_ended"


@pytest.mark.parametrize(
    "sync", [None, lambda world: world.bind(domain="https://10.0.0.1")], ids=["down", "host refused"]
)
def test_a_session_that_cannot_be_confirmed_is_not_ended(
    world: SignInWorld, sync: Callable[[SignInWorld], None] | None
) -> None:
    _, session = world.signed_in()
    if sync:
        sync(world)
    world.centre.misbehaving[USERINFO] = [BROKEN, BROKEN]
    status, problem = world.seller("POST", path_of(session))
    assert (status, "title" in problem) == (503, True)
    assert world.seller("GET", path_of(session))[0] == 200


# --------------------------------------------------------------------------------------------------------------- end


def test_an_ended_session_is_ended_for_the_browser_too(world: SignInWorld) -> None:
    browser, session = world.signed_in()
    for _ in range(2):
        assert world.seller("DELETE", path_of(session)) == (200, {"session_id": session["session_id"], "ended": True})
    assert world.seller("GET", path_of(session))[0] == 404
    assert browser.get("/login/refresh").headers["Location"] == "/login"


def test_a_lost_key_is_told_to_the_operator_and_ends_nothing(
    world: SignInWorld, capsys: pytest.CaptureFixture[str]
) -> None:
    browser, session = world.signed_in()
    kept = world.settings["STATE_ENCRYPTION_KEY"]
    world.settings["STATE_ENCRYPTION_KEY"] = "enp6enp6enp6enp6enp6enp6enp6enp6enp6enp6eno="
    assert world.seller("GET", path_of(session))[0] == 503
    assert browser.get("/login/refresh").status == 503
    assert capsys.readouterr().err.count("STATE_ENCRYPTION_KEY") == 2
    world.settings["STATE_ENCRYPTION_KEY"] = kept
    assert world.seller("GET", path_of(session)) == (200, session)


def test_a_session_that_cannot_be_read_is_none(world: SignInWorld) -> None:
    browser, session = world.signed_in()
    item = world.state.get(session_key(session["session_id"]))
    assert item is not None
    assert world.state.replace_if_version(item, item.document.replace('"sealed": "', '"sealed": "x'))
    assert world.seller("GET", path_of(session))[1]["code"] == "session_ended"
    assert browser.get("/login/refresh").headers["Location"] == "/login"


def test_a_rotated_key_keeps_sessions(world: SignInWorld) -> None:
    _, session = world.signed_in()
    old = world.settings["STATE_ENCRYPTION_KEY"]
    world.settings["STATE_ENCRYPTION_KEY"] = f"enp6enp6enp6enp6enp6enp6enp6enp6enp6enp6eno=,{old}"
    assert world.seller("GET", path_of(session)) == (200, session)
