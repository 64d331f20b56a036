"""The two far ends of the bundle without sockets: the simulated marketplace, and a seller's product."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

from standardwebhooks import Webhook

from koogallery.http import (
    Http,
    HttpInterrupted,
    HttpLimits,
    HttpRequest,
    HttpResponse,
    HttpResponseTooLarge,
    HttpUnreachable,
    parse_address,
)
from koogallery_simulator.http_messages import HANG, RESET, Request
from koogallery_simulator.marketplace import Marketplace

MARKETPLACE = "https://market.example"
PRODUCT = "https://product.example/hook"
WEBHOOK_SECRET = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="


@dataclass(frozen=True)
class Delivery:
    """One event as the product received it."""

    id: str
    type: str
    timestamp: str
    data: dict[str, Any]
    at: datetime


@dataclass
class Product:
    """The seller's product: checks every signature, keeps what it was told.

    ``failing``: the next so many deliveries are answered ``failure``, ``unreachable``: nobody answers at all.
    ``access``: access data that answers ``instance.created``.
    """

    received: list[Delivery] = field(default_factory=list)
    failing: int = 0
    failure: HttpResponse = field(default_factory=lambda: HttpResponse(500, {}, b""))
    unreachable: bool = False
    access: dict[str, str] | None = None

    def events(self, instance_id: str) -> list[str]:
        """Types told of an instance, each event once, in the order of the first delivery."""
        first = {one.id: one.type for one in reversed(self.received) if one.data["instance_id"] == instance_id}
        return [first[id_] for id_ in dict.fromkeys(one.id for one in self.received) if id_ in first]

    def take(self, request: HttpRequest, host: str) -> HttpResponse:
        """Answer one delivery."""
        if self.unreachable:
            raise HttpUnreachable(host, "refused")
        if self.failing:
            self.failing -= 1
            return self.failure
        id_, stamp = request.headers["webhook-id"], int(request.headers["webhook-timestamp"])
        at = datetime.fromtimestamp(stamp, timezone.utc)
        assert request.headers["webhook-signature"] == Webhook(WEBHOOK_SECRET).sign(id_, at, request.body.decode())
        body = json.loads(request.body)
        self.received.append(Delivery(id_, body["type"], body["timestamp"], body["data"], at))
        access = self.access if body["type"] == "instance.created" else None
        return HttpResponse(200, {}, json.dumps({"access": access}).encode() if access else b"")


@dataclass
class FarEnds(Http):
    """Outbound HTTP of the bundle: to the marketplace or to the product, in this process.

    ``before_push``: called once each, before a usage push is handed on. ``sent`` counts calls by host.
    """

    marketplace: Marketplace
    product: Product
    before_push: list[Callable[[], None]] = field(default_factory=list)
    pushes: list[bytes] = field(default_factory=list)
    marketplace_unreachable: bool = False

    def send(self, request: HttpRequest, limits: HttpLimits) -> HttpResponse:
        """One exchange, with the errors the real client raises."""
        address = parse_address(request.url)
        if request.url.startswith(PRODUCT):
            return self.product.take(request, address.host_header)
        if request.method == "POST":
            if self.before_push:
                self.before_push.pop(0)()
            self.pushes.append(request.body)
        if self.marketplace_unreachable:
            raise HttpUnreachable(address.host_header, "refused")
        headers = {"Host": address.host_header, **request.headers}
        reply = self.marketplace.handle(Request.of_target(request.method, address.target, headers, request.body))
        if reply.action in (HANG, RESET):
            raise HttpInterrupted(address.host_header, "timeout" if reply.action == HANG else "reset")
        received = {"content-type": reply.content_type, **{name.lower(): text for name, text in reply.headers.items()}}
        if len(reply.body) > limits.max_response_bytes:
            raise HttpResponseTooLarge(address.host_header, reply.status, received)
        return HttpResponse(reply.status, received, reply.body)
