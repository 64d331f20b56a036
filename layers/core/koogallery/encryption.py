"""Encrypts what must not lie in the state in the clear: access data, client secrets, personal data.

AES-256-GCM; the text carries a key id so that an earlier key still opens what it sealed.
``cryptography`` is imported at the first use: most callbacks never need it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os

from koogallery.errors import PermanentError, SettingsError

_KEY_BYTES = 32
_NONCE_BYTES = 12


class Unreadable(PermanentError):
    """A sealed text was damaged or sealed with a key that is no longer configured."""

    code = "sealed_text_unreadable"


class Sealer:
    """Seals and opens. ``setting`` is ``STATE_ENCRYPTION_KEY``: base64 of 32 bytes, current first."""

    def __init__(self, setting: str) -> None:
        self._keys = [self._decode(part.strip()) for part in setting.split(",") if part.strip()]
        if not self._keys:
            raise SettingsError("STATE_ENCRYPTION_KEY", "is empty")

    def seal(self, text: str, purpose: str) -> str:
        """Encrypt; ``purpose`` must be given again to open."""
        return self.seal_bytes(text.encode(), purpose)

    def open(self, sealed: str, purpose: str) -> str:
        """Decrypt; raises ``Unreadable``."""
        return self.open_bytes(sealed, purpose).decode()

    def seal_bytes(self, content: bytes, purpose: str) -> str:
        """``seal`` for content that is no text."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        key, nonce = self._keys[0], os.urandom(_NONCE_BYTES)
        sealed = AESGCM(key).encrypt(nonce, content, purpose.encode())
        return f"{_key_id(key)}.{base64.b64encode(nonce + sealed).decode()}"

    def open_bytes(self, sealed: str, purpose: str) -> bytes:
        """``open`` for content that is no text."""
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        key_id, _, text = sealed.partition(".")
        for key in self._keys:
            if _key_id(key) != key_id:
                continue
            try:
                raw = base64.b64decode(text, validate=True)
                return AESGCM(key).decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], purpose.encode())
            except (InvalidTag, ValueError) as error:
                raise Unreadable("sealed text is damaged") from error
        raise Unreadable("sealed with a key that is not configured")

    @staticmethod
    def _decode(text: str) -> bytes:
        try:
            key = base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError) as error:
            raise SettingsError("STATE_ENCRYPTION_KEY", "is not base64") from error
        if len(key) != _KEY_BYTES:
            raise SettingsError("STATE_ENCRYPTION_KEY", "is not base64 of 32 bytes")
        return key


def _key_id(key: bytes) -> str:
    return hashlib.sha256(b"key id" + key).hexdigest()[:8]
