"""The pages of the sign-in: what they load, what they and the log never hold, and which failure gets which."""

from __future__ import annotations

import pytest

from koogallery.state import StateUnavailable
from tests.support.auth_centre import TOKEN, AuthCentre, answer
from tests.support.memory_state import MemoryState
from tests.support.mortal import Life
from tests.support.sign_in_world import USER, SignInWorld, hand_over_code, title


def test_pages_load_nothing_and_are_kept_by_nobody(world: SignInWorld) -> None:
    reply = world.browser().call_back("c")
    assert reply.headers["Content-Type"] == "text/html; charset=utf-8"
    assert reply.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'unsafe-inline'")
    assert reply.headers["Cache-Control"] == "no-store"
    assert reply.headers["Referrer-Policy"] == "no-referrer"
    assert "请重新登录" in reply.body.decode()


def test_neither_logs_nor_state_nor_pages_hold_codes_tokens_or_secrets(
    world: SignInWorld, capsys: pytest.CaptureFixture[str]
) -> None:
    assert isinstance(world.state, MemoryState)
    browser, session = world.signed_in(email="two@acme.example", mobile="13800000000")
    seen = [browser.get("/login/refresh").body]
    handed = hand_over_code(browser.get("/login/refresh"))
    code = world.code()
    world.centre.misbehaving[TOKEN] = [answer(400, error="invalid_grant", error_description=f"{code} is bad")]
    seen.append(world.browser().sign_in(code).body)
    world.clock.advance(7000)
    world.seller("POST", f"/seller/sessions/{session['session_id']}")
    cookie = browser.cookies["koogallery_session"][1]
    texts = [capsys.readouterr().err, *(item.document for item in world.state.all_items()), str(seen)]
    secret = [*world.centre.issued, cookie, cookie.partition(".")[2], handed, "two@acme.example", "13800000000"]
    for text in texts:
        assert [one for one in secret if one in text] == []
    assert USER not in texts[0]


def test_a_missing_key_stops_with_a_page_and_a_line_that_names_it(
    centre: AuthCentre, capsys: pytest.CaptureFixture[str]
) -> None:
    world = SignInWorld(centre, STATE_ENCRYPTION_KEY="")
    reply = world.browser().get("/login")
    assert (reply.status, title(reply)) == (503, "Sign-in is not ready")
    assert "STATE_ENCRYPTION_KEY" in capsys.readouterr().err


@pytest.mark.parametrize("event", [None, {}, {"httpMethod": "GET"}, {"httpMethod": "GET", "path": "/login", "body": 7}])
def test_an_event_that_is_none_gets_a_page(world: SignInWorld, event: object) -> None:
    reply = world.call("sign_in", event)
    assert reply["statusCode"] == 400
    assert reply["headers"]["Content-Type"].startswith("text/html")


@pytest.mark.parametrize(("method", "path"), [("DELETE", "/login"), ("GET", "/login/other"), ("POST", "/login")])
def test_what_is_not_served_is_not_found(world: SignInWorld, method: str, path: str) -> None:
    assert world.browser().get(path, method).status == 404


@pytest.mark.parametrize(
    ("failure", "status"), [(StateUnavailable("no answer"), 503), (ValueError("secret-of-a-buyer"), 500)]
)
def test_a_store_that_fails_is_a_page_and_a_line_without_data(
    world: SignInWorld, capsys: pytest.CaptureFixture[str], failure: Exception, status: int
) -> None:
    def fail() -> None:
        raise failure

    browser = world.browser()
    browser.get("/login")
    world.life = Life(pauses={1: fail})
    reply = browser.call_back(world.code())
    assert (reply.status, title(reply)) == (status, "Please try again")
    assert "secret-of-a-buyer" not in capsys.readouterr().err + reply.body.decode()
