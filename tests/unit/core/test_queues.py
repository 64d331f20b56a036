"""Pointers: put before the work, found when due, removed only when their writer has certainly finished."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from koogallery.queues import GRACE, due_pointers, partition, put_pointer
from koogallery.slots import SLOTS, slot_of
from tests.support.counting_state import CountingState
from tests.support.memory_state import MemoryState

AT = datetime(2026, 11, 21, 10, 5, tzinfo=timezone.utc)
ALL = range(SLOTS)


def put(state: MemoryState | CountingState, owner: str, due: datetime = AT, subject: str = "s") -> None:
    """A pointer that is put now."""
    put_pointer(state, "usage", due=due, now=AT, owner=owner, subject=subject)


def subjects(state: MemoryState | CountingState, until: datetime = AT, page_size: int = 200) -> list[str]:
    """What is due, in the order it is found."""
    return [pointer.subject for pointer in due_pointers(state, "usage", ALL, until=until, page_size=page_size)]


def test_a_pointer_says_who_what_and_when() -> None:
    state = MemoryState()
    key = put_pointer(state, "usage", due=AT, now=AT - timedelta(hours=1), owner="inst-1", subject="2026-11-21T09")
    (found,) = due_pointers(state, "usage", ALL, until=AT)
    assert found.key == key
    assert (found.owner, found.subject, found.due) == ("inst-1", "2026-11-21T09", AT)
    assert found.put_at == AT - timedelta(hours=1)
    assert found.slot == slot_of("inst-1")


def test_putting_a_pointer_is_one_write() -> None:
    counted = CountingState(MemoryState())
    put(counted, "inst-1")
    assert (counted.writes, counted.reads) == (1, 0)


def test_two_pointers_of_one_owner_and_time_are_two() -> None:
    state = MemoryState()
    put(state, "inst-1", subject="a")
    put(state, "inst-1", subject="b")
    assert sorted(subjects(state)) == ["a", "b"]


@pytest.mark.parametrize("millis", [-1, 0, 1])
def test_what_is_due_at_the_very_moment_is_due(millis: int) -> None:
    state = MemoryState()
    put(state, "inst-1", AT + timedelta(milliseconds=millis))
    assert bool(subjects(state)) is (millis <= 0)


@pytest.mark.parametrize("page_size", [1, 2, 3, 200])
def test_the_oldest_comes_first_over_all_slots_and_pages(page_size: int) -> None:
    state = MemoryState()
    for number in range(40):
        put(state, f"inst-{number * 7 % 40}", AT - timedelta(minutes=number * 7 % 40), f"{number * 7 % 40:02}")
    found = subjects(state, page_size=page_size)
    assert found == sorted(found, reverse=True)
    assert len(found) == 40


def test_owners_of_any_script_keep_the_order_of_time() -> None:
    state = MemoryState()
    put(state, "\U0010ffff", AT - timedelta(minutes=1), "earlier")
    put(state, "\U0010ffff", AT, "later")
    assert subjects(state) == ["earlier", "later"]


def test_a_share_sees_its_own_slots_only() -> None:
    state = MemoryState()
    put(state, "inst-1")
    others = [slot for slot in ALL if slot != slot_of("inst-1")]
    assert not list(due_pointers(state, "usage", others, until=AT))


def test_queues_do_not_see_each_other() -> None:
    state = MemoryState()
    put(state, "inst-1")
    assert not list(due_pointers(state, "events", ALL, until=AT))
    assert partition("usage", 3) != partition("events", 3)


def test_a_pointer_without_work_stays_for_the_time_of_grace() -> None:
    state = MemoryState()
    put(state, "inst-1", AT - timedelta(days=1))
    (pointer,) = due_pointers(state, "usage", ALL, until=AT)
    assert not pointer.may_be_removed_without_work(AT + GRACE)
    assert pointer.may_be_removed_without_work(AT + GRACE + timedelta(milliseconds=1))


def test_a_pointer_that_is_removed_while_others_are_read_does_not_hide_them() -> None:
    state = MemoryState()
    for number in range(10):
        put(state, "inst-1", AT - timedelta(minutes=number), str(number))
    found = []
    for pointer in due_pointers(state, "usage", ALL, until=AT, page_size=2):
        state.delete(pointer.key)
        found.append(pointer.subject)
    assert len(found) == 10
