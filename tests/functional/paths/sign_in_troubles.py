"""What goes wrong when somebody signs in: what the browser brings, and what the auth centre answers."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tests.functional.paths.browsing import (
    LOGIN,
    browse,
    came_back,
)
from tests.functional.paths.rows import Row, Trouble, Try
from tests.functional.paths.rows_kit import authorize, sign_in_ready, sync
from tests.functional.paths.running import Running, fresh_id
from tests.support.auth_centre import TOKEN, Misbehaviour, Odd
from tests.support.kit import body

KIND, PART = "browser", "Browsers"
REFUSED: Odd = (401, b'{"error":"invalid_client","error_description":"Bad client credentials"}', {})
FORBIDDEN: Odd = (403, b"{}", {})
NO_OBJECT: Odd = (200, b"[]", {})
EXPIRED: Odd = (400, b'{"error":"invalid_grant","error_description":"Invalid refresh token"}', {})
UNAUTHORIZED: Odd = (401, b'{"error":"unauthorized","error_description":"Full authentication is required"}', {})


def asked_with(label: str, **query: str | None) -> Trouble:
    def trouble(running: Running, row: Row) -> Iterator[Try]:
        members = row.given(running)
        changed = {name: text for name, text in {**members["query"], **query}.items() if text is not None}
        yield Try(label, row.request(running, {**members, "query": changed}))

    return trouble


def return_to_twice(running: Running, row: Row) -> Iterator[Try]:
    request = row.request(running, {"query": [("return_to", "/a"), ("return_to", "/b")]})
    yield Try("return_to twice", request)


def without_attempt(running: Running, row: Row) -> Iterator[Try]:
    members = row.given(running)
    yield Try("no cookie", row.request(running, {**members, "cookies": {}}))
    yield Try("a cookie of nobody", row.request(running, {**members, "cookies": {LOGIN: "made-up"}}))
    running.clock.advance(601)
    yield Try("begun eleven minutes ago", row.request(running, members))


def used(running: Running, row: Row) -> Iterator[Try]:
    members = row.given(running)
    assert row.ask(running, members).code == "303"
    attempt = browse(running, "/login").members["cookies"]
    yield Try("the code was used", row.request(running, {**members, "cookies": attempt}))


def not_allowed(running: Running, row: Row) -> Iterator[Try]:
    def back(ids: Mapping[str, str], account: str = "user.two", **claims: str) -> dict[str, Any]:
        cookies = browse(running, "/login").members["cookies"]
        return {"query": came_back(running, ids, account, **claims), "cookies": cookies}

    ids, other = sign_in_ready(running), sign_in_ready(running)
    yield Try("an unknown tenant", row.request(running, back({"tenantId": fresh_id("tenant")})))
    authorize(running, ids, "user.off", enable="false")
    authorize(running, ids, "user.gone", flag=0)
    authorize(running, ids, "user.cancelled", flag=3)
    for account in ("user.unknown", "user.off", "user.gone", "user.cancelled"):
        yield Try(account, row.request(running, back(ids, account)))
    yield Try("userinfo of another tenant", row.request(running, back(ids, tenant=other["tenantId"])))


def centre_answers(path: str, *misbehaving: Misbehaviour, later: Callable[[Running], None] = lambda _: None) -> Trouble:
    """The auth centre answers otherwise. ``later``: what happens between the situation and the call."""

    def trouble(running: Running, row: Row) -> Iterator[Try]:
        request = row.request(running, row.given(running))
        later(running)
        running.centre.misbehaving[path] = list(misbehaving)
        yield Try(f"{path} misbehaves", request)
        assert not running.centre.misbehaving.pop(path)

    return trouble


def elsewhere(running: Running, row: Row) -> Iterator[Try]:
    """The tenant's domain name is an IP address."""
    members = row.given(running)
    ids = {"tenantId": members["query"]["tenant"], "instanceId": fresh_id("inst")}
    for name, more in (("tenantSync", {"domainName": "https://192.0.2.1"}), ("applicationSync", {"appId": "app-0001"})):
        sync(running, name, {**body(name, timeStamp=None, **more), **ids})
    yield Try("an IP address", row.request(running, members))


def busy(running: Running, row: Row) -> Iterator[Try]:
    """A session that has ended is woken by two calls at once."""
    members = row.given(running)
    running.clock.advance(7300)
    entered, go_on = threading.Event(), threading.Event()

    def hold() -> None:
        entered.set()
        assert go_on.wait(10)

    running.centre.misbehaving[TOKEN] = [hold]
    first = threading.Thread(target=running.send, args=(row.request(running, members),))
    first.start()
    assert entered.wait(10)
    yield Try("another call is refreshing it", row.request(running, members))
    go_on.set()
    first.join(10)


def user_is_off(running: Running, row: Row) -> Iterator[Try]:
    members = row.given(running)
    authorize(running, members["ids"], "user.two", enable="false")
    yield Try("disabled meanwhile", row.request(running, members))
