"""AES-256-GCM for what must not lie in the table in the clear."""

from __future__ import annotations

import base64
import os
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES = 12
CIPHER = AESGCM(base64.b64decode(os.environ["STATE_ENCRYPTION_KEY"]))


def sealed(text: str, purpose: str) -> dict[str, Any]:
    """An encrypted attribute; ``purpose`` must be given again to open it."""
    nonce = os.urandom(NONCE_BYTES)
    return {"B": nonce + CIPHER.encrypt(nonce, text.encode(), purpose.encode())}


def opened(attribute: dict[str, Any], purpose: str) -> str:
    """What was sealed."""
    content = attribute["B"]
    return CIPHER.decrypt(content[:NONCE_BYTES], content[NONCE_BYTES:], purpose.encode()).decode()
