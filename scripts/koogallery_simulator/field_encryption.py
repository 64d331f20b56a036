"""Encryption of userName, password, mobilePhone and email (SaaS guide V1.0), with Java's SHA1PRNG key derivation."""

from __future__ import annotations

import base64
import binascii
import functools
import hashlib
import re
import secrets
import string

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

from koogallery_simulator.errors import PermanentError

KEY_BYTES = {"1": 32, "2": 16}
IV_CHARACTERS = 16
_ALPHABET = string.digits + string.ascii_letters
_VALUE = re.compile(rf"[0-9A-Za-z]{{{IV_CHARACTERS}}}[A-Za-z0-9+/]+={{0,2}}")
_BLOCK_BITS = 128


class NotDecryptable(PermanentError):
    """The text is none that was encrypted with this key and size."""

    code = "not_decryptable"


@functools.lru_cache(maxsize=64)
def sha1prng(seed: bytes, count: int) -> bytes:
    """The first bytes of Java's ``SecureRandom("SHA1PRNG")`` whose only seed is ``seed``."""
    state = bytearray(hashlib.sha1(seed, usedforsecurity=False).digest())
    made = b""
    while len(made) < count:
        output = hashlib.sha1(bytes(state), usedforsecurity=False).digest()
        made += output
        state = _next_state(state, output)
    return made[:count]


def _next_state(state: bytearray, output: bytes) -> bytearray:
    """Byte-wise signed addition with carry, the lowest index first."""
    carry, new = 1, bytearray(len(state))
    for index, (old, out) in enumerate(zip(state, output, strict=True)):
        total = _signed(old) + _signed(out) + carry
        new[index], carry = total & 0xFF, total >> 8
    if new == state:
        new[0] = (new[0] + 1) & 0xFF
    return new


def _signed(byte: int) -> int:
    """As Java sees a byte."""
    return byte - 256 if byte > 127 else byte


def field_key(key: str, encrypt_type: str) -> bytes:
    """AES key of a seller's key; encryptType 1 is AES-256, 2 is AES-128."""
    return sha1prng(key.encode("utf-8"), KEY_BYTES[encrypt_type])


def encrypt_field(key: str, encrypt_type: str, text: str, iv: str | None = None) -> str:
    """16 characters of IV followed by base64 of AES-CBC with PKCS5 padding."""
    iv = iv or "".join(secrets.choice(_ALPHABET) for _ in range(IV_CHARACTERS))
    padder = PKCS7(_BLOCK_BITS).padder()
    padded = padder.update(text.encode("utf-8")) + padder.finalize()
    encryptor = _cipher(key, encrypt_type, iv).encryptor()
    return iv + base64.b64encode(encryptor.update(padded) + encryptor.finalize()).decode("ascii")


def decrypt_field(key: str, encrypt_type: str, value: str) -> str:
    """The text; NotDecryptable for anything that was not made so."""
    if not _VALUE.fullmatch(value):
        raise NotDecryptable("not 16 letters or digits followed by base64")
    try:
        content = base64.b64decode(value[IV_CHARACTERS:], validate=True)
        decryptor = _cipher(key, encrypt_type, value[:IV_CHARACTERS]).decryptor()
        padded = decryptor.update(content) + decryptor.finalize()
        unpadder = PKCS7(_BLOCK_BITS).unpadder()
        return (unpadder.update(padded) + unpadder.finalize()).decode("utf-8")
    except (ValueError, binascii.Error) as exc:
        raise NotDecryptable(f"no text under encryptType {encrypt_type}") from exc


def _cipher(key: str, encrypt_type: str, iv: str) -> Cipher[modes.CBC]:
    return Cipher(algorithms.AES(field_key(key, encrypt_type)), modes.CBC(iv.encode("ascii")))
