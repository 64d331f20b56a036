"""What the auth centre answers is not trusted: each odd answer is a page, and nothing is asked without end."""

from __future__ import annotations

import pytest

from tests.support.auth_centre import BROKEN, TOKEN, USERINFO, Misbehaviour, Odd, answer
from tests.support.sign_in_world import PUBLIC, TENANT, USER, SignInWorld, title

HTML: Odd = (200, b"<html>", {"Content-Type": "text/html"})
ELSEWHERE: Odd = (302, b"", {"Location": "http://127.0.0.1:1/elsewhere"})
HUGE: Odd = (200, b"{" + b" " * 100_000 + b"}", {})


@pytest.mark.parametrize(
    ("odd", "status"),
    [
        (answer(400, error="invalid_grant", error_description="Invalid authorization code"), 400),
        (answer(401, error="invalid_client", error_description="Bad client credentials"), 502),
        (answer(403), 502),
        (answer(400, error="unsupported_grant_type"), 502),
        (BROKEN, 502),
        (HTML, 502),
        (HUGE, 502),
        (ELSEWHERE, 502),
        ((200, b"[]", {}), 502),
        ((200, b"[" * 5000, {}), 502),
        (answer(200), 502),
        (answer(200, access_token=""), 502),
        (answer(200, access_token="a b"), 502),
        (answer(200, access_token="a\r\nX-Evil: 1"), 502),
        (answer(200, access_token="x" * 9000), 502),
        (answer(200, access_token=7), 502),
        (answer(200, access_token="at", expires_in="soon"), 502),
        (answer(200, access_token="at", expires_in=0), 502),
        (answer(200, access_token="at", expires_in=True), 502),
        (answer(200, access_token="at", refresh_token=["rt"]), 502),
    ],
)
def test_a_token_answer_that_is_none_gets_a_page_and_is_not_asked_again(
    world: SignInWorld, odd: Misbehaviour, status: int
) -> None:
    world.centre.misbehaving[TOKEN] = [odd]
    reply = world.browser().sign_in(world.code())
    assert reply.status == status
    assert "Set-Cookie" not in reply.headers
    assert world.centre.count(TOKEN) == 1
    assert not world.centre.count(USERINFO)


@pytest.mark.parametrize(
    ("odd", "calls"),
    [
        ([BROKEN, BROKEN], 2),
        ([HTML], 1),
        ([HUGE], 1),
        ([ELSEWHERE], 1),
        ([answer(403, error="forbidden")], 1),
        ([answer(200)], 1),
        ([answer(200, tenant=TENANT)], 1),
        ([answer(200, tenant=TENANT, userName="")], 1),
        ([answer(200, tenant=TENANT, userName={"a": 1})], 1),
        ([answer(200, tenant=TENANT, userName="u" * 300)], 1),
        ([answer(200, tenant=7, userName=USER)], 1),
    ],
)
def test_a_userinfo_answer_that_is_none_gets_a_page(
    world: SignInWorld, odd: list[Misbehaviour | None], calls: int
) -> None:
    world.centre.misbehaving[USERINFO] = list(odd)
    assert world.browser().sign_in(world.code()).status == 502
    assert world.centre.count(USERINFO) == calls


def test_userinfo_is_asked_a_second_time_after_a_server_error(world: SignInWorld) -> None:
    world.centre.misbehaving[USERINFO] = [BROKEN]
    assert world.browser().sign_in(world.code()).status == 303
    assert (world.centre.count(TOKEN), world.centre.count(USERINFO)) == (1, 2)


def test_a_refused_access_token_is_refreshed_once(world: SignInWorld) -> None:
    world.centre.misbehaving[USERINFO] = [answer(401, error="unauthorized")]
    _, session = world.signed_in()
    assert session["user"]["user_name"] == USER
    assert world.centre.count(TOKEN, grant_type="refresh_token") == 1


def test_an_access_token_that_is_refused_again_means_a_new_login(world: SignInWorld) -> None:
    world.centre.misbehaving[USERINFO] = [answer(401), answer(401)]
    assert world.browser().sign_in(world.code()).status == 400
    assert world.centre.count(TOKEN, grant_type="refresh_token") == 1


def test_an_auth_centre_that_is_not_there_gets_a_page(world: SignInWorld) -> None:
    world.bind(domain="http://127.0.0.1:1")
    reply = world.browser().sign_in(world.code())
    assert (reply.status, title(reply)) == (502, "The login service of your enterprise did not answer properly")


@pytest.mark.parametrize(
    "domain",
    [
        "http://auth.tenant.example",
        "https://10.0.0.7",
        "https://169.254.169.254/latest",
        "https://[::ffff:10.0.0.7]",
        "https://2130706433",
        "https://user@auth.tenant.example",
        "https://auth.tenant.example/path",
        "https://auth.tenant.example?x=1",
        "ftp://auth.tenant.example",
        "https://auth",
    ],
)
def test_a_domain_name_that_may_not_be_called_spends_no_code(world: SignInWorld, domain: str) -> None:
    world.bind(domain=domain)
    browser = world.browser()
    browser.get("/login")
    assert browser.call_back(world.code()).status == 502
    world.bind()
    assert browser.call_back(world.code()).status == 303


def test_a_loopback_auth_centre_is_for_local_browsers_alone(world: SignInWorld) -> None:
    browser = world.browser(PUBLIC)
    assert browser.sign_in(world.code()).status == 502
    assert not world.centre.calls
