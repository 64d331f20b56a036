from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from koogallery.adapters.urls import open_state
from koogallery.ledger.batch import Batch
from koogallery.ledger.errors import (
    LedgerError,
    NoIntervalLeft,
    NotCorrectable,
    SeveralRecords,
    TooOldToReport,
    UnknownAccount,
)
from koogallery.ledger_store import load_batch, store_meter
from koogallery.queues import USAGE, due_pointers
from koogallery.state import State
from koogallery.stores import Stored
from koogallery.use_cases import correct_usage
from koogallery.use_cases.correct_usage import Correction, acknowledge, mark_abnormal, report_again
from tests.functional.operations.desk import HOUR, Desk, desk_in
from tests.support.dying_state import DyingState, ProcessDied


@pytest.fixture
def delivered(desk: Desk) -> Desk:
    """One instance, one delivered record of 2.5."""
    desk.opened("i-1")
    desk.use("i-1", "2.5", "e-1")
    desk.push()
    return desk


def sn_of(desk: Desk, position: int = 0, instance_id: str = "i-1") -> str:
    """metering_sn of a record of the hour."""
    return desk.explain(instance_id).records[position].record.metering_sn


def statuses(desk: Desk, instance_id: str = "i-1") -> list[str]:
    """States of the records of the hour."""
    return [story.trail.status for story in desk.explain(instance_id).records]


def again(desk: Desk, sn: str | None = None) -> Correction:
    """report_again in the hour."""
    return report_again(desk.services(), "i-1", HOUR, sn)


def abnormal(desk: Desk, sn: str | None = None, code: str = "003") -> Correction:
    """mark_abnormal in the hour."""
    return mark_abnormal(desk.services(), "i-1", HOUR, sn, code)


def accept(desk: Desk, sn: str | None = None, note: str = "settled by mail") -> Correction:
    """acknowledge in the hour."""
    return acknowledge(desk.services(), "i-1", HOUR, sn, note)


# ------------------------------------------------------------------------------------------------------------ abnormal
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


# -------------------------------------------------------------------------------------------------------- report again
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
    for hour in range(40):
        desk.use("i-1", "1", f"e-{hour}")
        desk.push()
    assert desk.meter("i-1").sealed_hour(HOUR) is None
    assert again(desk).changed
    desk.push()
    for hour in range(40, 80):
        desk.use("i-1", "1", f"e-{hour}")
        desk.push()

    assert all(part.hour != HOUR for part in desk.meter("i-1").sealed)
    assert again(desk).changed is False
    assert statuses(desk) == ["rejected", "delivered"]
    assert desk.reconcile().is_clean
    assert desk.marketplace.total() == "80.0"


def test_a_new_report_that_no_batch_has_stays_in_the_meter(desk: Desk) -> None:
    """Pages never change, and push_usage looks for lost records in the meter only."""
    desk.opened("i-1")
    desk.marketplace.codes["i-1"] = ["003"]
    for hour in range(30):
        desk.use("i-1", "1", f"e-{hour}")
        desk.push()
    done = again(desk)
    meter = desk.meter("i-1")
    for pointer in due_pointers(desk.state, USAGE, range(16), until=desk.clock.now()):
        desk.state.delete(pointer.key)
    for hour in range(30, 70):
        desk.use("i-1", "1", f"e-{hour}")
        desk.push()

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


# --------------------------------------------------------------------------------------------------------- acknowledge
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


# ------------------------------------------------------------------------------------------------------------- crashes
def _abnormal_desk(folder: Path) -> Desk:
    folder.mkdir()
    desk = desk_in(folder)
    desk.opened("i-1")
    desk.use("i-1", "2.5", "e-1")
    desk.push()
    abnormal(desk)
    return desk


Command = Callable[[Desk, DyingState], object]


def _report_again(desk: Desk, state: DyingState) -> object:
    return report_again(desk.services(state), "i-1", HOUR, None)


def _push(desk: Desk, state: DyingState) -> object:
    return desk.push(state=state)


def _mark_abnormal(desk: Desk, state: DyingState) -> object:
    return mark_abnormal(desk.services(state), "i-1", HOUR, None, "3")


def _die(desk: Desk, die_after: int, before: bool, command: Command) -> bool:
    """Did the process die?"""
    dying = DyingState(open_state(desk.state_url), die_after=die_after, before=before)
    try:
        command(desk, dying)
    except ProcessDied:
        return True
    return False


@pytest.mark.parametrize("before", [True, False])
def test_report_again_may_die_anywhere(tmp_path: Path, before: bool) -> None:
    deaths = 0
    for number in range(1, 100):
        desk = _abnormal_desk(tmp_path / str(number))
        if not _die(desk, number, before, _report_again):
            break
        deaths += 1
        assert desk.reconcile().agrees
        again(desk)
        desk.push()
        desk.push()
        assert len(desk.marketplace.received) == 2, number
        assert statuses(desk) == ["abnormal", "delivered"]
        assert desk.reconcile().is_clean
    assert deaths > 4


@pytest.mark.parametrize("before", [True, False])
def test_the_push_of_a_new_report_may_die_anywhere(tmp_path: Path, before: bool) -> None:
    deaths = 0
    for number in range(1, 100):
        desk = _abnormal_desk(tmp_path / str(number))
        again(desk)
        if not _die(desk, number, before, _push):
            break
        deaths += 1
        desk.push()
        desk.push()
        sent = {record["metering_sn"] for record in desk.marketplace.received}
        assert len(sent) == 2, number
        assert statuses(desk) == ["abnormal", "delivered"], number
        assert desk.reconcile().is_clean, number
    assert deaths > 8


@pytest.mark.parametrize("before", [True, False])
def test_mark_abnormal_may_die_anywhere(tmp_path: Path, before: bool) -> None:
    for number in range(1, 50):
        (tmp_path / str(number)).mkdir()
        desk = desk_in(tmp_path / str(number))
        desk.opened("i-1")
        desk.use("i-1", "2.5", "e-1")
        desk.push()
        if not _die(desk, number, before, _mark_abnormal):
            break
        abnormal(desk, code="3")
        assert statuses(desk) == ["abnormal"]
    assert number > 4


def test_every_refusal_has_a_code_of_its_own() -> None:
    codes = [kind.code for kind in LedgerError.__subclasses__()]
    assert len(set(codes)) == len(codes) == 5


# --------------------------------------------------------------------------------------------------- two at the desk
def test_what_another_operator_wrote_meanwhile_is_not_overwritten(
    delivered: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def meanwhile(state: State, batch_id: str) -> tuple[Batch | None, Stored]:
        monkeypatch.setattr(correct_usage, "load_batch", load_batch)
        abnormal(delivered, code="009")
        return load_batch(state, batch_id)

    monkeypatch.setattr(correct_usage, "load_batch", meanwhile)
    with pytest.raises(NotCorrectable):
        abnormal(delivered, code="003")
    fate = delivered.explain("i-1").records[0].trail.fate
    assert fate is not None
    assert fate.code == "009"


def test_two_operators_report_a_record_again_once(delivered: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    abnormal(delivered)
    made: list[Correction] = []

    def meanwhile(*_: object, **__: object) -> bool:
        monkeypatch.setattr(correct_usage, "store_meter", store_meter)
        made.append(again(delivered))
        return False

    monkeypatch.setattr(correct_usage, "store_meter", meanwhile)
    assert again(delivered).changed is False
    assert made[0].changed
    delivered.push()
    assert len(delivered.marketplace.received) == 2
