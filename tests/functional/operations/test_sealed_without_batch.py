"""A run that dies between seal and batch: whatever is sealed next, its records are found again."""

from __future__ import annotations

from pathlib import Path

import pytest

from koogallery import times
from koogallery.adapters.urls import open_state
from koogallery.queues import USAGE, partition, put_pointer
from koogallery.slots import slot_of
from tests.functional.operations.desk import HOUR, Desk, desk_in
from tests.support.dying_state import DyingState, ProcessDied


def _died_at(folder: Path, number: int) -> tuple[Desk, bool]:
    """A desk whose first push died at call ``number``."""
    folder.mkdir()
    desk = desk_in(folder)
    desk.opened("i-1")
    desk.use("i-1", "2.5", "e-1")
    try:
        desk.push(state=DyingState(open_state(desk.state_url), die_after=number))
    except ProcessDied:
        return desk, True
    return desk, False


def test_a_release_after_the_death_does_not_hide_the_records(tmp_path: Path) -> None:
    for number in range(1, 100):
        desk, died = _died_at(tmp_path / str(number), number)
        desk.use("i-1", "1", "e-2")
        desk.clock.advance(600)
        desk.release("i-1")
        put_pointer(desk.state, USAGE, due=desk.clock.now(), now=desk.clock.now(), owner="i-1", subject="final")
        desk.push()
        desk.push()
        desk.push()
        assert desk.marketplace.total() == "3.5", number
        assert desk.reconcile().is_clean, number
        if not died:
            break
    assert number > 8


def test_a_late_event_for_an_earlier_hour_does_not_hide_the_records(tmp_path: Path) -> None:
    for number in range(1, 100):
        desk, died = _died_at(tmp_path / str(number), number)
        desk.use("i-1", "1", "late", at=times.hour_start("2026-11-21T09"))
        pointers = desk.state.query(partition(USAGE, slot_of("i-1")), limit=10)
        if len(pointers) > 1:
            # Put after the next run had passed its place: the pointer of the later hour is followed first.
            assert pointers[0].key.sort.startswith("2026-11-21T10:00")
            desk.state.delete(pointers[0].key)
        desk.push()
        desk.push()
        assert desk.marketplace.total() == "3.5", number
        assert desk.explain("i-1", HOUR).records[0].trail.status == "delivered"
        if not died:
            break
    assert number > 8


@pytest.mark.parametrize("before", [True, False])
def test_every_death_leaves_books_that_agree(tmp_path: Path, before: bool) -> None:
    for number in range(1, 100):
        (tmp_path / str(number)).mkdir()
        desk = desk_in(tmp_path / str(number))
        desk.opened("i-1")
        desk.use("i-1", "2.5", "e-1")
        try:
            desk.push(state=DyingState(open_state(desk.state_url), die_after=number, before=before))
        except ProcessDied:
            assert desk.reconcile().agrees, number
            continue
        break
    assert number > 8
