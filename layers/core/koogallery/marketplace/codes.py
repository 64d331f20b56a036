"""What the marketplace's codes mean for the caller.

The code decides. The HTTP status does not: the open APIs answer client faults with 500 (``MKT.0100``,
``MKT.9001``-``MKT.9004``) and failures with 200. It is looked at only where a code is unknown, missing, or used at
several statuses (``APIGW.0201``, ``92020001``). Sources: error code pages of the order query, the usage push, the
authorization codes and the upload; gateway error codes.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Mapping
from http import HTTPStatus

SUCCESS = frozenset({"MKT.0000", "92020000"})
_FAMILIES = ("9406", "9202", "9138")
"""Code families whose further members are judged by the HTTP status."""
_FORM = re.compile(r"[A-Z0-9._-]{1,64}")


class Verdict(enum.Enum):
    """How an answer is to be taken."""

    ACCEPTED = "accepted"
    FAILED_INSIDE = "failed inside"
    """Retry; it may have been processed."""
    NOT_SERVED = "not served"
    """Retry; the gateway did not hand it on."""
    THROTTLED = "throttled"
    REFUSED = "refused"
    UNAUTHORIZED = "unauthorized"
    UNREADABLE = "unreadable"
    """Retry; it may have been processed."""


_VERDICTS: Mapping[str, Verdict] = {
    "MKT.0999": Verdict.FAILED_INSIDE,
    "94060001": Verdict.FAILED_INSIDE,
    "MKT.0250": Verdict.THROTTLED,
    "APIGW.0308": Verdict.THROTTLED,
    "MKT.0100": Verdict.REFUSED,
    "MKT.0101": Verdict.REFUSED,
    "MKT.0199": Verdict.REFUSED,
    "MKT.9001": Verdict.REFUSED,
    "MKT.9002": Verdict.REFUSED,
    "MKT.9003": Verdict.REFUSED,
    "MKT.9004": Verdict.REFUSED,
    "MKT.9005": Verdict.REFUSED,
    "MKT.0102": Verdict.UNAUTHORIZED,
    "MKT.0150": Verdict.UNAUTHORIZED,
    "MKT.0151": Verdict.UNAUTHORIZED,
    "MKT.0154": Verdict.UNAUTHORIZED,
    "94060002": Verdict.UNAUTHORIZED,
    "92020002": Verdict.REFUSED,
    "92020003": Verdict.REFUSED,
    "92020004": Verdict.REFUSED,
    "92020005": Verdict.REFUSED,
    "92020011": Verdict.REFUSED,
    "92020020": Verdict.REFUSED,
    "95000001": Verdict.REFUSED,
    "95000002": Verdict.REFUSED,
    "95000003": Verdict.REFUSED,
    "95000004": Verdict.REFUSED,
    "91381033": Verdict.REFUSED,
    "91381034": Verdict.REFUSED,
    "91381035": Verdict.REFUSED,
    "91381036": Verdict.FAILED_INSIDE,
    "91381037": Verdict.REFUSED,
    "91381038": Verdict.REFUSED,
    "91380150": Verdict.UNAUTHORIZED,
    "APIGW.0301": Verdict.UNAUTHORIZED,
    "APIGW.0303": Verdict.UNAUTHORIZED,
    "APIGW.0101": Verdict.NOT_SERVED,
    "APIGW.0103": Verdict.NOT_SERVED,
    "APIGW.0104": Verdict.NOT_SERVED,
    "APIGW.0105": Verdict.NOT_SERVED,
    "APIGW.0106": Verdict.NOT_SERVED,
}
_BY_STATUS: Mapping[int, Verdict] = {
    HTTPStatus.UNAUTHORIZED: Verdict.UNAUTHORIZED,
    HTTPStatus.FORBIDDEN: Verdict.UNAUTHORIZED,
    HTTPStatus.TOO_MANY_REQUESTS: Verdict.THROTTLED,
    HTTPStatus.BAD_GATEWAY: Verdict.FAILED_INSIDE,
    HTTPStatus.SERVICE_UNAVAILABLE: Verdict.FAILED_INSIDE,
    HTTPStatus.GATEWAY_TIMEOUT: Verdict.FAILED_INSIDE,
}


def normalise(code: object) -> str | None:
    """A code in one spelling: blanks removed, upper case, ``CBC.`` as ``MKT.``, ``APIG.`` as ``APIGW.``.

    None for anything that cannot be a code. Pages print ``MKT. 0250``, older editions ``CBC.0250``.
    """
    if isinstance(code, bool) or not isinstance(code, (str, int)):
        return None
    text = "".join(str(code).split()).upper()
    if not _FORM.fullmatch(text):
        return None
    for other, one in (("CBC.", "MKT."), ("APIG.", "APIGW.")):
        if text.startswith(other):
            return one + text[len(other) :]
    return text


def verdict(code: str | None, http_status: int) -> Verdict:
    """Classify an answer by its normalised code."""
    if code in SUCCESS:
        answered_well = HTTPStatus.OK <= http_status < HTTPStatus.MULTIPLE_CHOICES
        return Verdict.ACCEPTED if answered_well else Verdict.UNREADABLE
    known = _VERDICTS.get(code or "")
    if known is not None:
        return known
    if code == "APIGW.0201":
        return Verdict.FAILED_INSIDE if http_status == HTTPStatus.GATEWAY_TIMEOUT else Verdict.REFUSED
    if code == "92020001":
        return Verdict.UNAUTHORIZED if http_status == HTTPStatus.FORBIDDEN else Verdict.FAILED_INSIDE
    return _BY_STATUS.get(http_status) or _unknown(code, http_status)


def _unknown(code: str | None, http_status: int) -> Verdict:
    """No code that is documented, no status that speaks for itself."""
    failed_inside = http_status >= HTTPStatus.INTERNAL_SERVER_ERROR
    if code is None:
        return Verdict.FAILED_INSIDE if failed_inside else Verdict.UNREADABLE
    if http_status < HTTPStatus.BAD_REQUEST:
        return Verdict.UNREADABLE
    if code.startswith("APIGW."):
        return Verdict.NOT_SERVED
    if code.startswith(_FAMILIES) and failed_inside:
        return Verdict.FAILED_INSIDE
    return Verdict.REFUSED
