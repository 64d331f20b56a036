"""Signatures of the 1.0 interfaces and of the joint kit, written from the guides with the standard library only."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence

# SaaS guide V1.0, HTTP body signature: both values in quotes; the pages print a blank behind ``signature=`` or none
_BODY_SIGN = re.compile(r'sign_type\s*=\s*"HMAC-SHA256"\s*,\s*signature\s*=\s*"([A-Za-z0-9+/]{43}=)"')


def _mac(key: str, content: bytes) -> bytes:
    return hmac.new(key.encode("utf-8"), content, hashlib.sha256).digest()


def _base64_mac(key: str, content: bytes) -> str:
    return base64.b64encode(_mac(key, content)).decode("ascii")


def token_text(pairs: Sequence[tuple[str, str]], *, skip_empty: bool = False) -> str:
    """Text an authToken is made of: decoded values, sorted by name, ``name=value`` joined by ``&``, the first of twins.

    GET keeps empty values, the kit's POST (``skip_empty``) leaves blank ones out.
    """
    first: dict[str, str] = {}
    for name, value in pairs:
        first.setdefault(name, value)
    names = sorted(first, key=lambda name: name.encode("utf-16-be"))
    return "&".join(f"{name}={first[name]}" for name in names if first[name].strip() or not skip_empty)


def body_pairs(message: Mapping[str, object]) -> list[tuple[str, str]]:
    """Top-level members of a kit body as text: strings as they are, whole numbers as plain decimals, nulls blank."""
    return [(name, "" if value is None else str(value)) for name, value in message.items()]


def auth_token(key: str, time_stamp: str, text: str) -> str:
    """SaaS guide V1.0, authToken: the secret is the key followed by the timeStamp."""
    return _base64_mac(key + time_stamp, text.encode("utf-8"))


def body_sign(key: str, body: bytes) -> str:
    """Signature of an answer: the key alone, over the exact bytes."""
    return _base64_mac(key, body)


def body_sign_problem(header: str | None, key: str, body: bytes) -> str | None:
    """What is wrong with the ``Body-Sign`` header of an answer; None when it fits."""
    if header is None:
        return "the answer has no Body-Sign header"
    found = _BODY_SIGN.fullmatch(header.strip())
    if found is None:
        return 'Body-Sign is not sign_type="HMAC-SHA256", signature= "…"'
    if not hmac.compare_digest(found[1], body_sign(key, body)):
        return "Body-Sign does not fit the bytes of the answer"
    return None


def kit_signature(access_key: str, nonce: str, timestamp: str, payload: str) -> str:
    """Joint-operation guide, ``x-sign``: over the payload itself; upper-case hex as the pages print it."""
    return _mac(access_key, (access_key + nonce + timestamp + payload).encode("utf-8")).hex().upper()
