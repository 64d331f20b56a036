"""/login/callback as it should be: a code becomes a session, and the product gets the browser."""

from __future__ import annotations

import pytest

from tests.support.auth_centre import TOKEN, USERINFO, AuthCentre
from tests.support.sign_in_world import APP, INSTANCE, PRODUCT, PUBLIC, TENANT, USER, Rerouted, SignInWorld, title


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
