"""A person's browser: follows redirects, keeps cookies, and types account and password when a login page asks."""

from __future__ import annotations

import http.client
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs, urljoin, urlsplit

from koogallery_simulator.auth_centre import AUTHORIZE, AuthCentre
from koogallery_simulator.errors import PermanentError
from koogallery_simulator.transport import NoAnswer

TIME_LIMIT = 30.0
LARGEST_PAGE = 1024 * 1024
MOST_REDIRECTS = 10
INDICATOR = "UNOP"
_REDIRECTS = (301, 302, 303, 307, 308)


class WrongPage(PermanentError):
    """The browser was sent somewhere a login cannot go on."""

    code = "wrong_page"


@dataclass(frozen=True, repr=False)
class Page:
    """What a browser shows; ``location`` is where it was sent next, empty when it was not."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def location(self) -> str:
        """The address of a redirect, absolute."""
        target = self.headers.get("location", "") if self.status in _REDIRECTS else ""
        return urljoin(self.url, target) if target else ""

    def __repr__(self) -> str:
        return f"Page(HTTP {self.status}, {self.url.partition('?')[0]})"


class Browser:
    """One person's. Cookies are kept by host as browsers do: not by port; by path; ``Secure`` also on loopback."""

    def __init__(self) -> None:
        self._cookies: dict[tuple[str, str, str], str] = {}

    def get(self, url: str) -> Page:
        """One page, no redirect followed."""
        return self._call("GET", url)

    def post(self, url: str) -> Page:
        """A form without fields, no redirect followed."""
        return self._call("POST", url)

    def visit(self, url: str) -> Page:
        """A page, redirects inside the same host and port followed; one that leads elsewhere is the last page."""
        page = self.get(url)
        for _ in range(MOST_REDIRECTS):
            if not page.location or not _same_place(page.location, url):
                break
            page = self.get(page.location)
        return page

    def sign_in(self, login_url: str, centre: AuthCentre, user_name: str) -> Page:
        """The whole way: login page of the seller, the tenant's auth centre, back to the seller's callback.

        WrongPage when the seller's page leads to no login page of the tenant's application.
        """
        first = self.visit(login_url)
        return self.visit(self.log_in_at(first, centre, user_name))

    @staticmethod
    def log_in_at(page: Page, centre: AuthCentre, user_name: str) -> str:
        """Type account and password where ``page`` redirects to; the address the person is sent to, with the code."""
        target = page.location
        if not target:
            raise WrongPage(f"{page!r} leads to no login page")
        parts = urlsplit(target)
        if f"{parts.scheme}://{parts.netloc}" == centre.tenant.domain.rstrip("/") and parts.path == AUTHORIZE:
            return _with_state(centre, user_name, parse_qs(parts.query))
        # The unified page is a single-page application: its parameters stand behind the #.
        query = parse_qs(parts.query) | parse_qs(parts.fragment.partition("?")[2])
        if query.get("ind") != [INDICATOR] or query.get("appId") != [centre.tenant.app_id]:
            raise WrongPage("the login page is asked without ind=UNOP and the appId of the credential")
        return centre.log_in(user_name)

    def cookies(self, url: str) -> dict[str, str]:
        """Names and values a request to ``url`` would carry."""
        parts = urlsplit(url)
        host, path = parts.hostname or "", parts.path or "/"
        return {
            name: value
            for (at, below, name), value in self._cookies.items()
            if at == host and (path == below or path.startswith(below.rstrip("/") + "/"))
        }

    def _call(self, method: str, url: str) -> Page:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise WrongPage(f"{url.partition('?')[0][:200]!r} is no address a browser can open")
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        connection = kind(parts.hostname, parts.port, timeout=TIME_LIMIT)
        headers = {"Accept": "text/html,*/*"}
        cookies = self.cookies(url)
        if cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in cookies.items())
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        try:
            connection.request(method, target, headers=headers)
            with connection.getresponse() as response:
                pairs = response.getheaders()
                page = Page(url, response.status, dict(_lower(pairs)), response.read(LARGEST_PAGE))
        except (OSError, http.client.HTTPException) as exc:
            raise NoAnswer(type(exc).__name__) from exc
        finally:
            connection.close()
        for name, value in pairs:
            if name.lower() == "set-cookie":
                self._keep(parts.hostname, value)
        return page

    def _keep(self, host: str, header: str) -> None:
        try:
            found = SimpleCookie(header)
        except CookieError:
            return
        for name, morsel in found.items():
            key = (host, morsel["path"] or "/", name)
            if morsel["max-age"] == "0":
                self._cookies.pop(key, None)
            else:
                self._cookies[key] = morsel.value


def _with_state(centre: AuthCentre, user_name: str, query: Mapping[str, list[str]]) -> str:
    address = centre.log_in(user_name, query["redirect_uri"][0] if "redirect_uri" in query else None)
    state = query.get("state", [""])[0]
    return f"{address}&state={state}" if state else address


def _lower(pairs: Iterable[tuple[str, str]]) -> Iterable[tuple[str, str]]:
    return ((name.lower(), value) for name, value in pairs)


def _same_place(one: str, other: str) -> bool:
    first, second = urlsplit(one), urlsplit(other)
    return (first.scheme, first.netloc) == (second.scheme, second.netloc)
