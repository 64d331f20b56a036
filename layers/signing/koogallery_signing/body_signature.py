"""HTTP body signature 2.0: the callbacks of SaaS V2.0, licence codes and orderNotify.

::

    payloadMac = hex(HMAC-SHA256(accessKey, payload))
    signature  = hex(HMAC-SHA256(accessKey, accessKey + nonce + timestamp + payloadMac))

Source: SaaS guide V2.0, "HTTP body signature" (the licence twin of the page prints the key of the inner HMAC).
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
    key = access_key.encode("utf-8")
    payload_mac = hmac.new(key, payload, hashlib.sha256).hexdigest()
    canonical_request = access_key + nonce + timestamp + payload_mac
    return hmac.new(key, canonical_request.encode("utf-8"), hashlib.sha256).hexdigest()


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
    """Check a callback: parameters, window of 60 s both ways, then the canonical form and the raw bytes, every key.

    ``parsed_body`` is what ``canonical_json.parse_object(raw_body)`` gave: dispatch with it and nothing else.
    ``now_ms`` is the present time in UNIX milliseconds. Raises SignatureRejected.
    """
    parameters = check_parameters(signature=signature, timestamp=timestamp, nonce=nonce, now_ms=now_ms)
    return match(sign, keyring=keyring, parameters=parameters, raw_body=raw_body, parsed_body=parsed_body)
