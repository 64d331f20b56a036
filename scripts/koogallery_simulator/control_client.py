"""Talks to the control API of a running simulator."""

from __future__ import annotations

import json
from collections.abc import Mapping

from koogallery_simulator.dialects.base import OutgoingRequest
from koogallery_simulator.errors import SimulatorRefused, SimulatorUnreachable
from koogallery_simulator.transport import NoAnswer, check_address, send_over_http

# A sale may try for long: every try may take the callback's full time limit
PATIENCE = 600.0


def call(simulator: str, method: str, name: str, document: Mapping[str, object] | None = None) -> object:
    """The parsed answer; SimulatorUnreachable or SimulatorRefused otherwise."""
    check_address(simulator)
    body = json.dumps(document or {}).encode("utf-8") if method == "POST" else b""
    url = f"{simulator.rstrip('/')}/simulator/{name}"
    try:
        answer = send_over_http(OutgoingRequest(method, url, {"Content-Type": "application/json"}, body), PATIENCE)
    except NoAnswer as exc:
        raise SimulatorUnreachable(
            f"nothing answers at {simulator} ({exc}); start it with: marketplace serve --env FILE"
        ) from exc
    try:
        found = json.loads(answer.body)
    except ValueError as exc:
        raise SimulatorRefused(f"what answers at {simulator} is no simulator") from exc
    if answer.status != 200:
        message = found.get("message") if isinstance(found, dict) else None
        raise SimulatorRefused(str(message or f"HTTP {answer.status} from {simulator}"))
    return found
