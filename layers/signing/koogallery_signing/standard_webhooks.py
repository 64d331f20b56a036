"""Signature of the events sent to the seller's product: Standard Webhooks, symmetric (``v1``).

Headers ``webhook-id``, ``webhook-timestamp``, ``webhook-signature``. The signature itself is made by the
``standardwebhooks`` package; this module fixes the inputs it would take too liberally.
Source: Standard Webhooks specification 1.0.
"""

from __future__ import annotations

import base64
import hmac
import re
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Final

from koogallery_signing.errors import Fault, MalformedKey, SignatureRejected, UnsignableContent

SECRET_PREFIX: Final = "whsec_"  # noqa: S105 - not a secret, its prefix
MIN_SECRET_BYTES: Final = 24
MAX_SECRET_BYTES: Final = 64
TOLERANCE_SECONDS: Final = 300
MAX_SIGNATURES: Final = 8

# The signed text is id.timestamp.body: a dot in the id would make it ambiguous.
_MESSAGE_ID = re.compile(r"[\x21-\x2d\x2f-\x7e]{1,128}")
_TIMESTAMP = re.compile(r"[1-9][0-9]{0,11}")


def check_secret(secret: str) -> None:
    """Raise MalformedKey unless the secret is ``whsec_`` and the base64 of 24 to 64 bytes."""
    try:
        if not secret.startswith(SECRET_PREFIX):
            raise ValueError("no prefix")
        length = len(base64.b64decode(secret[len(SECRET_PREFIX) :], validate=True))
    except ValueError as exc:
        raise MalformedKey("the webhook secret is not whsec_ followed by base64") from exc
    if not MIN_SECRET_BYTES <= length <= MAX_SECRET_BYTES:
        raise MalformedKey(f"the webhook secret must have {MIN_SECRET_BYTES} to {MAX_SECRET_BYTES} bytes")


def sign(secret: str, message_id: str, timestamp_seconds: int, body: bytes) -> dict[str, str]:
    """Return the three headers for exactly these body bytes (UTF-8).

    ``timestamp_seconds`` is the UNIX time of this attempt; ``message_id`` stays the same over all attempts.
    Raises MalformedKey, UnsignableContent.
    """
    if not _MESSAGE_ID.fullmatch(message_id) or not _TIMESTAMP.fullmatch(str(timestamp_seconds)):
        raise UnsignableContent("the message id or the timestamp has a form that cannot be signed")
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp_seconds),
        "webhook-signature": _signature(secret, message_id, timestamp_seconds, body),
    }


def verify(*, secret: str, headers: Mapping[str, str], body: bytes, now_seconds: int) -> None:
    """Check a received event as the seller's product does: five minutes both ways, any ``v1`` signature of the list.

    Raises SignatureRejected, MalformedKey.
    """
    received = {name.lower(): value for name, value in headers.items()}
    message_id, timestamp = received.get("webhook-id", ""), received.get("webhook-timestamp", "")
    if not message_id or not timestamp:
        raise SignatureRejected("webhook-id or webhook-timestamp is missing", Fault.MISSING_PARAMETER)
    if not received.get("webhook-signature"):
        raise SignatureRejected("webhook-signature is missing", Fault.MISSING_SIGNATURE)
    if not _MESSAGE_ID.fullmatch(message_id) or not _TIMESTAMP.fullmatch(timestamp):
        raise SignatureRejected("webhook-id or webhook-timestamp is malformed", Fault.MALFORMED_PARAMETER)
    if abs(now_seconds - int(timestamp)) > TOLERANCE_SECONDS:
        raise SignatureRejected("webhook-timestamp is more than five minutes away", Fault.OUTSIDE_WINDOW)
    try:
        expected = _signature(secret, message_id, int(timestamp), body)
    except UnsignableContent as exc:
        raise SignatureRejected("the event is not UTF-8", Fault.MALFORMED_BODY) from exc
    given = received["webhook-signature"].split(" ")[:MAX_SIGNATURES]
    if not any(hmac.compare_digest(expected.encode(), one.encode("utf-8", "replace")) for one in given):
        raise SignatureRejected("no webhook-signature fits", Fault.MISMATCH)


def _signature(secret: str, message_id: str, timestamp_seconds: int, body: bytes) -> str:
    from standardwebhooks import Webhook

    check_secret(secret)
    try:
        text = body.decode("utf-8")
        moment = datetime.fromtimestamp(timestamp_seconds, tz=timezone.utc)
    except (UnicodeDecodeError, ValueError, OverflowError) as exc:
        raise UnsignableContent("the body is not UTF-8 or the timestamp is out of range") from exc
    return Webhook(secret).sign(msg_id=message_id, timestamp=moment, data=text)
