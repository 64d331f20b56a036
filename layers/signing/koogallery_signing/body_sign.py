"""Answer header ``Body-Sign`` of the 1.0 interfaces.

::

    Body-Sign: sign_type="HMAC-SHA256", signature= "<base64(HMAC-SHA256(Key, body bytes))>"

Source: SaaS guide V1.0, "response signature" (the blank after ``signature=`` is printed there).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re

from koogallery_signing.errors import Fault, SignatureRejected

HEADER_NAME = "Body-Sign"
_FORM = 'sign_type="HMAC-SHA256", signature= "{signature}"'
_TOLERANT_FORM = re.compile(
    r'[ \t]*sign_type[ \t]*=[ \t]*"HMAC-SHA256"[ \t]*,[ \t]*signature[ \t]*=[ \t]*"([A-Za-z0-9+/]{43}=)"[ \t]*'
)
_MAX_HEADER_LENGTH = 256


def sign(key: str, body: bytes) -> str:
    """Return the header value for exactly these answer bytes; ``key`` is the Key alone, without a time stamp."""
    return _FORM.format(signature=_signature(key, body))


def parse(header_value: str) -> str:
    """Return the base64 signature of a header value; blanks around ``,`` and ``=`` do not matter.

    Raises SignatureRejected (MALFORMED_PARAMETER).
    """
    found = _TOLERANT_FORM.fullmatch(header_value) if len(header_value) <= _MAX_HEADER_LENGTH else None
    if found is None:
        raise SignatureRejected("the Body-Sign header has another form", Fault.MALFORMED_PARAMETER)
    return found[1]


def verify(*, key: str, body: bytes, header_value: str) -> None:
    """Check an answer as the marketplace does. Raises SignatureRejected."""
    if not hmac.compare_digest(parse(header_value), _signature(key, body)):
        raise SignatureRejected("the Body-Sign header does not fit the body", Fault.MISMATCH)


def _signature(key: str, body: bytes) -> str:
    return base64.b64encode(hmac.new(key.encode("utf-8"), body, hashlib.sha256).digest()).decode("ascii")
