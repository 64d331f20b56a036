"""Quantities: exact decimals, never float (open API guide, usage push: at most 8 integer digits, 4 places sent)."""

from __future__ import annotations

import re
from decimal import ROUND_DOWN, Context, Decimal, localcontext

PLACES = Decimal("0.0001")
MAX_PER_RECORD = Decimal("99999999.9999")
MAX_EVENT_PLACES = 24
"""Holds the shortest text of any double from 0.00000001 on: 0.1 + 0.2 is 0.30000000000000004 in most languages."""
_TEXT = re.compile(r"\d{1,8}(\.\d{1,24})?", re.ASCII)
_EXACT = Context(prec=60, rounding=ROUND_DOWN)
ZERO = Decimal(0)


def parse_quantity(value: object) -> Decimal:
    """Read a decimal text or an exactly read JSON number; raises ValueError saying what is wrong.

    Shape: 0 or more, at most 8 digits before and 24 after the point.
    """
    if isinstance(value, bool) or not isinstance(value, (str, int, Decimal)):
        raise ValueError('quantity must be a decimal text such as "12.5"')
    text = value if isinstance(value, str) else _plain_number(Decimal(value))
    if not _TEXT.fullmatch(text):
        raise ValueError("quantity must be 0 or more, with at most 8 digits before and 24 after the point")
    return Decimal(text)


def _plain_number(number: Decimal) -> str:
    if not number.is_finite() or abs(number.adjusted()) > 2 * MAX_EVENT_PLACES:
        return "out of range"
    return plain(number)


def plain(quantity: Decimal) -> str:
    """Decimal text without exponent and without trailing zeros: ``12.5``."""
    text = format(quantity, "f")
    return (text.rstrip("0").rstrip(".") or "0") if "." in text else text


def add(*quantities: Decimal) -> Decimal:
    """Exact sum, whatever the caller's decimal context."""
    with localcontext(_EXACT):
        return sum(quantities, ZERO)


def split_sendable(quantity: Decimal) -> tuple[list[Decimal], Decimal]:
    """What can be sent of a quantity, in parts of at most ``MAX_PER_RECORD``, and the remainder below 0.0001."""
    with localcontext(_EXACT):
        sendable = quantity.quantize(PLACES, rounding=ROUND_DOWN)
        remainder = quantity - sendable
        parts = []
        while sendable > MAX_PER_RECORD:
            parts.append(MAX_PER_RECORD)
            sendable -= MAX_PER_RECORD
    return ([*parts, sendable] if sendable > ZERO else parts), remainder
