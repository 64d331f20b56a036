"""Callbacks that are forged, replayed, late or malformed: refused before a code is spent."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.auth_centre import TOKEN
from tests.support.dying_state import ProcessDied
from tests.support.mortal import Life
from tests.support.sign_in_world import TENANT, USER, SignInWorld, hand_over_code, title


def test_a_callback_nobody_asked_for_here_is_refused_before_any_call(world: SignInWorld) -> None:
    reply = world.browser().call_back(world.code())
    assert (reply.status, title(reply)) == (400, "Please sign in again")
    assert not world.centre.calls


def test_a_code_is_used_once_even_by_two_attempts(world: SignInWorld) -> None:
    code = world.code()
    assert world.browser().sign_in(code).status == 303
    world.centre.codes[code] = {"userName": USER, "tenant": TENANT}
    again = world.browser().sign_in(code)
    assert (again.status, title(again)) == (400, "Please sign in again")
    assert world.centre.count(TOKEN) == 1


def test_an_attempt_is_used_once_even_for_two_codes(world: SignInWorld) -> None:
    browser = world.browser()
    assert browser.sign_in(world.code()).status == 303
    again = browser.call_back(world.code())
    assert again.status == 400
    assert world.centre.count(TOKEN) == 1


def test_an_attempt_ends_after_ten_minutes(world: SignInWorld) -> None:
    browser = world.browser()
    browser.get("/login")
    world.clock.advance(600)
    assert browser.call_back(world.code()).status == 400
    assert not world.centre.calls


@pytest.mark.parametrize("change", [lambda text: text[:-2] + "AA", lambda _: "x.y", lambda _: "", lambda t: t * 30])
def test_an_attempt_that_was_not_sealed_here_is_refused(world: SignInWorld, change: Callable[[str], str]) -> None:
    browser = world.browser()
    browser.get("/login")
    path, value = browser.cookies["koogallery_login"]
    browser.cookies["koogallery_login"] = (path, change(value))
    assert browser.call_back(world.code()).status == 400
    assert not world.centre.calls


def test_a_hand_over_code_is_no_attempt(world: SignInWorld) -> None:
    code = hand_over_code(world.browser().sign_in(world.code()))
    browser = world.browser()
    browser.cookies["koogallery_login"] = ("/login", code)
    assert browser.call_back(world.code()).status == 400


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?code=c",
        f"?tenant={TENANT}",
        f"?code=&tenant={TENANT}",
        f"?code=a&code=b&tenant={TENANT}",
        f"?code=c&tenant={TENANT}&tenant=other",
        f"?code=a%0D%0Ab&tenant={TENANT}",
        f"?code={'c' * 3000}&tenant={TENANT}",
        f"?code=c&tenant={'t' * 65}",
        "?code=c&tenant=%E4%BC%81",
        f"?error=access_denied&tenant={TENANT}",
    ],
)
def test_a_malformed_callback_gets_a_page(world: SignInWorld, query: str) -> None:
    browser = world.browser()
    browser.get("/login")
    reply = browser.get("/login/callback" + query)
    assert (reply.status, title(reply)) == (400, "Please sign in again")
    assert not world.centre.calls


def test_death_between_the_claim_and_the_session_loses_the_attempt_and_nothing_else(world: SignInWorld) -> None:
    reached = 0
    for number in range(1, 40):
        browser = world.browser()
        browser.get("/login")
        code = world.code()
        world.life = Life(die_at=number)
        try:
            browser.call_back(code)
        except ProcessDied:
            reached += 1
        else:
            break
        finally:
            world.life = Life()
        before = world.centre.count(TOKEN, code=code)
        if browser.call_back(code).status == 400:
            assert world.centre.count(TOKEN, code=code) == before <= 1
        assert browser.sign_in(world.code()).status == 303
    assert reached >= 8
    assert all(world.centre.count(TOKEN, code=code) <= 1 for code in world.centre.issued)
