"""The sign-in in one process: browsers, a seller's product, a synced directory, and an auth centre on loopback."""

from __future__ import annotations

import importlib
import json
import re
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from functools import lru_cache
from typing import Any
from unittest import mock
from urllib.parse import parse_qsl, quote, urlsplit

from bundle_template.bundle import Bundle
from bundle_template.reading import PROJECT_TEMPLATE, read_template
from koogallery import seller_interface, timer
from koogallery.clock import FrozenClock
from koogallery.directory import binding
from koogallery.directory.buckets import PRESENT, UNAUTHORIZED, USERS, Change, bucket_of, put, user_key
from koogallery.directory.floors import users_floor
from koogallery.directory.reading import find_tenant
from koogallery.directory.shelf import Shelf
from koogallery.directory.stamps import Stamp
from koogallery.directory.tenant import Application, Tenant, owner_id, secret_purpose, tenant_key
from koogallery.encryption import Sealer
from koogallery.http import Http, HttpClient, HttpLimits, HttpRequest, HttpResponse
from koogallery.services import Services
from koogallery.settings import Settings
from koogallery.sign_in import browser
from koogallery.state import State
from local_cloud.context import Context
from local_cloud.events import Request, apig_event, several, timer_event
from local_cloud.policies import choose_function
from local_cloud.reply import Reply, read_reply
from local_cloud.routing import find_route
from tests.support.auth_centre import AuthCentre
from tests.support.memory_state import MemoryState
from tests.support.mortal import Life, MortalState

AT = datetime(2026, 11, 21, 10, 5, tzinfo=timezone.utc)
TENANT, APP, USER, INSTANCE = "tenant-0001", "app-0001", "user.two", "inst-0001"
API_KEY = "seller-api-key-0001"
PRODUCT = "https://product.example/signed-in?from=login"
SETTINGS = {
    "LOGIN_APP_ID": APP,
    "SELLER_LOGIN_URL": PRODUCT,
    "SELLER_API_KEYS": API_KEY,
    "STATE_URL": "sqlite:////nowhere/state.db",
    "STATE_ENCRYPTION_KEY": "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
}
LOCAL = "127.0.0.1:8700"
PUBLIC = "login.seller.example"


@lru_cache
def _bundle() -> Bundle:
    """The project's own template."""
    return read_template(PROJECT_TEMPLATE)


@dataclass
class Browser:
    """Keeps cookies as a browser does, paths and flags included."""

    world: SignInWorld
    host: str = LOCAL
    cookies: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Name → (path, value)."""

    def get(self, path: str, method: str = "GET") -> Reply:
        """One request to the bundle."""
        target = urlsplit(path).path
        sent = [f"{name}={value}" for name, (at, value) in self.cookies.items() if target.startswith(at)]
        headers = {"Host": self.host, "Accept": "text/html"} | ({"Cookie": "; ".join(sent)} if sent else {})
        reply = self.world.http("sign_in", method, path, headers)
        self._keep(reply)
        return reply

    def _keep(self, reply: Reply) -> None:
        text = reply.headers.get("Set-Cookie", "")
        if not text:
            return
        pair, *flags = text.split("; ")
        name, _, value = pair.partition("=")
        given = dict(flag.partition("=")[::2] for flag in flags)
        if given.get("Max-Age") == "0":
            self.cookies.pop(name, None)
        else:
            self.cookies[name] = (given["Path"], value)

    def sign_in(self, code: str, tenant: str = TENANT, return_to: str = "") -> Reply:
        """The whole way: login page and back."""
        self.get(f"/login?return_to={quote(return_to, safe='')}" if return_to else "/login")
        return self.call_back(code, tenant)

    def call_back(self, code: str, tenant: str = TENANT) -> Reply:
        """The login page sends the browser back."""
        return self.get(f"/login/callback?code={quote(code, safe='')}&tenant={quote(tenant, safe='')}")


class Rerouted(Http):
    """Takes what is for a public auth centre to the one on loopback."""

    def __init__(self, public: str, local: str) -> None:
        self._public, self._local, self._inner = public, local, HttpClient()

    def send(self, request: HttpRequest, limits: HttpLimits) -> HttpResponse:
        """One exchange."""
        assert request.url.startswith(self._public)
        return self._inner.send(replace(request, url=self._local + request.url[len(self._public) :]), limits)


class SignInWorld:
    """Everything a test needs, at ``AT``. ``settings`` replace those above; an empty one is missing."""

    def __init__(self, centre: AuthCentre, state: State | None = None, **settings: str) -> None:
        self.centre = centre
        self.clock = centre.clock
        self.state = state or MemoryState()
        self.settings = {**SETTINGS, **settings}
        self.life = Life()
        self.tenant_http: Http | None = None
        self._stamps = 0

    # ---------------------------------------------------------------------------------------------------- calling
    def call(self, function: str, event: object) -> Any:
        """What the function returns to the platform."""
        handler = importlib.import_module(f"functions.{function}.index").handler
        with self._injected():
            return handler(event, self._context(function))

    def http(self, function: str, method: str, path: str, headers: Mapping[str, str] = {}, body: bytes = b"") -> Reply:
        """A call through the gateway's event and reply forms."""
        parts = urlsplit(path)
        query = tuple(parse_qsl(parts.query, keep_blank_values=True))
        request = Request(method, parts.path, query, tuple(headers.items()), body, "203.0.113.7", secrets.token_hex(8))
        match, _ = find_route(_bundle().routes, method, parts.path)
        # What no route serves a gateway never hands on: there the function is asked itself.
        assert match is None or choose_function(match.route, {}, several(query)) == function
        return read_reply(self.call(function, apig_event(request, "api-1", {}, authorized=False)))

    def seller(
        self, method: str, path: str, body: object = None, *, key: str = API_KEY, host: str = LOCAL
    ) -> tuple[int, Any]:
        """Status and JSON of a call of the seller's product."""
        headers = {"Host": host, "Authorization": f"Bearer {key}"}
        reply = self.http("seller_sessions", method, path, headers, b"" if body is None else json.dumps(body).encode())
        return reply.status, json.loads(reply.body)

    def expire(self) -> dict[str, Any]:
        """The timer."""
        return dict(self.call("expire_sessions", timer_event("expire_sessions", "", self.clock.now())))

    def browser(self, host: str = LOCAL) -> Browser:
        """A browser without cookies."""
        return Browser(self, host)

    def signed_in(self, **claims: Any) -> tuple[Browser, dict[str, Any]]:
        """A signed-in browser and the session as the seller's product got it."""
        one = self.browser()
        return one, self.handed_over(one.sign_in(self.code(**claims)))

    def handed_over(self, reply: Reply) -> dict[str, Any]:
        """What the seller's product gets for the code of a redirect."""
        status, session = self.seller("POST", "/seller/sessions", {"code": hand_over_code(reply)})
        assert status == 200, session
        return dict(session)

    def code(self, **claims: Any) -> str:
        """A code of a user; ``claims`` replace what userinfo says."""
        return self.centre.code_for({"userName": USER, "tenant": TENANT, "name": "User Two", **claims})

    # ---------------------------------------------------------------------------------------------------- syncing
    def bind(self, tenant: str = TENANT, instance: str = INSTANCE, domain: str = "") -> None:
        """tenantSync, flag 1."""
        facts = binding.TenantFacts("CS0001", "acme", "Acme", domain or self.centre.base)
        self._change(tenant, instance, lambda before: binding.bind(before, facts, self._stamp(), AT))

    def unbind(self, tenant: str = TENANT, instance: str = INSTANCE) -> None:
        """tenantSync, flag 0."""
        self._change(tenant, instance, lambda before: binding.unbind(before, self._stamp(), AT))

    def add_application(self, tenant: str = TENANT, instance: str = INSTANCE, app: str = APP) -> None:
        """applicationSync, flag 1."""
        sealed = self.sealer.seal(self.centre.client_secret, secret_purpose(owner_id(tenant, instance), app))
        wanted = Application(app, self.centre.client_id, self._stamp(), sealed)
        self._change(
            tenant, instance, lambda before: binding.put_application(before, wanted, same_secret=False, now=AT)
        )

    def remove_application(self, tenant: str = TENANT, instance: str = INSTANCE, app: str = APP) -> None:
        """applicationSync, flag 0."""
        self._change(tenant, instance, lambda before: binding.remove_application(before, app, self._stamp(), AT))

    def authorize(
        self, user: str = USER, tenant: str = TENANT, instance: str = INSTANCE, *, status: str = PRESENT, **facts: Any
    ) -> None:
        """authSync of one user."""
        (bound,) = [one for one in find_tenant(self.state, tenant) if one.instance_id == instance]
        key = user_key(user, APP)
        data = {"user_name": user, "app_id": APP, "name": "User Two", "role": "user", "enabled": True, **facts}
        change = Change(status, self._stamp(), secrets.token_hex(4))
        Shelf(self.state, self.sealer, bound.id, USERS).update(
            [bucket_of(key)], lambda _, bucket: put(bucket, {key: data}, change, users_floor(bound))
        )

    def cancel_authorization(self, user: str = USER) -> None:
        """authSync, flag 3."""
        self.authorize(user, status=UNAUTHORIZED)

    def sync(self, tenant: str = TENANT, instance: str = INSTANCE) -> None:
        """Tenant, application and user."""
        self.bind(tenant, instance)
        self.add_application(tenant, instance)
        self.authorize(USER, tenant, instance)

    @property
    def sealer(self) -> Sealer:
        """Of the state's encryption key."""
        return Sealer(self.settings["STATE_ENCRYPTION_KEY"])

    def _stamp(self) -> Stamp:
        self._stamps += 1
        return Stamp("", f"20261121180000{self._stamps:03d}", self._stamps)

    def _change(self, tenant: str, instance: str, change: Any) -> None:
        key = tenant_key(owner_id(tenant, instance))
        item = self.state.get(key)
        before = Tenant.from_document(item.document) if item else Tenant(tenant_id=tenant, instance_id=instance)
        document = change(before).to_document()
        assert self.state.replace_if_version(item, document) if item else self.state.put_if_absent(key, document)

    # --------------------------------------------------------------------------------------------------- injecting
    def _context(self, function: str) -> Context:
        bundle = _bundle()
        settings = {name: text for name, text in self.settings.items() if text}
        return Context(bundle.components[function], settings, self.clock, "request-1")

    @contextmanager
    def _injected(self) -> Iterator[None]:
        def services(
            settings: Settings, clock: FrozenClock, context: object, seconds: float, request_id: str = ""
        ) -> Services:
            made = Services(settings, clock, context, seconds, request_id)
            vars(made)["state"] = MortalState(self.state, self.life)
            if self.tenant_http:
                vars(made)["tenant_http"] = self.tenant_http
            return made

        with (
            mock.patch.object(browser, "Services", services),
            mock.patch.object(seller_interface, "Services", services),
            mock.patch.object(timer, "Services", services),
        ):
            yield


def hand_over_code(reply: Reply) -> str:
    """The code a browser takes to the seller's product."""
    assert reply.status == 303, (reply.status, reply.body[:200])
    return dict(parse_qsl(urlsplit(reply.headers["Location"]).query))["code"]


def title(reply: Reply) -> str:
    """The title of a page."""
    found = re.search(r"<title>(.*?)</title>", reply.body.decode())
    return found[1] if found else ""
