"""Documents of any size: whole or absent, and never readable in the state."""

from __future__ import annotations

import random
import string

import pytest

from koogallery.encryption import Sealer, Unreadable
from koogallery.kept import Place, forget, keep, names_kept, read_kept
from tests.support.dying_state import DyingState, ProcessDied
from tests.support.memory_state import MemoryState

SEALER = Sealer("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=")
PLACE = Place("letters#1", "a")
LARGE = {"text": "".join(random.Random(1).choices(string.printable, k=1_000_000))}


@pytest.mark.parametrize("content", [{"name": "示例"}, LARGE], ids=["small", "large"])
def test_a_document_comes_back_and_goes_without_a_trace(content: dict[str, str]) -> None:
    state = MemoryState()
    keep(state, SEALER, PLACE, content)
    assert read_kept(state, SEALER, PLACE) == content
    assert names_kept(state, PLACE.partition) == {"a"}
    assert all(content["text" if "text" in content else "name"][:20] not in item.document for item in state.all_items())
    forget(state, PLACE)
    assert state.all_items() == []
    assert read_kept(state, SEALER, PLACE) is None


def test_neighbours_are_left_alone() -> None:
    state = MemoryState()
    for name in ("a", "aa", "b"):
        keep(state, SEALER, Place("letters#1", name), [name])
    forget(state, Place("letters#1", "a"))
    assert names_kept(state, "letters#1") == {"aa", "b"}


def test_cut_off_at_any_write_it_is_absent_or_whole_and_can_be_removed() -> None:
    whole = DyingState(MemoryState())
    keep(whole, SEALER, PLACE, LARGE)
    assert whole.calls > 3
    for death in range(1, whole.calls + 1):
        state = MemoryState()
        with pytest.raises(ProcessDied):
            keep(DyingState(state, die_after=death), SEALER, PLACE, LARGE)
        assert read_kept(state, SEALER, PLACE) == (LARGE if death == whole.calls else None)
        forget(state, PLACE)
        assert state.all_items() == []


def test_a_removal_cut_off_leaves_no_half_document() -> None:
    for death in (1, 2, 3):
        state = MemoryState()
        keep(state, SEALER, PLACE, LARGE)
        with pytest.raises(ProcessDied):
            forget(DyingState(state, die_after=death), PLACE)
        assert read_kept(state, SEALER, PLACE) is None


def test_another_key_reads_nothing() -> None:
    state = MemoryState()
    keep(state, SEALER, PLACE, [1])
    with pytest.raises(Unreadable):
        read_kept(state, Sealer("ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA="), PLACE)


def test_a_place_survives_as_text() -> None:
    assert Place.parse(str(PLACE)) == PLACE
