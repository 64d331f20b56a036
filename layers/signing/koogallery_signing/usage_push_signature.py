"""Header signature of the new usage push: ``signature``, ``ts``, ``nonce``.

::

    signature = base64(HMAC-SHA256(key, "ts={ts}&nonce={nonce}&body={body}"))

The key is the one bound to the basic interface. Source: open API "pushing usage data (new)".
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re

from koogallery_signing.errors import UnsignableContent

MAX_NONCE_LENGTH = 64
_NONCE = re.compile(rf"[\x21-\x7e]{{1,{MAX_NONCE_LENGTH}}}")


def sign(key: str, ts: int, nonce: str, body: bytes) -> dict[str, str]:
    """Return the headers to send with exactly these body bytes (made by ``canonical_json.sorted_compact``).

    ``ts`` is the time of this attempt in UNIX milliseconds, ``nonce`` 1 to 64 printable ASCII characters, new at every
    attempt. Raises UnsignableContent.
    """
    if ts <= 0 or not _NONCE.fullmatch(nonce):
        raise UnsignableContent("ts must be positive, the nonce 1 to 64 printable ASCII characters")
    message = f"ts={ts}&nonce={nonce}&body=".encode() + body
    digest = hmac.new(key.encode("utf-8"), message, hashlib.sha256).digest()
    signature = base64.b64encode(digest).decode("ascii")
    return {"Content-Type": "application/json", "ts": str(ts), "nonce": nonce, "signature": signature}
