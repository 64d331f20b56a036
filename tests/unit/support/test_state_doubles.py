"""The states that count and that die."""

from __future__ import annotations

import pytest

from koogallery.state import Item, Key, State
from tests.support.counting_state import CountingState
from tests.support.dying_state import DyingState, ProcessDied

KEY = Key("p", "1")


def use_everything(state: State) -> None:
    """One call of each kind, all of them with an effect."""
    assert state.put_if_absent(KEY, "1")
    assert state.get(KEY) == Item(KEY, 1, "1")
    assert state.replace_if_version(Item(KEY, 1, "1"), "2")
    assert state.get_many([KEY]) == {KEY: Item(KEY, 2, "2")}
    assert state.query("p", after="0", up_to="2", limit=5) == [Item(KEY, 2, "2")]
    state.delete(KEY)
    state.delete_many([KEY])


def test_calls_are_counted_by_kind(sqlite_state: State) -> None:
    state = CountingState(sqlite_state)
    use_everything(state)
    assert set(state.calls.values()) == {1}
    assert (state.total, state.writes, state.reads) == (7, 4, 3)
    state.reset()
    assert state.total == 0


def test_batches_are_counted_as_the_requests_that_a_table_would_see(sqlite_state: State) -> None:
    state = CountingState(sqlite_state)
    keys = [Key("p", str(number)) for number in range(101)]
    state.get_many(keys)
    state.get_many(keys[:100] * 2)
    state.get_many([])
    state.delete_many(keys[:26])
    assert state.calls == {"get_many": 3, "delete_many": 1}
    assert state.requests == {"get_many": 3, "delete_many": 2}


def test_nothing_dies_unless_told_to(sqlite_state: State) -> None:
    state = DyingState(sqlite_state)
    use_everything(state)
    assert state.calls == 7


def test_the_call_at_which_the_process_dies_takes_effect(sqlite_state: State) -> None:
    state = DyingState(sqlite_state, die_after=2)
    assert state.put_if_absent(KEY, "1")
    with pytest.raises(ProcessDied):
        state.replace_if_version(Item(KEY, 1, "1"), "2")
    assert sqlite_state.get(KEY) == Item(KEY, 2, "2")


def test_a_process_that_dies_before_its_call_changes_nothing(sqlite_state: State) -> None:
    state = DyingState(sqlite_state, die_after=1, before=True)
    with pytest.raises(ProcessDied):
        state.put_if_absent(KEY, "1")
    assert sqlite_state.get(KEY) is None


def test_a_dead_process_makes_no_more_calls(sqlite_state: State) -> None:
    state = DyingState(sqlite_state, die_after=1)
    with pytest.raises(ProcessDied):
        state.get(KEY)
    with pytest.raises(ProcessDied):
        state.put_if_absent(KEY, "1")
    assert sqlite_state.get(KEY) is None
    assert state.calls == 1


def test_a_death_is_no_error_that_a_handler_could_see() -> None:
    assert not issubclass(ProcessDied, Exception)
