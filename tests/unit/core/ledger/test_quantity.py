"""Quantities are exact."""

from __future__ import annotations

from decimal import Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from koogallery.ledger.quantity import MAX_PER_RECORD, add, parse_quantity, plain, split_sendable

MOST = "99999999." + "9" * 24
TAKEN = st.decimals(0, MOST, places=24)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("0", "0"),
        ("12.5", "12.5"),
        ("12.50", "12.5"),
        ("00000012", "12"),
        (MOST, MOST),
        ("0.30000000000000004", "0.30000000000000004"),
        (7, "7"),
        (0, "0"),
        (Decimal("1.10"), "1.1"),
        (Decimal("1E+3"), "1000"),
        (Decimal("1E-24"), "0.000000000000000000000001"),
    ],
)
def test_a_decimal_text_or_an_exact_number_is_read(value: object, text: str) -> None:
    assert plain(parse_quantity(value)) == text


@pytest.mark.parametrize(
    "value",
    [
        *(
            "",
            " ",
            "-1",
            "+1",
            "-0",
            "1.",
            ".1",
            "1e3",
            "1E-3",
            "1,5",
            "0x1",
            "1_0",
            " 1",
            "1\n",
            "٣",
            "NaN",
            "Infinity",
        ),
        *("123456789", "1.1234567890123456789012345", "1.0000000000000000000000000"),
        *(None, True, False, 1.5, [], {}, b"1", -1, 100_000_000),
        *(Decimal("NaN"), Decimal("Infinity"), Decimal("-1"), Decimal("1E+30"), Decimal("1E-25"), Decimal("1E+999999")),
    ],
)
def test_everything_else_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="quantity must be"):
        parse_quantity(value)


@given(st.lists(TAKEN, max_size=30))
def test_sums_are_exact_whatever_the_context_of_the_caller(quantities: list[Decimal]) -> None:
    with localcontext() as context:
        context.prec = 3
        total = add(*quantities)
    assert Fraction(total) == sum(map(Fraction, quantities), Fraction(0))


@given(TAKEN | st.decimals(0, 10**12, places=6))
def test_what_is_sent_and_what_is_carried_are_the_whole(quantity: Decimal) -> None:
    parts, rest = split_sendable(quantity)
    assert Fraction(rest) + sum(map(Fraction, parts), Fraction(0)) == Fraction(quantity)
    assert 0 <= rest < Decimal("0.0001")
    assert all(0 < part <= MAX_PER_RECORD for part in parts)
    assert all(len(plain(part).partition(".")[2]) <= 4 for part in parts)


@pytest.mark.parametrize(
    ("quantity", "parts", "rest"),
    [
        ("0", [], "0"),
        ("0.00009", [], "0.00009"),
        ("0.0001", ["0.0001"], "0"),
        ("99999999.9999", ["99999999.9999"], "0"),
        ("100000000", ["99999999.9999", "0.0001"], "0"),
        ("200000000.00005", ["99999999.9999", "99999999.9999", "0.0002"], "0.00005"),
    ],
)
def test_large_amounts_are_parted_and_small_ones_carried(quantity: str, parts: list[str], rest: str) -> None:
    found, carried = split_sendable(Decimal(quantity))
    assert ([plain(part) for part in found], plain(carried)) == (parts, rest)


@given(TAKEN)
def test_the_text_of_a_quantity_reads_back(quantity: Decimal) -> None:
    text = plain(quantity)
    assert parse_quantity(text) == quantity
    assert "E" not in text
    assert not text.endswith(".")
