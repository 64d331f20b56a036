"""Reads answers of the open APIs: bounded JSON in, members or a typed error out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import NoReturn

from koogallery.http import HttpError, HttpResponse, HttpResponseTooLarge, HttpUnreachable
from koogallery.marketplace.codes import Verdict, normalise, verdict
from koogallery.marketplace.errors import (
    AnswerFacts,
    MarketplaceAnswerUnreadable,
    MarketplaceError,
    MarketplaceRefused,
    MarketplaceThrottled,
    MarketplaceUnauthorized,
    MarketplaceUnavailable,
)

MAX_MESSAGE = 255
MAX_REQUEST_ID = 128
MAX_DIGITS = 64
MAX_EXPONENT = 308
_CODE_MEMBERS = ("error_code", "resultCode")
_MESSAGE_MEMBERS = ("error_msg", "resultMsg")
_ERRORS: Mapping[Verdict, tuple[type[MarketplaceError], bool]] = {
    Verdict.FAILED_INSIDE: (MarketplaceUnavailable, True),
    Verdict.NOT_SERVED: (MarketplaceUnavailable, False),
    Verdict.THROTTLED: (MarketplaceThrottled, False),
    Verdict.REFUSED: (MarketplaceRefused, False),
    Verdict.UNAUTHORIZED: (MarketplaceUnauthorized, False),
    Verdict.UNREADABLE: (MarketplaceAnswerUnreadable, True),
}


@dataclass(frozen=True)
class Answer:
    """A successful answer: its members and what is known of it."""

    operation: str
    facts: AnswerFacts
    members: dict[str, object] = field(repr=False)

    def unreadable(self, problem: str) -> MarketplaceAnswerUnreadable:
        """The error for a success that lacks what it must hold."""
        return MarketplaceAnswerUnreadable(self.operation, self.facts, fate_unknown=True, kind=problem)


def read_answer(operation: str, response: HttpResponse) -> Answer:
    """The members of a successful answer; raises a ``MarketplaceError`` for every other one."""
    members = read_object(response.body) or {}
    code = next((found for name in _CODE_MEMBERS if (found := normalise(members.get(name)))), None)
    facts = AnswerFacts(code or "", response.status, _request_id(response, members), _message(members))
    taken = verdict(code, response.status)
    if taken is Verdict.ACCEPTED:
        return Answer(operation, facts, members)
    kind, fate_unknown = _ERRORS[taken]
    raise kind(operation, facts, fate_unknown=fate_unknown)


def no_answer(operation: str, failure: HttpError) -> NoReturn:
    """Raise the marketplace error for a failed exchange."""
    if isinstance(failure, HttpResponseTooLarge):
        facts = AnswerFacts(http_status=failure.status, request_id=_printable(failure.headers.get("x-request-id", "")))
        raise MarketplaceAnswerUnreadable(operation, facts, fate_unknown=True, kind="too large") from failure
    fate_unknown = not isinstance(failure, HttpUnreachable)
    raise MarketplaceUnavailable(
        operation, fate_unknown=fate_unknown, kind=f"{failure.code} {failure.kind}"
    ) from failure


def read_object(body: bytes) -> dict[str, object] | None:
    """A JSON object with exact numbers (int, Decimal); None for anything else."""
    try:
        value = json.loads(body, parse_int=_exact_int, parse_float=_exact_decimal, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _exact_int(text: str) -> int:
    if len(text) > MAX_DIGITS:
        raise ValueError("number too long")
    return int(text)


def _exact_decimal(text: str) -> Decimal:
    if len(text) > MAX_DIGITS:
        raise ValueError("number too long")
    try:
        number = Decimal(text)
    except InvalidOperation as exc:
        raise ValueError("number out of range") from exc
    # Written out, a huge exponent would fill the memory.
    if abs(number.adjusted()) > MAX_EXPONENT:
        raise ValueError("number out of range")
    return number


def _no_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is not JSON")


def _request_id(response: HttpResponse, members: Mapping[str, object]) -> str:
    found = response.headers.get("x-request-id") or members.get("request_id")
    return _printable(found) if isinstance(found, str) else ""


def _message(members: Mapping[str, object]) -> str:
    found = next((text for name in _MESSAGE_MEMBERS if isinstance(text := members.get(name), str)), "")
    return found[:MAX_MESSAGE]


def _printable(text: str) -> str:
    return "".join(char for char in text if char.isascii() and char.isprintable())[:MAX_REQUEST_ID]
