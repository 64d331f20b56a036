"""What an operator acknowledges stays unbilled and waits no longer."""

from __future__ import annotations

from decimal import Decimal

import pytest

from koogallery.ledger.errors import NotCorrectable
from tests.functional.operations.correct_usage.corrections import abnormal, accept, again, sn_of
from tests.functional.operations.desk import Desk


@pytest.mark.parametrize("code", ["003", "005", "007"])
def test_what_is_acknowledged_waits_no_longer(desk: Desk, code: str) -> None:
    desk.opened("i-1")
    desk.use("i-1", "2.5", "e-1")
    desk.marketplace.codes["i-1"] = [code]
    desk.push()
    assert not desk.reconcile().is_clean

    assert accept(desk, note="  credited,\n ticket 7 ").changed

    result = desk.reconcile()
    assert result.is_clean
    assert result.outcomes.accepted == Decimal("2.5")
    fate = desk.explain("i-1").records[0].trail.fate
    assert fate is not None
    assert fate.accepted == "credited, ticket 7"
    assert accept(desk, note="credited, ticket 7").changed is False


def test_an_abnormal_record_can_be_acknowledged(delivered: Desk) -> None:
    abnormal(delivered)
    assert accept(delivered).changed
    assert delivered.reconcile().is_clean


@pytest.mark.parametrize("note", ["", "  \n ", "x" * 501])
def test_an_acknowledgement_needs_a_note(delivered: Desk, note: str) -> None:
    abnormal(delivered)
    with pytest.raises(NotCorrectable, match="note"):
        accept(delivered, note=note)


def test_what_is_delivered_needs_no_acknowledgement(delivered: Desk) -> None:
    for sn in (None, sn_of(delivered)):
        with pytest.raises(NotCorrectable):
            accept(delivered, sn)


def test_what_was_reported_again_is_not_acknowledged(delivered: Desk) -> None:
    abnormal(delivered)
    again(delivered)
    with pytest.raises(NotCorrectable, match="reported again"):
        accept(delivered)


def test_the_rest_of_a_closed_meter_can_be_acknowledged(delivered: Desk) -> None:
    meter = delivered.meter("i-1")
    meter.closed = True
    meter.carried[""] = meter.used[""] = Decimal("3")
    meter.used[""] = Decimal("5.5")
    delivered.put_meter(meter)
    assert dict(delivered.reconcile().counts)["carried"] == 1

    assert accept(delivered, note="billed by hand").changed
    assert accept(delivered, note="billed by hand").changed is False

    assert "carried" not in delivered.reconcile().counts
