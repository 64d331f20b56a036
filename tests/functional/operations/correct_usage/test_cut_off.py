"""Corrections that die anywhere, or meet another operator's: nothing is lost, doubled or overwritten."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from koogallery.adapters.urls import open_state
from koogallery.ledger.batch import Batch
from koogallery.ledger.errors import NotCorrectable
from koogallery.ledger_store import load_batch, store_meter
from koogallery.state import State
from koogallery.stores import Stored
from koogallery.use_cases import correct_usage
from koogallery.use_cases.correct_usage import Correction, mark_abnormal, report_again
from tests.functional.operations.correct_usage.corrections import abnormal, again, statuses
from tests.functional.operations.desk import HOUR, Desk, desk_in
from tests.support.dying_state import DyingState, ProcessDied


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
