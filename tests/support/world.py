"""The whole bundle in one process: functions called with the platform's events, a marketplace, a product, one clock.

Functions get what ``template.yaml`` grants them and nothing else. State and outbound HTTP are handed in, so that a
test can count them, let them fail, or let the process die between them (``Life``).
"""

from __future__ import annotations

import importlib
import json
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from typing import Any
from unittest import mock
from urllib.parse import parse_qsl, quote, urlsplit

from bundle_template.bundle import Bundle
from bundle_template.reading import PROJECT_TEMPLATE, read_template
from koogallery import callback, seller_interface, timer
from koogallery.clock import Clock, FrozenClock
from koogallery.instances.instance import Instance
from koogallery.marketplace.client import MarketplaceClient
from koogallery.page_reader import PageReader
from koogallery.seller_webhook import WebhookSender
from koogallery.services import Services
from koogallery.settings import Settings
from koogallery.slots import instance_key, slot_of
from koogallery.state import State
from koogallery_simulator.caller import Attempt, Caller
from koogallery_simulator.dialects.base import Callback, OutgoingRequest
from koogallery_simulator.marketplace import Marketplace, Sold
from koogallery_simulator.orders import OrderLine
from koogallery_simulator.settings import Keys
from koogallery_simulator.shop import Shop
from koogallery_simulator.transport import Answer
from local_cloud.context import Context
from local_cloud.events import Request, apig_event, authorizer_event, several, timer_event
from local_cloud.policies import choose_function
from local_cloud.reply import read_decision, read_reply
from local_cloud.routing import find_route
from tests.support.far_ends import MARKETPLACE, PRODUCT, WEBHOOK_SECRET, FarEnds, Product
from tests.support.log_lines import Lines, catch_lines
from tests.support.memory_state import MemoryState
from tests.support.mortal import Life, MortalHttp, MortalState

ROOT = PROJECT_TEMPLATE.parent
AT = datetime(2026, 11, 21, 10, 5, tzinfo=timezone.utc)
PRODUCTION = "https://seller.example/saas"
ACCESS_KEY = "basic-interface-key-0001"
API_KEY = "seller-api-key-0001"
SETTINGS = {
    "MARKETPLACE_ENDPOINT": MARKETPLACE,
    "MARKETPLACE_AK": "ACCESSKEYOFTESTS0001",
    "MARKETPLACE_SK": "secret-key-of-tests-0001",
    "MARKETPLACE_ACCESS_KEYS": ACCESS_KEY,
    "SELLER_API_KEYS": API_KEY,
    "SELLER_WEBHOOK_URL": PRODUCT,
    "SELLER_WEBHOOK_SECRET": WEBHOOK_SECRET,
    "STATE_URL": "sqlite:////nowhere/state.db",
    "STATE_ENCRYPTION_KEY": "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
}
KEYS = Keys(SETTINGS["MARKETPLACE_AK"], SETTINGS["MARKETPLACE_SK"], (ACCESS_KEY,))
ACCESS = {"front_end_url": "https://app.example/", "user_name": "admin", "password": "first-password-1"}
SECRETS = (ACCESS_KEY, API_KEY, WEBHOOK_SECRET, SETTINGS["MARKETPLACE_SK"], ACCESS["password"])


@lru_cache
def bundle() -> Bundle:
    """The project's own template."""
    return read_template(PROJECT_TEMPLATE)


class World:
    """Everything a test needs, at ``at``. ``settings`` add to or replace ``SETTINGS``; an empty one is missing."""

    def __init__(self, state: State | None = None, *, at: datetime = AT, settings: Mapping[str, str] = {}) -> None:
        self.clock = FrozenClock(at)
        self.state = state or MemoryState()
        self.pages = PageReader()
        """What a warm function keeps; a new one stands for a new function instance."""
        self.settings = {**SETTINGS, **settings}
        self.marketplace = Marketplace(KEYS, self.clock, stamp_clocks=())
        self.product = Product()
        self.far_ends = FarEnds(self.marketplace, self.product)
        self.caller = Caller(self.marketplace, PRODUCTION, transport=self.answer)
        self.shop = Shop(self.caller)
        self.lines: Lines = []
        """What the functions logged so far."""
        self.counts: Counter[str] = Counter()
        """What push_usage reported so far, all runs together."""

    # ------------------------------------------------------------------------------------------- calling functions
    def call(self, function: str, event: object, life: Life | None = None) -> Any:
        """What the function returns to the platform."""
        handler = importlib.import_module(f"functions.{function}.index").handler
        with self.injected(life or Life()), catch_lines(self.lines):
            return handler(event, self.context(function))

    def context(self, function: str, clock: Clock | None = None) -> Context:
        """The platform's context, with what the template grants."""
        settings = {name: text for name, text in self.settings.items() if text}
        return Context(bundle().components[function], settings, clock or self.clock, "request-1")

    @contextmanager
    def injected(self, life: Life) -> Iterator[None]:
        """Functions that are called inside get this world's state and far ends."""

        def services(
            settings: Settings, clock: Clock, context: object, seconds: float, request_id: str = ""
        ) -> Services:
            made = Services(settings, clock, context, seconds, request_id)
            http = MortalHttp(self.far_ends, life)
            given = vars(made)
            given["state"] = MortalState(self.state, life)
            given["pages"] = self.pages
            if settings.marketplace_endpoint:
                pair = (settings.marketplace_ak, settings.marketplace_sk)
                given["marketplace"] = MarketplaceClient(MARKETPLACE, *pair, ACCESS_KEY, clock, http)
            if settings.seller_webhook_url and settings.seller_webhook_secret:
                given["webhook"] = WebhookSender(PRODUCT, settings.seller_webhook_secret, http, clock)
            return made

        with (
            mock.patch.object(callback, "Services", services),
            mock.patch.object(seller_interface, "Services", services),
            mock.patch.object(timer, "Services", services),
        ):
            yield

    # ------------------------------------------------------------------------------------------------- callbacks
    def answer(self, request: OutgoingRequest) -> Answer:
        """The marketplace's transport: the function of the activity answers."""
        return self.answer_with(request, Life())

    def answer_with(self, request: OutgoingRequest, life: Life) -> Answer:
        """The same in a process of the given life: the local gateway's routes, authorizer and policies choose."""
        reply = read_reply(self.call(chosen_function(request), event_of(request), life))
        headers = {name.lower(): text for name, text in reply.headers.items()}
        return Answer(reply.status, headers, reply.body, 0.0)

    def sign(self, callback_: Callback) -> OutgoingRequest:
        """A callback as the marketplace signs it now."""
        return self.caller.dialect.request(callback_, KEYS, self.caller.addresses, self.clock.now())

    def send(self, callback_: Callback) -> Attempt:
        """One try of a callback."""
        return self.caller.send(callback_)

    def sell(self, *sold: Sold) -> list[OrderLine]:
        """An order, nothing called yet."""
        return list(self.marketplace.sell(*sold).lines)

    def open(self, sold: Sold = "on-demand") -> str:
        """Sell, create, tell the product, get access data: an active instance."""
        (instance_id,) = self.shop.buy(sold)
        self.product.access = ACCESS
        self.deliver()
        self.product.access = None
        assert self.instance(instance_id).status == "active"
        return instance_id

    # ----------------------------------------------------------------------------------------- the seller's calls
    def seller(
        self, method: str, path: str, body: object = None, *, key: str = API_KEY, life: Life | None = None
    ) -> tuple[int, Any]:
        """Status and JSON of a call of the seller interface."""
        function = chosen_function(OutgoingRequest(method, f"https://seller.example{path}", {}, b""))
        reply = read_reply(self.call(function, seller_event(method, path, body, key=key), life))
        return reply.status, json.loads(reply.body)

    def use(self, *events: Mapping[str, Any], life: Life | None = None) -> dict[str, Any]:
        """POST /seller/usage."""
        status, answer = self.seller("POST", "/seller/usage", {"events": list(events)}, life=life)
        assert status == 200, answer
        return dict(answer)

    def set_access(self, instance_id: str, access: Mapping[str, str] = ACCESS) -> tuple[int, Any]:
        """PUT /seller/instances/{id}/access."""
        return self.seller("PUT", f"/seller/instances/{quote(instance_id, safe='')}/access", dict(access))

    # --------------------------------------------------------------------------------------------------- timers
    def push(self, at: datetime | None = None, *, user_event: str = "", life: Life | None = None) -> dict[str, Any]:
        """push_usage for the hours that are over at ``at`` (now)."""
        event = timer_event("push_usage", user_event, at or self.clock.now())
        report: dict[str, Any] = self.call("push_usage", event, life)
        self.counts.update(report)
        return report

    def deliver(self, *, user_event: str = "", life: Life | None = None) -> dict[str, Any]:
        """deliver_events."""
        return dict(self.call("deliver_events", timer_event("deliver_events", user_event, self.clock.now()), life))

    def to_next_hour(self, minutes: float = 1.0) -> None:
        """Move the clock into the next hour."""
        start = self.clock.now().replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
        self.clock.travel(start + timedelta(minutes=minutes))

    # ---------------------------------------------------------------------------------------------------- looking
    def size(self) -> int:
        """Number of items in a state in memory."""
        assert isinstance(self.state, MemoryState)
        return len(self.state.all_items())

    def alarms(self) -> list[str]:
        """Codes of the records that were not billed, as the alarms told them."""
        told = [line for line in self.lines if line["event"] == "usage_record_not_billed"]
        return [line["marketplace_code"] for line in told]

    def instance(self, instance_id: str) -> Instance:
        """The instance as stored."""
        item = self.state.get(instance_key(instance_id))
        assert item is not None
        return Instance.from_document(item.document)


def share_of(instance_id: str) -> str:
    """``user_event`` of a timer that looks after one slot alone."""
    return json.dumps({"share": f"{slot_of(instance_id) + 1} of 16"})


def usage(id_: str, instance_id: str, quantity: object, time: datetime, package: str | None = None) -> dict[str, Any]:
    """A usage event as the product sends it."""
    event = {"id": id_, "instance_id": instance_id, "quantity": quantity, "time": f"{time:%Y-%m-%dT%H:%M:%SZ}"}
    return event if package is None else {**event, "package_instance_id": package}


def seller_event(
    method: str, path: str, body: object = None, *, key: str = API_KEY, headers: Iterable[tuple[str, str]] = ()
) -> dict[str, Any]:
    """The APIG event of a call of the seller interface; ``body`` is JSON, or bytes as they are."""
    content = (
        body if isinstance(body, bytes) else b"" if body is None else json.dumps(body, ensure_ascii=False).encode()
    )
    given = (("Authorization", f"Bearer {key}"), *headers) if key else tuple(headers)
    return _apig(method, f"https://seller.example{path}", given, content)


def event_of(request: OutgoingRequest) -> dict[str, Any]:
    """The APIG event of a callback."""
    return _apig(request.method, request.url, tuple(request.headers.items()), request.body)


def chosen_function(request: OutgoingRequest) -> str:
    """What the local gateway makes of the template: the route, what its authorizer says, the policy that is met."""
    arrived = _arrived(request.method, request.url, tuple(request.headers.items()), request.body)
    match, _ = find_route(bundle().routes, arrived.method, arrived.path)
    assert match is not None
    told: Mapping[str, str] = {}
    if match.route.authorizer is not None:
        authorizer = bundle().authorizers[match.route.authorizer]
        handler = importlib.import_module(f"functions.{authorizer.function}.index").handler
        told = read_decision(handler(authorizer_event(arrived, need_body=authorizer.need_body), None)).context
    return choose_function(match.route, told, several(arrived.query))


def _arrived(method: str, url: str, headers: tuple[tuple[str, str], ...], body: bytes) -> Request:
    parts = urlsplit(url)
    query = tuple(parse_qsl(parts.query, keep_blank_values=True))
    return Request(method, parts.path, query, headers, body, "203.0.113.7", uuid.uuid4().hex)


def _apig(method: str, url: str, headers: tuple[tuple[str, str], ...], body: bytes) -> dict[str, Any]:
    return apig_event(_arrived(method, url, headers, body), "api-1", {}, authorized=False)
