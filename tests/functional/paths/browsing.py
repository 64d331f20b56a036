"""How the seller's product and a browser call, and what they read of an answer."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from koogallery_simulator.http_messages import Answer, OutgoingRequest
from tests.functional.paths.rows import Members, Result, Row, Trouble, Try
from tests.functional.paths.running import BARE, BROKEN, GOOD, Running
from tests.support.world import API_KEY

TOO_LARGE = b" " * (1024 * 1024 + 1)
_PAGES = {
    "You are signed in": "signed_in",
    "You are signed out": "signed_out",
    "Please sign in again": "start_again",
    "No access": "not_allowed",
    "The login service of your enterprise did not answer properly": "auth_centre",
    "Sign-in is not ready": "not_ready",
    "Please try again": "try_again",
    "Page not found": "not_found",
}
_TITLE = re.compile(r"<title>(.*?)</title>")


@dataclass(frozen=True)
class SpeaksSeller:
    """The seller's product: bearer key, JSON, problems. Members: ``path``, ``query``, ``body``."""

    method: str
    window: bool = False

    def request(self, url: str, members: Members, now: datetime, *, key: str = "") -> OutgoingRequest:
        """``{instance_id}`` in the address becomes the member of ``path``; each request has an id of its own."""
        del now
        path = {name: quote(text, safe="") for name, text in members.get("path", {}).items()}
        query = urlencode(members.get("query", {}))
        body = members.get("body")
        content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        headers = {
            "Authorization": f"Bearer {key or API_KEY}",
            "Content-Type": "application/json",
            "X-Trace": uuid.uuid4().hex,
        }
        return OutgoingRequest(self.method, url.format(**path) + (f"?{query}" if query else ""), headers, content)

    def read(self, answer: Answer) -> Result:
        """``200``, ``200 code`` when an event is rejected, or status and code of a problem."""
        members = json.loads(answer.body)
        if answer.status == 200:
            assert answer.headers["content-type"] == "application/json"
            rejected = members.get("rejected")
            return Result(f"200 {rejected[0]['code']}" if rejected else "200", members)
        assert answer.headers["content-type"] == "application/problem+json"
        assert members["status"] == answer.status
        assert members["title"]
        assert ("detail" in members) == (answer.status < 500)
        assert ("retry-after" in answer.headers) == (answer.status == 503 and members["code"] != "settings_error")
        return Result(f"{answer.status} {members['code']}", members)


@dataclass(frozen=True)
class SpeaksBrowser:
    """A browser on this machine. Members: ``query``, ``cookies``."""

    method: str
    window: bool = False

    def request(self, url: str, members: Members, now: datetime, *, key: str = "") -> OutgoingRequest:
        """No key: cookies."""
        del now, key
        query = urlencode(members.get("query", {}))
        cookies = "; ".join(f"{name}={value}" for name, value in members.get("cookies", {}).items())
        headers = {"Accept": "text/html", **({"Cookie": cookies} if cookies else {})}
        return OutgoingRequest(self.method, url + (f"?{query}" if query else ""), headers, b"")

    def read(self, answer: Answer) -> Result:
        """``302``, ``303`` or status and page. Members: ``location``, ``cookies``."""
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["referrer-policy"] == "no-referrer"
        name, _, rest = answer.headers.get("set-cookie", "").partition("=")
        members = {
            "location": answer.headers.get("location", ""),
            "cookies": {name: rest.partition(";")[0]} if name else {},
        }
        if members["location"]:
            return Result(str(answer.status), members)
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        found = _TITLE.search(answer.body.decode())
        assert found is not None
        return Result(f"{answer.status} {_PAGES[unescape(found[1])]}", members)


def code_of(result: Result) -> str:
    """The code that a redirect carries to the seller's product."""
    query: dict[str, str] = dict(parse_qsl(urlsplit(result.members["location"]).query))
    return query["code"]


# ------------------------------------------------------------------------------------------------- common troubles
def unauthorized(running: Running, row: Row) -> Iterator[Try]:
    """No key, another key, another scheme."""
    good = row.request(running, row.given(running))
    yield Try("another key", row.request(running, row.given(running), key="another-key"))
    for label, text in (("no key", ""), ("another scheme", f"Basic {API_KEY}")):
        yield Try(label, replace(good, headers={**good.headers, "Authorization": text}))


def with_body(*bodies: Any) -> Trouble:
    """Bodies that are no JSON object, and those given."""

    def trouble(running: Running, row: Row) -> Iterator[Try]:
        members = row.given(running)
        for body in (b"", b"no JSON", [], *bodies):
            yield Try(f"body {str(body)[:40]}", row.request(running, {**members, "body": body}))

    return trouble


def too_large(running: Running, row: Row) -> Iterator[Try]:
    """More than 1 MiB."""
    yield Try("1 MiB and a byte", row.request(running, {**row.given(running), "body": TOO_LARGE}))


def with_query(**query: str) -> Trouble:
    """One call for each parameter."""

    def trouble(running: Running, row: Row) -> Iterator[Try]:
        for name, text in query.items():
            yield Try(f"{name}={text}", row.request(running, {**row.given(running), "query": {name: text}}))

    return trouble


def with_path(label: str, **path: Any) -> Trouble:
    """Another id in the path; a callable makes it in the situation."""

    def trouble(running: Running, row: Row) -> Iterator[Try]:
        ids = {name: made(running) if callable(made) else made for name, made in path.items()}
        yield Try(label, row.request(running, {**row.given(running), "path": ids}))

    return trouble


def at(where: str) -> Trouble:
    """A proper call at another gateway."""

    def trouble(running: Running, row: Row) -> Iterator[Try]:
        yield Try(where, row.request(running, row.given(running), at=where))

    return trouble


def seller_troubles() -> dict[str, Trouble]:
    """What every call of the seller interface may get."""
    return {"401 unauthorized": unauthorized, "500 state_misconfigured": at(BROKEN), "503 settings_error": at(BARE)}


# ------------------------------------------------------------------------------------------------------ signing in
LOGIN, SESSION = "koogallery_login", "koogallery_session"
BROWSER = SpeaksBrowser("GET")


def browse(running: Running, path: str, **members: Mapping[str, str]) -> Result:
    """One page."""
    return BROWSER.read(running.send(BROWSER.request(running.addresses[GOOD] + path, members, running.clock.now())))


def signed_in(running: Running, ids: Mapping[str, str], account: str = "user.two") -> tuple[dict[str, str], str]:
    """The cookies of a browser and the code it brings to the seller's product."""
    attempt = browse(running, "/login")
    back = browse(
        running, "/login/callback", query=came_back(running, ids, account), cookies=attempt.members["cookies"]
    )
    assert back.code == "303", back
    return back.members["cookies"], code_of(back)


def came_back(running: Running, ids: Mapping[str, str], account: str = "user.two", **claims: str) -> dict[str, str]:
    """The query with which the login page sends a browser back."""
    code = running.centre.code_for({"userName": account, "tenant": ids["tenantId"], "name": "User Two", **claims})
    return {"code": code, "tenant": ids["tenantId"]}


def session_of(running: Running, code: str) -> dict[str, Any]:
    """What the seller's product gets for a code."""
    status, session = running.seller("POST", "/seller/sessions", {"code": code})
    assert status == 200, session
    return dict(session)
