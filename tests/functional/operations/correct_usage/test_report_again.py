"""A refused record is reported again: once, with an interval of its own, within 21 days."""

from __future__ import annotations

from decimal import Decimal

import pytest

from koogallery.ledger.errors import NoIntervalLeft, NotCorrectable, SeveralRecords, TooOldToReport
from koogallery.queues import USAGE, due_pointers
from tests.functional.operations.correct_usage.corrections import abnormal, again, sn_of, statuses
from tests.functional.operations.desk import HOUR, Desk


def test_an_abnormal_record_is_reported_again_a_second_later(delivered: Desk) -> None:
    old = sn_of(delivered)
    abnormal(delivered)
    done = again(delivered)

    first, second = delivered.explain("i-1").records
    assert (first.replaced_by, second.again_of) == (done.metering_sn, old)
    assert (second.record.begin, second.record.end) == ("20261121T100001Z", "20261121T110000Z")
    assert (second.record.quantity, second.trail.status) == (Decimal("2.5"), "unbatched")
    assert delivered.reconcile().is_clean
    assert delivered.reconcile().outcomes.by_status["pending"] == Decimal("2.5")

    delivered.push()

    assert delivered.marketplace.received[-1]["metering_sn"] == done.metering_sn
    assert len(delivered.marketplace.received) == 2
    result = delivered.reconcile()
    assert result.is_clean
    assert result.outcomes.by_status["delivered"] == result.balance.posted == Decimal("2.5")


def test_reporting_again_twice_sends_one_record(delivered: Desk) -> None:
    abnormal(delivered)
    first = again(delivered)
    second = again(delivered)
    delivered.push()
    third = again(delivered)
    delivered.push()

    assert (first.changed, second.changed, third.changed) == (True, False, False)
    assert first.metering_sn == second.metering_sn == third.metering_sn
    assert len(delivered.marketplace.received) == 2


def test_a_new_report_that_is_refused_is_reported_again_in_its_turn(desk: Desk) -> None:
    desk.opened("i-1")
    desk.use("i-1", "2.5", "e-1")
    desk.marketplace.codes["i-1"] = ["003", "003"]
    desk.push()
    second = again(desk)
    desk.push()
    assert dict(desk.reconcile().counts) == {"rejected": 1}
    with pytest.raises(SeveralRecords):
        again(desk)
    third = again(desk, second.metering_sn)
    desk.push()

    assert statuses(desk) == ["rejected", "rejected", "delivered"]
    begins = [story.record.begin for story in desk.explain("i-1").records]
    assert begins == ["20261121T100000Z", "20261121T100001Z", "20261121T100002Z"]
    assert desk.explain("i-1").record(third.metering_sn) is not None
    assert desk.reconcile().is_clean
    assert desk.marketplace.total() == "2.5"


def test_a_new_report_stays_inside_the_slice_of_its_package(desk: Desk) -> None:
    desk.opened("i-1")
    desk.opened("p-1")
    desk.use("i-1", "1", "e-1")
    desk.use("i-1", "2", "e-2", package="p-1")
    desk.marketplace.codes["i-1"] = ["003", "003"]
    desk.push()
    for sn in [sn_of(desk, 0), sn_of(desk, 1)]:
        again(desk, sn)
    desk.push()

    spans = [(s.record.begin[9:15], s.record.end[9:15], s.record.package) for s in desk.explain("i-1").records[2:]]
    assert sorted(spans) == [("100001", "103000", ""), ("103001", "110000", "p-1")]
    assert desk.reconcile().is_clean


def test_a_record_of_a_page_is_reported_again(desk: Desk) -> None:
    desk.opened("i-1")
    desk.marketplace.codes["i-1"] = ["003"]
    desk.bill("i-1", range(40))
    assert desk.meter("i-1").sealed_hour(HOUR) is None
    assert again(desk).changed
    desk.push()
    desk.bill("i-1", range(40, 80))

    assert all(part.hour != HOUR for part in desk.meter("i-1").sealed)
    assert again(desk).changed is False
    assert statuses(desk) == ["rejected", "delivered"]
    assert desk.reconcile().is_clean
    assert desk.marketplace.total() == "80.0"


def test_a_new_report_that_no_batch_has_stays_in_the_meter(desk: Desk) -> None:
    """Pages never change, and push_usage looks for lost records in the meter only."""
    desk.opened("i-1")
    desk.marketplace.codes["i-1"] = ["003"]
    desk.bill("i-1", range(30))
    done = again(desk)
    meter = desk.meter("i-1")
    for pointer in due_pointers(desk.state, USAGE, range(16), until=desk.clock.now()):
        desk.state.delete(pointer.key)
    desk.bill("i-1", range(30, 70))

    assert meter.sealed[-1].records[0].metering_sn == done.metering_sn
    assert [part.hour for part in desk.meter("i-1").sealed if part.again_of] == [HOUR]


@pytest.mark.parametrize("code", ["", "005", "007"])
def test_only_abnormal_and_rejected_records_are_reported_again(desk: Desk, code: str) -> None:
    desk.opened("i-1")
    desk.use("i-1", "2.5", "e-1")
    desk.marketplace.codes["i-1"] = [code]
    desk.push()
    for sn in (None, sn_of(desk)):
        with pytest.raises(NotCorrectable):
            again(desk, sn)
    assert len(desk.explain("i-1").records) == 1


def test_a_record_of_almost_21_days_is_reported_again(delivered: Desk) -> None:
    abnormal(delivered)
    delivered.pass_hours(21 * 24 - 2)
    assert again(delivered).changed


def test_nothing_older_than_21_days_is_reported_again(delivered: Desk) -> None:
    abnormal(delivered)
    delivered.pass_hours(21 * 24)
    with pytest.raises(TooOldToReport, match="21 days"):
        again(delivered)
    assert len(delivered.explain("i-1").records) == 1


def test_a_record_of_one_second_leaves_no_interval(desk: Desk) -> None:
    desk.opened("i-1", activated_at="2026-11-21T10:59:59.000Z")
    desk.clock.advance(54 * 60 + 59)
    desk.use("i-1", "1", "e-1")
    desk.marketplace.codes["i-1"] = ["003"]
    desk.push()
    with pytest.raises(NoIntervalLeft):
        again(desk)
