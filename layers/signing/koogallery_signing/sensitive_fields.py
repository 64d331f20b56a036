"""Field encryption of the 1.0 interfaces: userName, password, mobilePhone, email.

A value is 16 plain characters (the IV) followed by the base64 of AES/CBC/PKCS5Padding. The AES key is not the Key but
the first bytes of Java's ``SecureRandom("SHA1PRNG")`` seeded with it.
Source: SaaS guide V1.0, "encryption of sensitive information" and its Java sample.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
import string
from typing import Final, Literal, TypeAlias

from koogallery_signing.errors import FieldTooLong, UndecryptableField, UnsignableContent

EncryptType: TypeAlias = Literal["1", "2"]
"""``"1"`` AES-256 (the default of the guide), ``"2"`` AES-128."""

KEY_BYTES: Final[dict[EncryptType, int]] = {"1": 32, "2": 16}
MAX_VALUE_LENGTH: Final = 128
"""Longest encrypted appInfo.userName and appInfo.password, IV included."""
MAX_TEXT_BYTES: Final = 79
"""Longest text of such a value, in UTF-8."""
MAX_RECEIVED_LENGTH: Final = 4096

_BLOCK: Final = 16
_IV_CHARACTERS: Final = string.ascii_letters + string.digits


def derive_key(key: str, length: int) -> bytes:
    """Return ``length`` bytes of Java's SHA1PRNG whose only seed is the UTF-8 text of ``key``."""
    state = hashlib.sha1(key.encode("utf-8"), usedforsecurity=False).digest()
    derived = b""
    while len(derived) < length:
        output = hashlib.sha1(state, usedforsecurity=False).digest()
        derived += output
        state = _next_state(state, output)
    return derived[:length]


def random_iv() -> str:
    """Return 16 random letters and digits."""
    return "".join(secrets.choice(_IV_CHARACTERS) for _ in range(_BLOCK))


def encrypt(key: str, plaintext: str, *, encrypt_type: EncryptType = "1", iv: str | None = None) -> str:
    """Return the wire value of a text for an answer; ``iv`` (16 ASCII characters) is drawn when it is not given.

    Raises FieldTooLong when the value would exceed 128 characters, UnsignableContent for a text or IV that has no
    bytes.
    """
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    iv = random_iv() if iv is None else iv
    try:
        vector, text = iv.encode("ascii"), plaintext.encode("utf-8")
    except UnicodeEncodeError as exc:
        raise UnsignableContent("the text or the IV cannot be encoded") from exc
    if len(vector) != _BLOCK:
        raise UnsignableContent(f"the IV must have {_BLOCK} characters")
    padding = _BLOCK - len(text) % _BLOCK
    encryptor = Cipher(algorithms.AES(derive_key(key, KEY_BYTES[encrypt_type])), modes.CBC(vector)).encryptor()
    ciphertext = encryptor.update(text + bytes([padding]) * padding) + encryptor.finalize()
    value = iv + base64.b64encode(ciphertext).decode("ascii")
    if len(value) > MAX_VALUE_LENGTH:
        raise FieldTooLong(f"the encrypted text has more than {MAX_VALUE_LENGTH} characters")
    return value


def decrypt(key: str, value: str, *, encrypt_type: EncryptType = "1") -> str:
    """Return the text of a received value; the configured key size is tried first, then the other.

    A blank inside the value is read as ``+``. Raises UndecryptableField: keep the raw value and go on, an order must
    not fail for it.
    """
    vector, ciphertext = _split(value)
    other: EncryptType = "2" if encrypt_type == "1" else "1"
    for size in (KEY_BYTES[encrypt_type], KEY_BYTES[other]):
        text = _decrypt(derive_key(key, size), vector, ciphertext)
        if text is not None:
            return text
    raise UndecryptableField("the value does not decrypt with either key size")


def _split(value: str) -> tuple[bytes, bytes]:
    if len(value) > MAX_RECEIVED_LENGTH:
        raise UndecryptableField("the value is too long")
    restored = value.replace(" ", "+")
    try:
        vector = restored[:_BLOCK].encode("ascii")
        ciphertext = base64.b64decode(restored[_BLOCK:], validate=True)
    except ValueError as exc:
        raise UndecryptableField("the value is not an IV followed by base64") from exc
    if len(vector) != _BLOCK or not ciphertext or len(ciphertext) % _BLOCK:
        raise UndecryptableField("the value is not an IV followed by whole blocks")
    return vector, ciphertext


def _decrypt(aes_key: bytes, vector: bytes, ciphertext: bytes) -> str | None:
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    decryptor = Cipher(algorithms.AES(aes_key), modes.CBC(vector)).decryptor()
    padded = decryptor.update(ciphertext) + decryptor.finalize()
    padding = padded[-1]
    if not 1 <= padding <= _BLOCK or padded[-padding:] != bytes([padding]) * padding:
        return None
    try:
        return padded[:-padding].decode("utf-8")
    except UnicodeDecodeError:
        return None


def _next_state(state: bytes, output: bytes) -> bytes:
    # sun.security.provider.SecureRandom.updateState: Java adds signed bytes, so the carry may be -1.
    updated = bytearray(state)
    carry = 1
    for index, (old, added) in enumerate(zip(state, output, strict=True)):
        total = _signed(old) + _signed(added) + carry
        updated[index] = total & 0xFF
        carry = total >> 8
    if updated == state:
        updated[0] = (updated[0] + 1) & 0xFF
    return bytes(updated)


def _signed(byte: int) -> int:
    return byte - 256 if byte > 127 else byte
