"""What both 2.0 callback schemes share: the checks before the signature, and the search for the key that fits.

Source: SaaS guide V2.0, HTTP body signature and requirements. The two-sided window, the limits of the parameters and
the acceptance of the raw body bytes are inferred; they stand here and nowhere else.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable
from typing import Final, Literal, NamedTuple, TypeAlias

from koogallery_signing.canonical_json import JsonObject, canonical_form
from koogallery_signing.errors import Fault, SignatureRejected
from koogallery_signing.keyring import Keyring

WINDOW_MS: Final = 60_000
MAX_NONCE_LENGTH: Final = 128
# No call can have been captured before this bundle existed: 2025-01-01T00:00:00Z.
EARLIEST_CAPTURE_MS: Final = 1_735_689_600_000

Form: TypeAlias = Literal["canonical", "raw"]
Formula: TypeAlias = Callable[[str, str, str, bytes], str]
"""(access key, nonce, timestamp, payload) → lower-case hex signature."""

_NONCE = re.compile(rf"[\x21-\x7e]{{1,{MAX_NONCE_LENGTH}}}")
_SIGNATURE = re.compile(r"[0-9A-Fa-f]{64}")
_SECONDS = re.compile(r"[1-9][0-9]{9,10}")
_MILLISECONDS = re.compile(r"[1-9][0-9]{11,13}")
_SECONDS_DIGITS: Final = 10
_THREE_DIGITS_AT_END = re.compile(r"[1-9][0-9]{2}\Z")


class Verified(NamedTuple):
    """A request whose signature holds.

    ``form`` says which bytes were signed, ``key_index`` which key of the ring fitted (0 = current), ``timestamp_ms``
    when the caller signed, in UNIX milliseconds.
    """

    form: Form
    key_index: int
    timestamp_ms: int


class SignatureParameters(NamedTuple):
    """The three parameters of a 2.0 callback, well-formed and inside the window."""

    signature: str
    timestamp: str
    nonce: str
    timestamp_ms: int


def check_parameters(
    *, signature: str | None, timestamp: str | None, nonce: str | None, now_ms: int
) -> SignatureParameters:
    """Check presence, form and time window; the texts are kept as received, for they are what is signed.

    Raises SignatureRejected: timestamp and nonce first, then the signature, then the window.
    """
    if not timestamp:
        raise SignatureRejected("the timestamp is missing", Fault.MISSING_PARAMETER)
    if not nonce:
        raise SignatureRejected("the nonce is missing", Fault.MISSING_PARAMETER)
    timestamp_ms = _milliseconds(timestamp)
    if not _NONCE.fullmatch(nonce):
        raise SignatureRejected("the nonce is not 1 to 128 printable characters", Fault.MALFORMED_PARAMETER)
    if not signature:
        raise SignatureRejected("the signature is missing", Fault.MISSING_SIGNATURE)
    if not _SIGNATURE.fullmatch(signature):
        raise SignatureRejected("the signature is not 64 hex digits", Fault.MISMATCH)
    _check_window(timestamp, timestamp_ms, nonce, now_ms)
    return SignatureParameters(signature.lower(), timestamp, nonce, timestamp_ms)


def match(
    formula: Formula, *, keyring: Keyring, parameters: SignatureParameters, raw_body: bytes, parsed_body: JsonObject
) -> Verified:
    """Find the form and the key that give the received signature; the canonical form is tried first.

    Raises SignatureRejected (MISMATCH).
    """
    canonical = canonical_form(parsed_body)
    forms: list[tuple[Form, bytes]] = [("canonical", canonical)]
    if raw_body != canonical:
        forms.append(("raw", raw_body))
    for form, payload in forms:
        for index, access_key in enumerate(keyring):
            expected = formula(access_key, parameters.nonce, parameters.timestamp, payload)
            if hmac.compare_digest(expected, parameters.signature):
                return Verified(form, index, parameters.timestamp_ms)
    raise SignatureRejected(f"no signature of {len(keyring)} keys equals the received one", Fault.MISMATCH)


def _milliseconds(timestamp: str) -> int:
    # int() would also take other scripts' digits, blanks and underscores.
    if _MILLISECONDS.fullmatch(timestamp):
        return int(timestamp)
    if _SECONDS.fullmatch(timestamp):
        return int(timestamp) * 1000
    raise SignatureRejected("the timestamp is not 10 to 14 digits", Fault.MALFORMED_PARAMETER)


def _check_window(timestamp: str, timestamp_ms: int, nonce: str, now_ms: int) -> None:
    # Both directions: nonce and timestamp are joined without separator, so a digit moved from one to the other
    # would otherwise carry a captured call into a "future" that is never too old.
    if abs(now_ms - timestamp_ms) > WINDOW_MS:
        raise SignatureRejected("the timestamp is more than 60 s away from now", Fault.OUTSIDE_WINDOW)
    if _may_be_cut_milliseconds(timestamp, nonce, now_ms):
        raise SignatureRejected("a timestamp in seconds may be the end of older milliseconds", Fault.OUTSIDE_WINDOW)


def _may_be_cut_milliseconds(timestamp: str, nonce: str, now_ms: int) -> bool:
    # The same trick across units: the last ten digits of a captured 13-digit timestamp can be the present time in
    # seconds, its first three digits then stand at the end of the nonce.
    moved = _THREE_DIGITS_AT_END.search(nonce)
    if moved is None or len(timestamp) != _SECONDS_DIGITS:
        return False
    return EARLIEST_CAPTURE_MS <= int(moved[0] + timestamp) <= now_ms
