"""A delivered record becomes abnormal: which may, by what code, and named where there are several."""

from __future__ import annotations

from decimal import Decimal

import pytest

from koogallery.ledger.errors import LedgerError, NotCorrectable, SeveralRecords, UnknownAccount
from koogallery.use_cases.correct_usage import mark_abnormal
from tests.functional.operations.correct_usage.corrections import abnormal, sn_of, statuses
from tests.functional.operations.desk import HOUR, Desk


def test_a_delivered_record_becomes_abnormal(delivered: Desk) -> None:
    done = abnormal(delivered)

    assert done.changed
    assert statuses(delivered) == ["abnormal"]
    fate = delivered.explain("i-1").records[0].trail.fate
    assert fate is not None
    assert (fate.code, "usage value wrong" in fate.note) == ("003", True)
    result = delivered.reconcile()
    assert dict(result.counts) == {"abnormal": 1}
    assert result.outcomes.by_status["abnormal"] == Decimal("2.5")


def test_marking_twice_changes_nothing(delivered: Desk) -> None:
    abnormal(delivered)
    before = delivered.batch_of("i-1")
    delivered.clock.advance(60)

    assert abnormal(delivered).changed is False
    assert delivered.batch_of("i-1") == before
    with pytest.raises(NotCorrectable):
        abnormal(delivered, code="009")


@pytest.mark.parametrize("code", ["", "two words", "x" * 33, "00\n3"])
def test_a_code_that_is_none_is_refused(delivered: Desk, code: str) -> None:
    with pytest.raises(NotCorrectable):
        abnormal(delivered, code=code)


def test_only_a_delivered_record_is_marked(desk: Desk) -> None:
    desk.opened("i-1")
    desk.use("i-1", "2.5", "e-1")
    with pytest.raises(NotCorrectable, match="still takes usage"):
        abnormal(desk)
    desk.marketplace.is_down = True
    desk.push()
    with pytest.raises(NotCorrectable, match="is pending"):
        abnormal(desk)
    with pytest.raises(NotCorrectable, match="is pending"):
        abnormal(desk, sn_of(desk))


def test_an_unknown_record_is_said_to_be_unknown(delivered: Desk) -> None:
    with pytest.raises(UnknownAccount):
        abnormal(delivered, "no-such-sn")
    with pytest.raises(UnknownAccount):
        mark_abnormal(delivered.services(), "nobody", HOUR, None, "003")


def test_one_of_several_records_must_be_named(desk: Desk) -> None:
    desk.opened("i-1")
    desk.opened("p-1")
    desk.use("i-1", "1", "e-1")
    desk.use("i-1", "2", "e-2", package="p-1")
    desk.push()
    with pytest.raises(SeveralRecords) as refused:
        abnormal(desk)
    assert sn_of(desk, 0) in str(refused.value)

    assert abnormal(desk, sn_of(desk, 1)).changed
    assert statuses(desk) == ["delivered", "abnormal"]


def test_every_refusal_has_a_code_of_its_own() -> None:
    codes = [kind.code for kind in LedgerError.__subclasses__()]
    assert len(set(codes)) == len(codes) == 5
