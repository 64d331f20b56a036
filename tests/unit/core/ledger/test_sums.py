"""Sums by package."""

from __future__ import annotations

from decimal import Decimal

import pytest

from koogallery.ledger.entries import OpenHour
from koogallery.ledger.meter import Meter
from koogallery.ledger.sums import add_to, read_used, summed
from tests.unit.core.ledger.tools import booked, event


def test_what_was_used_is_read_without_building_the_meter(monkeypatch: pytest.MonkeyPatch) -> None:
    meter = Meter("inst-1")
    booked(meter, event("a", "1.5"), event("b", "0.00001"), event("c", "2", package="p"))
    document = meter.to_document()

    def build(*_: object, **__: object) -> None:
        raise AssertionError("a part of the meter was built")

    monkeypatch.setattr(Meter, "__init__", build)
    monkeypatch.setattr(OpenHour, "__init__", build)
    assert read_used(document) == {"": Decimal("1.50001"), "p": Decimal(2)} == meter.used


def test_sums_are_exact_whatever_their_length() -> None:
    small, large = Decimal("0.000000000000000000000001"), Decimal("99999999")
    sums = summed([("p", small)] * 3 + [("p", large), ("", large)])
    assert sums == {"p": Decimal("99999999.000000000000000000000003"), "": large}
    add_to(sums, "", -large)
    assert sums[""] == 0
