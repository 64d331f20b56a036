"""A seller's product: takes signed events, opens accounts for them, and reports what they use. Knows no marketplace.

This is all that a product has to do to be sold through the bundle.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, cast

import httpx

from koogallery.clock import Clock
from koogallery_signing import standard_webhooks
from koogallery_signing.errors import SignatureRejected
from koogallery_simulator import Reply, Request
from koogallery_simulator.http_messages import json_reply

WEBHOOK_PATH = "/koogallery-events"
ON_DEMAND = "ON_DEMAND"


@dataclass(frozen=True)
class Usage:
    """What an account used: one event of POST /seller/usage. ``reported_at`` is when the product first told it."""

    id: str
    instance_id: str
    quantity: Decimal
    time: datetime
    reported_at: datetime

    def document(self) -> dict[str, str]:
        """As it is sent."""
        time = f"{self.time:%Y-%m-%dT%H:%M:%SZ}"
        return {"id": self.id, "instance_id": self.instance_id, "quantity": f"{self.quantity:f}", "time": time}


@dataclass
class Product:
    """The product's server side. ``journal``: usage the bundle took on; ``received``: events, each id once."""

    secret: str
    api_key: str
    clock: Clock
    bundle: str = ""
    received: dict[str, dict[str, Any]] = field(default_factory=dict)
    refused: int = 0
    journal: list[Usage] = field(default_factory=list)
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    # ------------------------------------------------------------------------------------------- events come in
    def handle(self, request: Request) -> Reply:
        """Answer one call of the product's webhook."""
        now = int(self.clock.now().timestamp())
        try:
            standard_webhooks.verify(secret=self.secret, headers=request.headers, body=request.body, now_seconds=now)
        except SignatureRejected:
            self.refused += 1
            return json_reply(401, {"error": "the signature does not fit"})
        event = json.loads(request.body)
        self.received.setdefault(request.headers["webhook-id"], event)
        return json_reply(200, self.answer(event))

    def answer(self, event: dict[str, Any]) -> dict[str, Any]:
        """A yearly account is ready at once: its access data travels back in the answer."""
        at_once = event["type"] == "instance.created" and event["data"]["product"]["charging_mode"] != ON_DEMAND
        return {"access": self._access(event["data"]["instance_id"])} if at_once else {}

    def told(self, instance_id: str) -> list[str]:
        """Types of the events about an instance, in the order they came."""
        return [event["type"] for event in self.received.values() if event["data"].get("instance_id") == instance_id]

    @staticmethod
    def _access(instance_id: str) -> dict[str, str]:
        return {
            "front_end_url": f"https://app.example.com/{instance_id[:8]}",
            "user_name": "admin",
            "password": f"first-{instance_id[:8]}",
            "memo": "Please change the password after the first login.",
        }

    # -------------------------------------------------------------------------------------------- calls go out
    def finish_account(self, instance_id: str) -> dict[str, Any]:
        """Report access data of an account that took its time: PUT /seller/instances/{id}/access."""
        return self.call("PUT", f"/seller/instances/{instance_id}/access", self._access(instance_id))

    def use(self, instance_id: str, *used: tuple[datetime, str]) -> dict[str, Any]:
        """Report usage, (time, quantity) each; what the bundle takes on goes into the journal."""
        now = self.clock.now()
        events = [Usage(f"use-{next(self._numbers):04d}", instance_id, Decimal(text), at, now) for at, text in used]
        answer = self.report(events)
        rejected = {entry["id"] for entry in answer["rejected"]}
        self.journal += [event for event in events if event.id not in rejected]
        return answer

    def report(self, events: list[Usage]) -> dict[str, Any]:
        """POST /seller/usage; repeating a report is harmless."""
        return self.call("POST", "/seller/usage", {"events": [event.document() for event in events]})

    def call(self, method: str, path: str, document: Mapping[str, object] | None = None) -> dict[str, Any]:
        """One call of the seller interface; httpx.HTTPStatusError when it is refused."""
        headers = {"Authorization": f"Bearer {self.api_key}"}
        answer = httpx.request(method, self.bundle + path, headers=headers, json=document, timeout=30, trust_env=False)
        answer.raise_for_status()
        return cast("dict[str, Any]", answer.json())
