"""A seller's product that is sold in every way: it also makes licences, and lets people of enterprises in."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import Any

import httpx

from koogallery_simulator import Reply, Request
from koogallery_simulator.http_messages import json_reply
from story.product import Product

SIGNED_IN_PATH = "/signed-in"
LICENSE_FILE = "desk-tool.lic"


@dataclass
class WholeProduct(Product):
    """``sessions``: who was let in, as the bundle said it."""

    sessions: list[dict[str, Any]] = field(default_factory=list)

    def handle(self, request: Request) -> Reply:
        """The webhook, and the page that signed-in browsers come to."""
        return self._welcome(request) if request.path == SIGNED_IN_PATH else super().handle(request)

    def _welcome(self, request: Request) -> Reply:
        """Exchange the code of the hand-over for a session: POST /seller/sessions."""
        code = dict(request.query).get("code")
        if not code:
            return Reply(200, b"signed out", "text/plain")
        try:
            session = self.call("POST", "/seller/sessions", {"code": code})
        except httpx.HTTPStatusError as exc:
            return json_reply(403, {"error": f"status {exc.response.status_code}"})
        self.sessions.append(session)
        return Reply(200, f"welcome {session['user']['user_name']}".encode(), "text/plain")

    def answer(self, event: dict[str, Any]) -> dict[str, Any]:
        """Licences are made at once: as a text for an order, as a file for a device."""
        data = event["data"]
        if event["type"] != "license.requested":
            return super().answer(event)
        if "license_id" not in data:
            return {"license": f"DESK-{data['identification_code']}-{data['instance_id'][:8]}"}
        content = f"licence of {data['instance_id']} for {data['device_fingerprint']}\n"
        return {"file_name": LICENSE_FILE, "content_base64": base64.b64encode(content.encode()).decode()}
