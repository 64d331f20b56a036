"""/login/refresh: both tokens anew, once for two at a time, and never beyond the thirty days."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.support.auth_centre import BROKEN, TOKEN, USERINFO, answer
from tests.support.sign_in_world import SignInWorld


def test_a_refresh_replaces_both_tokens_and_hands_over_anew(world: SignInWorld) -> None:
    browser, session = world.signed_in()
    for _ in range(2):
        world.clock.advance(7000)
        again = world.handed_over(browser.get("/login/refresh?return_to=/x", method="POST"))
        assert again["session_id"] == session["session_id"]
        assert again["return_to"] == "/x"
        assert again["expires_at"] == f"{world.clock.now() + timedelta(hours=2):%Y-%m-%dT%H:%M:%SZ}"
    used = [call.form["refresh_token"] for call in world.centre.calls if "refresh_token" in call.form]
    assert len(set(used)) == 2


def test_a_session_that_was_not_refreshed_in_time_is_woken_by_the_browser_alone(world: SignInWorld) -> None:
    browser, session = world.signed_in()
    world.clock.advance(7200)
    path = f"/seller/sessions/{session['session_id']}"
    assert world.seller("GET", path)[1]["code"] == "session_ended"
    assert world.seller("POST", path)[1]["code"] == "session_ended"
    assert world.handed_over(browser.get("/login/refresh"))["session_id"] == session["session_id"]
    assert world.seller("GET", path)[0] == 200


def test_after_thirty_days_a_new_login_is_needed_whatever_was_refreshed(world: SignInWorld) -> None:
    browser, _ = world.signed_in()
    world.clock.advance(29 * 86_400)
    assert world.handed_over(browser.get("/login/refresh"))
    world.clock.advance(86_400)
    reply = browser.get("/login/refresh?return_to=/x")
    assert (reply.status, reply.headers["Location"]) == (303, "/login?return_to=%2Fx")
    assert "koogallery_session" not in browser.cookies


def test_no_refresh_reaches_beyond_the_thirty_days(world: SignInWorld) -> None:
    browser, _ = world.signed_in()
    world.clock.advance(30 * 86_400 - 3600)
    world.centre.refresh_life = timedelta(days=60)
    for grant in world.centre.refreshes.values():
        grant.until += timedelta(days=30)
    assert world.handed_over(browser.get("/login/refresh"))["expires_at"] == "2026-12-21T10:05:00Z"


def test_a_refresh_without_a_new_refresh_token_leaves_the_old_one(world: SignInWorld) -> None:
    browser, _ = world.signed_in()
    (old,) = world.centre.refreshes
    (grant,) = world.centre.access.values()
    world.centre.access["at-new"] = grant
    world.centre.misbehaving[TOKEN] = [answer(200, access_token="at-new")]
    assert world.handed_over(browser.get("/login/refresh"))
    assert world.handed_over(browser.get("/login/refresh"))
    assert world.centre.count(TOKEN, refresh_token=old) == 2


@pytest.mark.parametrize("cookie", ["", "x", "0" * 32 + ".x", "../../etc.x"])
def test_a_refresh_without_a_session_begins_a_login(world: SignInWorld, cookie: str) -> None:
    browser = world.browser()
    browser.cookies["koogallery_session"] = ("/", cookie)
    reply = browser.get("/login/refresh")
    assert (reply.status, reply.headers["Location"]) == (303, "/login")


def test_a_session_id_without_its_secret_is_no_session(world: SignInWorld) -> None:
    _, session = world.signed_in()
    browser = world.browser()
    browser.cookies["koogallery_session"] = ("/", f"{session['session_id']}.guess")
    assert browser.get("/login/refresh").headers["Location"] == "/login"
    assert world.centre.count(TOKEN) == 1


def test_a_refresh_token_that_is_no_longer_good_ends_the_session(world: SignInWorld) -> None:
    browser, session = world.signed_in()
    world.centre.refreshes.clear()
    assert browser.get("/login/refresh").headers["Location"] == "/login"
    assert world.seller("GET", f"/seller/sessions/{session['session_id']}")[0] == 404


def test_a_refresh_is_sent_again_after_a_server_error(world: SignInWorld) -> None:
    browser, _ = world.signed_in()
    world.centre.misbehaving[TOKEN] = [BROKEN]
    assert browser.get("/login/refresh").status == 303
    assert world.centre.count(TOKEN, grant_type="refresh_token") == 2


def test_an_auth_centre_that_is_down_leaves_the_session_as_it_is(world: SignInWorld) -> None:
    browser, session = world.signed_in()
    world.centre.misbehaving[TOKEN] = [BROKEN, BROKEN]
    assert browser.get("/login/refresh").status == 502
    assert world.seller("GET", f"/seller/sessions/{session['session_id']}")[0] == 200
    world.clock.advance(31)
    assert browser.get("/login/refresh").status == 303


def test_two_refreshes_at_once_use_the_refresh_token_once(world: SignInWorld) -> None:
    browser, _ = world.signed_in()
    meanwhile: list[int] = []
    world.centre.misbehaving[TOKEN] = [lambda: meanwhile.append(browser.get("/login/refresh").status)]
    assert browser.get("/login/refresh").status == 303
    assert meanwhile == [303]
    assert world.centre.count(TOKEN, grant_type="refresh_token") == 1


def test_a_logout_during_a_refresh_wins(world: SignInWorld) -> None:
    browser, session = world.signed_in()
    other = world.browser()
    other.cookies = dict(browser.cookies)
    world.centre.misbehaving[TOKEN] = [lambda: other.get("/logout")]
    assert browser.get("/login/refresh").headers["Location"] == "/login"
    assert world.seller("GET", f"/seller/sessions/{session['session_id']}")[0] == 404


@pytest.mark.parametrize("claims", [{"tenant": "tenant-0002"}, {"userName": "someone.else"}])
def test_a_refresh_that_leads_to_somebody_else_ends_the_session(world: SignInWorld, claims: dict[str, str]) -> None:
    browser, session = world.signed_in()
    for grant in world.centre.refreshes.values():
        grant.user = {**grant.user, **claims}
    assert browser.get("/login/refresh").status == 403
    assert world.seller("GET", f"/seller/sessions/{session['session_id']}")[0] == 404


def test_a_refresh_while_another_is_at_it_waits_when_the_session_has_ended(world: SignInWorld) -> None:
    browser, _ = world.signed_in()
    world.clock.advance(7200)
    meanwhile: list[int] = []
    world.centre.misbehaving[TOKEN] = [lambda: meanwhile.append(browser.get("/login/refresh").status)]
    assert browser.get("/login/refresh").status == 303
    assert meanwhile == [503]


def test_a_userinfo_that_fails_after_a_refresh_does_not_undo_it(world: SignInWorld) -> None:
    browser, _ = world.signed_in()
    world.centre.misbehaving[USERINFO] = [BROKEN, BROKEN]
    assert world.handed_over(browser.get("/login/refresh"))
    assert world.centre.count(TOKEN, grant_type="refresh_token") == 1
