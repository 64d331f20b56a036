"""The marketplace's cryptography, written from the guides with the standard library only.

A second implementation on purpose: nothing here comes from the bundle's signing layer.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import urllib.parse
from collections.abc import Iterable, Mapping, Sequence

_ESCAPE = re.compile(r"\\(\\|u[0-9a-f]{4})")
_AUTHORIZATION = re.compile(r"SDK-HMAC-SHA256 Access=([^,\s]+), SignedHeaders=([^,\s]+), Signature=([0-9a-f]{64})")


def _hmac(key: str, text: str) -> bytes:
    return hmac.new(key.encode("utf-8"), text.encode("utf-8"), hashlib.sha256).digest()


def _compact(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


# ------------------------------------------------------------------------------- callbacks (SaaS 2.0, body signature)
def callback_payload(message: Mapping[str, object]) -> str:
    """Canonical JSON of a callback: top-level nulls dropped, sorted by UTF-16 unit, compact, non-ASCII raw."""
    kept = {name: value for name, value in message.items() if value is not None}
    text = _compact({name: kept[name] for name in sorted(kept, key=lambda name: name.encode("utf-16-be"))})
    return _ESCAPE.sub(lambda found: "\\" + found[1][0] + found[1][1:].upper(), text)


def callback_signature(access_key: str, nonce: str, timestamp: str, payload: str) -> str:
    """SaaS guide V2.0, HTTP body signature; upper-case hex as the current examples print it."""
    payload_mac = _hmac(access_key, payload).hex()
    return _hmac(access_key, access_key + nonce + timestamp + payload_mac).hex().upper()


# --------------------------------------------------------------------------------------------------------- usage push
def push_body(request: object) -> str:
    """Body text of a usage push: members ascending at every level, array order kept, compact, non-ASCII raw."""
    return _compact(_sorted(request))


def push_signature(key: str, ts: str, nonce: str, body: str) -> str:
    """Open API guide, usage push (new): base64 of the HMAC of ``ts=…&nonce=…&body=…``."""
    return base64.b64encode(_hmac(key, f"ts={ts}&nonce={nonce}&body={body}")).decode("ascii")


def push_signature_fits(keys: Iterable[str], headers: Mapping[str, str], bodies: Sequence[str]) -> bool:
    """Whether the ``signature`` header fits one of the keys and one of the body texts."""
    given = headers["signature"].encode("utf-8")
    fits = False
    for key in keys:
        for body in bodies:
            made = push_signature(key, headers["ts"], headers["nonce"], body).encode("ascii")
            fits |= hmac.compare_digest(made, given)
    return fits


def _sorted(value: object) -> object:
    if isinstance(value, dict):
        return {name: _sorted(value[name]) for name in sorted(value, key=lambda name: str(name).encode("utf-16-be"))}
    if isinstance(value, list):
        return [_sorted(item) for item in value]
    return value


# -------------------------------------------------------------------------------------------- AK/SK, SDK-HMAC-SHA256
def split_authorization(header: str) -> tuple[str, tuple[str, ...], str] | None:
    """Access key, signed header names and signature of an Authorization header, or None for another form."""
    found = _AUTHORIZATION.fullmatch(header.strip())
    return (found[1], tuple(found[2].split(";")), found[3]) if found else None


def aksk_canonical_request(
    method: str, path: str, query: Sequence[tuple[str, str]], signed: Mapping[str, str], body: bytes
) -> str:
    """API signing guide. ``path`` encoded or not, ``query`` decoded, ``signed`` = the signed headers (any case)."""
    headers = {name.lower(): value.strip() for name, value in signed.items()}
    encoded = "/".join(_encode(urllib.parse.unquote(part)) for part in path.split("/"))
    uri = encoded if encoded.endswith("/") else encoded + "/"
    text = "&".join(f"{_encode(name)}={_encode(value)}" for name, value in sorted(query))
    lines = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
    digest = headers.get("x-sdk-content-sha256") or hashlib.sha256(body).hexdigest()
    return "\n".join((method.upper(), uri, text, lines, ";".join(sorted(headers)), digest))


def aksk_signature(sk: str, date: str, canonical_request: str) -> str:
    """Lower-case hex over the string to sign."""
    digest = hashlib.sha256(canonical_request.encode("utf-8")).hexdigest()
    return _hmac(sk, f"SDK-HMAC-SHA256\n{date}\n{digest}").hex()


def _encode(text: str) -> str:
    return urllib.parse.quote(text, safe="")
