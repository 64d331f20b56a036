"""Signature of the joint operation kit 2.0: headers ``x-sign``, ``x-timestamp``, ``x-nonce``.

::

    x-sign = hex(HMAC-SHA256(accessKey, accessKey + nonce + timestamp + payload))

The payload itself is signed, not its MAC: the one difference to ``body_signature``.
Source: SaaS guide V2.0, "HTTP body signature", joint operation part.
"""

from __future__ import annotations

import hashlib
import hmac

from koogallery_signing.canonical_json import JsonObject
from koogallery_signing.keyring import Keyring
from koogallery_signing.signed_request import Verified, check_parameters, match

__all__ = ["Verified", "sign", "verify"]


def sign(access_key: str, nonce: str, timestamp: str, payload: bytes) -> str:
    """Return the signature as lower-case hex; ``timestamp`` and ``nonce`` are the texts on the wire."""
    canonical_request = (access_key + nonce + timestamp).encode("utf-8") + payload
    return hmac.new(access_key.encode("utf-8"), canonical_request, hashlib.sha256).hexdigest()


def verify(  # noqa: PLR0913 - the parameters are those of the wire
    *,
    keyring: Keyring,
    signature: str | None,
    timestamp: str | None,
    nonce: str | None,
    raw_body: bytes,
    parsed_body: JsonObject,
    now_ms: int,
) -> Verified:
    """Check a kit call; same rules and same result as ``body_signature.verify``. Raises SignatureRejected."""
    parameters = check_parameters(signature=signature, timestamp=timestamp, nonce=nonce, now_ms=now_ms)
    return match(sign, keyring=keyring, parameters=parameters, raw_body=raw_body, parsed_body=parsed_body)
