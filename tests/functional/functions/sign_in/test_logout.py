"""/logout ends the session here and at the auth centre, and leads nowhere that the caller chose."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.support.sign_in_world import PRODUCT, SignInWorld, title


def query_of(location: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(location).query))


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
