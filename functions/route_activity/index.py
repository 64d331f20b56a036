"""Custom authorizer of the production address: tells the gateway which activity a callback names.

It decides nothing about trust: it allows every call, and the function behind verifies the signature. A body
it cannot read goes to the default backend with an empty activity and is answered there.
Standard library only, since it starts in front of every callback (APIG user guide, "Creating a custom authorizer").
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from typing import Any

MAX_BODY_CHARACTERS = 2 * 1024 * 1024
_ACTIVITY = re.compile(r"[A-Za-z]{1,64}")


def handler(event: Any, context: object) -> dict[str, Any]:
    """``{"statusCode": 200, "body": <text>}`` with status allow and the activity, empty when there is none."""
    decision = {"status": "allow", "context": {"activity": _activity(event)}}
    return {"statusCode": 200, "body": json.dumps(decision)}


def _activity(event: Any) -> str:
    body = event.get("body") if isinstance(event, dict) else None
    if not isinstance(body, (str, bytes)) or len(body) > MAX_BODY_CHARACTERS:
        return ""
    flag = event.get("isBase64Encoded")
    # The gateway documents the flag for functions, not for authorizers: without it, both forms are tried.
    forms = [_decoded(body)] if flag is True else [body] if flag is False else [body, _decoded(body)]
    return next((found for form in forms if (found := _named(form))), "")


def _decoded(body: str | bytes) -> bytes:
    try:
        return base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError):
        return b""


def _named(body: str | bytes) -> str:
    try:
        message = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    activity = message.get("activity") if isinstance(message, dict) else None
    return activity if isinstance(activity, str) and _ACTIVITY.fullmatch(activity) else ""
