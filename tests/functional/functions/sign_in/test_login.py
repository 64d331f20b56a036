"""/login: where the browser is sent, which app id goes along, and what binds the attempt to the browser."""

from __future__ import annotations

import pytest

from koogallery.sign_in.addresses import UNIFIED_LOGIN_PAGE
from tests.support.auth_centre import AuthCentre
from tests.support.memory_state import MemoryState
from tests.support.sign_in_world import APP, PUBLIC, SignInWorld, title


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
