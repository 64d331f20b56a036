"""A browser signs a person in at a small seller: cookies, redirects, and what stops it."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from http.cookies import SimpleCookie
from urllib.parse import quote

import pytest

from koogallery_simulator import (
    AuthCentre,
    Browser,
    NoAnswer,
    Reply,
    Request,
    SimulatedClock,
    SimulatorError,
    WrongPage,
    demo_tenant,
    serving,
)
from koogallery_simulator.violations import Violations
from tests.unit.simulator.tools import START

LOGIN_PAGE = "https://login.example.com/unified-login/#/portal-login?ind=UNOP&appId=app-0001"


class SmallSeller:
    """/login binds a cookie and redirects, /login/callback wants that cookie, / says who is there."""

    def __init__(self) -> None:
        self.login_page = LOGIN_PAGE
        self.attempts: set[str] = set()
        self.seen: list[dict[str, str]] = []

    def handle(self, request: Request) -> Reply:
        cookies = {name: one.value for name, one in SimpleCookie(request.headers.get("cookie", "")).items()}
        self.seen.append(cookies)
        if request.path == "/login":
            attempt = secrets.token_hex(8)
            self.attempts.add(attempt)
            cookie = f"attempt={attempt}; Path=/login; HttpOnly; SameSite=Lax; Secure"
            return Reply(302, headers={"Location": self.login_page, "Set-Cookie": cookie})
        if request.path == "/login/callback":
            if cookies.get("attempt") not in self.attempts:
                return Reply(400, b"no login was begun here", "text/html")
            who = quote(dict(request.query)["tenant"])
            return Reply(303, headers={"Location": "/", "Set-Cookie": f"session={who}; Path=/"})
        if request.path == "/logout":
            return Reply(303, headers={"Location": "/", "Set-Cookie": "session=; Path=/; Max-Age=0"})
        if request.path == "/round":
            return Reply(302, headers={"Location": "/round"})
        return Reply(200, cookies.get("session", "nobody").encode(), "text/html")


@contextmanager
def site() -> Iterator[tuple[str, SmallSeller, AuthCentre]]:
    seller, clock = SmallSeller(), SimulatedClock(START)
    with serving(seller.handle) as url:
        tenant = demo_tenant("http://127.0.0.1:9")
        yield url, seller, AuthCentre(tenant, clock, f"{url}/login/callback", Violations(clock))


def test_person_signs_in_and_out() -> None:
    with site() as (url, _, centre):
        browser = Browser()
        page = browser.sign_in(f"{url}/login", centre, "user.two")
        assert (page.status, page.url, page.body) == (200, f"{url}/", b"tenant-0001")
        assert browser.visit(f"{url}/logout").body == b"nobody"
        assert browser.cookies(f"{url}/") == {}


def test_cookie_stays_below_its_path() -> None:
    with site() as (url, seller, _):
        browser = Browser()
        browser.get(f"{url}/login")
        browser.get(f"{url}/loginother")
        browser.get(f"{url}/login/callback?tenant=t")
        assert [set(cookies) for cookies in seller.seen] == [set(), set(), {"attempt"}]


def test_other_browser_cannot_finish_the_login() -> None:
    with site() as (url, _, centre):
        address = Browser.log_in_at(Browser().get(f"{url}/login"), centre, "user.two")
        assert Browser().visit(address).status == 400


@pytest.mark.parametrize(
    "page",
    [
        "",
        "https://login.example.com/#/portal-login?ind=OTHER&appId=app-0001",
        "https://login.example.com/#/portal-login?ind=UNOP&appId=app-0002",
        "https://login.example.com/#/portal-login?ind=UNOP",
    ],
)
def test_login_page_of_another_application_stops_the_browser(page: str) -> None:
    with site() as (url, seller, centre):
        seller.login_page = page
        with pytest.raises(WrongPage):
            Browser().sign_in(f"{url}/login", centre, "user.two")


def test_authorize_of_the_tenant_returns_the_state() -> None:
    with site() as (url, seller, centre):
        query = f"redirect_uri={quote(f'{url}/login/callback', safe='')}&state=abc&client_id=client-0001"
        seller.login_page = f"http://127.0.0.1:9/api/v1/oauth2/authorize?{query}"
        address = Browser.log_in_at(Browser().get(f"{url}/login"), centre, "user.two")
        assert address.startswith(f"{url}/login/callback?code=")
        assert address.endswith("&tenant=tenant-0001&state=abc")


def test_endless_redirects_end() -> None:
    with site() as (url, seller, _):
        assert Browser().visit(f"{url}/round").status == 302
        assert len(seller.seen) == 11


@pytest.mark.parametrize("address", ["ftp://127.0.0.1/", "/login", "http:///login"])
def test_no_address_of_a_page(address: str) -> None:
    with pytest.raises(SimulatorError):
        Browser().get(address)


def test_nobody_answers() -> None:
    with serving(SmallSeller().handle) as url:
        pass
    with pytest.raises(NoAnswer):
        Browser().post(f"{url}/login")
