from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from koogallery.clock import FrozenClock
from koogallery.sign_in.addresses import UNIFIED_LOGIN_PAGE
from koogallery.state import StateUnavailable
from tests.support.auth_centre import BROKEN, TOKEN, USERINFO, AuthCentre, Misbehaviour, Odd
from tests.support.dying_state import ProcessDied
from tests.support.memory_state import MemoryState
from tests.support.mortal import Life
from tests.support.sign_in_world import (
    APP,
    AT,
    INSTANCE,
    PRODUCT,
    PUBLIC,
    TENANT,
    USER,
    Rerouted,
    SignInWorld,
    hand_over_code,
    title,
)


@pytest.fixture
def centre() -> Iterator[AuthCentre]:
    with AuthCentre(FrozenClock(AT)) as centre:
        yield centre


@pytest.fixture
def world(centre: AuthCentre) -> SignInWorld:
    world = SignInWorld(centre)
    world.sync()
    return world


def query_of(location: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(location).query))


# ------------------------------------------------------------------------------------------------------- /login


def test_a_login_goes_to_the_unified_page_with_the_app_id(world: SignInWorld) -> None:
    reply = world.browser().get("/login")
    assert reply.status == 302
    assert reply.headers["Location"] == f"{UNIFIED_LOGIN_PAGE}&appId={APP}"
    assert reply.headers["Cache-Control"] == "no-store"


def test_the_attempt_is_bound_by_a_short_cookie_of_the_login_alone(world: SignInWorld) -> None:
    cookie = world.browser(PUBLIC).get("/login").headers["Set-Cookie"]
    name, _, flags = cookie.partition("=")
    assert name == "__Secure-koogallery_login"
    assert flags.split("; ")[1:] == ["Path=/login", "Max-Age=600", "HttpOnly", "Secure", "SameSite=Lax"]


def test_on_a_loopback_host_cookies_do_without_secure(world: SignInWorld) -> None:
    cookie = world.browser().get("/login").headers["Set-Cookie"]
    assert cookie.startswith("koogallery_login=")
    assert "Secure" not in cookie
    assert cookie.endswith("; HttpOnly; SameSite=Lax")


def test_opening_the_login_page_writes_nothing(world: SignInWorld) -> None:
    assert isinstance(world.state, MemoryState)
    before = world.state.all_items()
    for _ in range(20):
        world.browser().get("/login")
    assert world.state.all_items() == before


def test_an_own_login_address_gets_the_app_id_unless_it_has_it(centre: AuthCentre) -> None:
    world = SignInWorld(centre, LOGIN_ADDRESS="https://login.example/page?x=1")
    assert world.browser().get("/login").headers["Location"] == f"https://login.example/page?x=1&appId={APP}"
    own = SignInWorld(centre, LOGIN_ADDRESS="https://login.example/?appId=other", LOGIN_APP_ID="")
    assert own.browser().get("/login").headers["Location"] == "https://login.example/?appId=other"


def test_without_the_setting_the_single_synced_app_id_is_taken(centre: AuthCentre) -> None:
    world = SignInWorld(centre, LOGIN_APP_ID="")
    world.sync()
    world.sync(tenant="tenant-0002")
    assert world.browser().get("/login").headers["Location"].endswith(f"&appId={APP}")


def test_the_app_id_is_known_before_the_tenant_is(centre: AuthCentre) -> None:
    world = SignInWorld(centre, LOGIN_APP_ID="")
    world.add_application()
    assert world.browser().get("/login").status == 302


def test_without_any_app_id_a_page_tells_and_the_log_names_the_setting(
    centre: AuthCentre, capsys: pytest.CaptureFixture[str]
) -> None:
    world = SignInWorld(centre, LOGIN_APP_ID="")
    world.sync()
    world.add_application(app="app-0002")
    reply = world.browser().get("/login")
    assert (reply.status, title(reply)) == (200, "Open the product from your workbench")
    assert "LOGIN_APP_ID" in capsys.readouterr().err


def test_from_a_workbench_the_same_browser_signs_in_without_an_app_id(centre: AuthCentre) -> None:
    world = SignInWorld(centre, LOGIN_APP_ID="")
    world.sync()
    assert world.browser().sign_in(world.code()).status == 303


# ---------------------------------------------------------------------------------------------------- happy path


def test_a_code_becomes_a_session_for_the_sellers_product(world: SignInWorld) -> None:
    browser = world.browser()
    reply = browser.sign_in(world.code(), return_to="/reports/7?tab=2")
    assert reply.status == 303
    assert reply.headers["Location"].startswith(PRODUCT + "&code=")
    assert world.handed_over(reply) == {
        "session_id": browser.cookies["koogallery_session"][1].partition(".")[0],
        "tenant_id": TENANT,
        "app_id": APP,
        "instance_ids": [INSTANCE],
        "user": {"user_name": USER, "name": "User Two", "role": "user"},
        "created_at": "2026-11-21T10:05:00Z",
        "expires_at": "2026-11-21T12:05:00Z",
        "return_to": "/reports/7?tab=2",
    }


def test_the_token_call_is_a_form_without_redirect_uri_and_userinfo_takes_the_bearer(world: SignInWorld) -> None:
    code = world.code()
    world.browser().sign_in(code)
    token, userinfo = world.centre.calls
    assert (token.method, token.path) == ("POST", TOKEN)
    assert token.headers["content-type"] == "application/x-www-form-urlencoded"
    assert token.form == {
        "client_id": world.centre.client_id,
        "client_secret": world.centre.client_secret,
        "code": code,
        "grant_type": "authorization_code",
    }
    assert (userinfo.method, userinfo.path) == ("GET", USERINFO)
    assert userinfo.headers["authorization"].startswith("Bearer at-")
    assert userinfo.headers["accept"] == "application/json"


def test_the_session_cookie_is_for_this_host_by_tls_alone_and_ends_with_the_browser(world: SignInWorld) -> None:
    world.bind(domain="auth.tenant.example/")
    world.tenant_http = Rerouted("https://auth.tenant.example", world.centre.base)
    browser = world.browser(PUBLIC)
    name, _, flags = browser.sign_in(world.code()).headers["Set-Cookie"].partition("=")
    assert name == "__Host-koogallery_session"
    assert flags.split("; ")[1:] == ["Path=/", "HttpOnly", "Secure", "SameSite=Lax"]
    gone = browser.get("/logout")
    assert gone.headers["Location"].startswith("https://auth.tenant.example/api/v1/logout?redirect_url=https%3A%2F%2F")
    assert gone.headers["Set-Cookie"] == f"{name}=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax"


def test_without_a_product_address_a_page_says_that_it_is_done(centre: AuthCentre) -> None:
    world = SignInWorld(centre, SELLER_LOGIN_URL="")
    world.sync()
    reply = world.browser().sign_in(world.code())
    assert (reply.status, title(reply)) == (200, "You are signed in")
    assert "koogallery_session=" in reply.headers["Set-Cookie"]


def test_a_returned_state_and_other_parameters_are_ignored(world: SignInWorld) -> None:
    browser = world.browser()
    browser.get("/login")
    reply = browser.get(f"/login/callback?code={world.code()}&tenant={TENANT}&state=x&redirect=https://evil.example/")
    assert reply.headers["Location"].startswith(PRODUCT)


def test_userinfo_may_say_no_more_than_tenant_and_user(world: SignInWorld) -> None:
    code = world.centre.code_for({"userName": USER, "tenant": TENANT, "email": 7, "name": None})
    assert world.browser().sign_in(code).status == 303


# -------------------------------------------------------------------------------------------------- replays, forgery


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


# ------------------------------------------------------------------------------------------------------- rights


def test_an_unknown_tenant_is_refused_before_anything_is_written_or_called(world: SignInWorld) -> None:
    assert isinstance(world.state, MemoryState)
    before = world.state.all_items()
    reply = world.browser().sign_in(world.code(), tenant="tenant-9999")
    assert (reply.status, title(reply)) == (403, "No access")
    assert world.state.all_items() == before
    assert not world.centre.calls


def test_userinfo_of_another_tenant_is_refused(world: SignInWorld) -> None:
    world.sync(tenant="tenant-0002")
    reply = world.browser().sign_in(world.code(tenant="tenant-0002"))
    assert reply.status == 403
    assert "Set-Cookie" not in reply.headers


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
def test_whom_the_syncs_do_not_allow_is_refused(world: SignInWorld, sync: Callable[[SignInWorld], None]) -> None:
    sync(world)
    reply = world.browser().sign_in(world.code())
    assert (reply.status, title(reply)) == (403, "No access")


def test_a_user_no_sync_named_is_refused(world: SignInWorld) -> None:
    assert world.browser().sign_in(world.code(userName="stranger")).status == 403


def test_another_application_than_the_settings_is_refused(centre: AuthCentre) -> None:
    world = SignInWorld(centre, LOGIN_APP_ID="app-9999")
    world.sync()
    assert world.browser().sign_in(world.code()).status == 403
    assert not centre.calls


def test_instances_are_those_that_authorise_the_user(world: SignInWorld) -> None:
    world.bind(instance="inst-0002")
    world.add_application(instance="inst-0002")
    _, session = world.signed_in()
    assert session["instance_ids"] == [INSTANCE]
    world.authorize(instance="inst-0002")
    _, session = world.signed_in()
    assert session["instance_ids"] == ["inst-0002", INSTANCE]


# ------------------------------------------------------------------------------------------- the auth centre misbehaves

HTML: Odd = (200, b"<html>", {"Content-Type": "text/html"})
ELSEWHERE: Odd = (302, b"", {"Location": "http://127.0.0.1:1/elsewhere"})
HUGE: Odd = (200, b"{" + b" " * 100_000 + b"}", {})


def answer(status: int, **members: Any) -> Odd:
    return status, json.dumps(members).encode(), {}


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


# ------------------------------------------------------------------------------------------------------ /login/refresh


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


# -------------------------------------------------------------------------------------------------------------- /logout


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_logout_ends_the_session_here_and_there(world: SignInWorld, method: str) -> None:
    browser, session = world.signed_in()
    reply = browser.get("/logout?redirect_url=https%3A%2F%2Fevil.example%2F&return_to=//evil.example", method)
    assert reply.status == 303
    location = reply.headers["Location"]
    assert location.startswith(f"{world.centre.base}/api/v1/logout?")
    assert query_of(location) == {"redirect_url": PRODUCT}
    assert "koogallery_session" not in browser.cookies
    assert world.seller("GET", f"/seller/sessions/{session['session_id']}")[0] == 404


def test_a_logout_without_a_session_is_a_page(world: SignInWorld) -> None:
    reply = world.browser().get("/logout?redirect_url=https%3A%2F%2Fevil.example%2F")
    assert (reply.status, title(reply)) == (200, "You are signed out")
    assert "Location" not in reply.headers


def test_a_logout_of_a_tenant_that_is_gone_is_a_page(world: SignInWorld) -> None:
    browser, _ = world.signed_in()
    world.unbind()
    assert title(browser.get("/logout")) == "You are signed out"


# ------------------------------------------------------------------------------------------------------- open redirects


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/%0a//evil.example\n",
        "/\t/evil.example",
        "javascript:alert(1)",
        "evil.example",
        "/é",
        "/" + "a" * 600,
    ],
)
def test_only_a_path_may_be_returned_to(world: SignInWorld, target: str) -> None:
    browser = world.browser()
    first = browser.sign_in(world.code(), return_to=target)
    assert first.headers["Location"].startswith(PRODUCT)
    assert "return_to" not in world.handed_over(first)


# --------------------------------------------------------------------------------------------------- pages and secrets


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
