"""How 2.0 callbacks travel: POST, JSON in canonical form, signature, timestamp and nonce in the query."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import urlencode

from koogallery_simulator.http_messages import OutgoingRequest
from koogallery_simulator.signatures import callback_payload, callback_signature
from koogallery_simulator.times import milliseconds


def signed_post(
    address: str, key: str, message: Mapping[str, object], now: datetime, charset: str = "utf8"
) -> OutgoingRequest:
    """One call, signed now with a fresh nonce."""
    payload = callback_payload(message)
    nonce, timestamp = secrets.token_hex(32).upper(), milliseconds(now)
    signature = callback_signature(key, nonce, timestamp, payload)
    query = urlencode({"signature": signature, "timestamp": timestamp, "nonce": nonce})
    headers = {"Accept": "application/json", "Content-Type": f"application/json;charset={charset}"}
    joint = "&" if "?" in address else "?"
    return OutgoingRequest("POST", f"{address}{joint}{query}", headers, payload.encode("utf-8"))
