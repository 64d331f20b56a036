"""Signed callbacks as APIG events, and the settings they are verified with."""

from __future__ import annotations

import base64
import json
import secrets
import time
import uuid
from typing import Any

from koogallery_signing import body_signature

KEY = "bench-key-of-the-basic-interface"
CALLBACKS = {
    "new_instance": "newInstance",
    "query_instance": "queryInstance",
    "refresh_instance": "refreshInstance",
    "update_instance_status": "updateInstanceStatus",
    "release_instance": "releaseInstance",
    "upgrade_instance": "upgradeInstance",
}
"""Callback function → the activity it is measured with."""


def settings() -> dict[str, str]:
    """Settings of a callback function; the caller adds STATE_URL."""
    return {
        "MARKETPLACE_ACCESS_KEYS": KEY,
        "MARKETPLACE_ENDPOINT": "http://127.0.0.1:9",
        "STATE_ENCRYPTION_KEY": base64.b64encode(bytes(range(32))).decode(),
    }


def members(activity: str, instance_id: str = "") -> dict[str, str]:
    """A complete message of an activity, for an order of its own."""
    order = "CS" + secrets.token_hex(8)
    body = {"activity": activity, "orderId": order, "orderLineId": f"{order}-000001"}
    if activity == "newInstance":
        return {**body, "businessId": str(uuid.uuid4())}
    extra = {"instanceId": instance_id or str(uuid.uuid4())}
    if activity == "refreshInstance":
        extra |= {"scene": "RENEWAL", "expireTime": "20300101000000"}
    if activity == "updateInstanceStatus":
        extra |= {"status": "FREEZE"}
    return {**body, **extra}


def callback_event(activity: str, instance_id: str = "") -> tuple[dict[str, Any], dict[str, str]]:
    """(APIG event signed now, settings)."""
    return signed_event(members(activity, instance_id)), settings()


def signed_event(body_members: dict[str, str]) -> dict[str, Any]:
    """An APIG event, signed now."""
    body = json.dumps(dict(sorted(body_members.items())), separators=(",", ":")).encode()
    nonce, stamp = secrets.token_hex(16).upper(), str(int(time.time() * 1000))
    return {
        "body": base64.b64encode(body).decode(),
        "isBase64Encoded": True,
        "httpMethod": "POST",
        "path": "/saas",
        "pathParameters": {},
        "queryStringParameters": {
            "signature": body_signature.sign(KEY, nonce, stamp, body).upper(),
            "timestamp": stamp,
            "nonce": nonce,
        },
        "headers": {"content-type": "application/json;charset=utf8"},
        "requestContext": {"requestId": secrets.token_hex(8), "stage": "RELEASE"},
    }
