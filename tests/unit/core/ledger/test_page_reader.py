"""Pages never change: what was read of them is kept, within bounds."""

from __future__ import annotations

from decimal import Decimal

from koogallery.ledger.meter import Page, UsageEvent
from koogallery.ledger_store import PageReader
from koogallery.slots import page_partition
from koogallery.state import Key
from tests.support.counting_state import CountingState
from tests.support.memory_state import MemoryState
from tests.unit.core.ledger.tools import AT


def put_page(state: CountingState, sort: str) -> None:
    """A page with one event, which bears the page's name."""
    page = Page({"2026-11-21T10": [UsageEvent(sort, Decimal(1), AT, "")]})
    assert state.put_if_absent(Key(page_partition("inst-1"), sort), page.to_document())


def ids(pages: list[Page]) -> set[str]:
    """Event ids of pages."""
    return {event.id for page in pages for event in page.all_events()}


def test_a_page_is_read_once() -> None:
    state, reader = CountingState(MemoryState()), PageReader()
    put_page(state, "a")
    put_page(state, "b")
    assert ids(reader.read(state, "inst-1", ["a"])) == {"a"}
    before = state.reads
    assert ids(reader.read(state, "inst-1", ["a"])) == {"a"}
    assert state.reads == before
    assert ids(reader.read(state, "inst-1", ["a", "b"])) == {"a", "b"}
    assert state.reads == before + 1


def test_a_page_that_is_not_there_is_looked_for_again() -> None:
    state, reader = CountingState(MemoryState()), PageReader()
    assert reader.read(state, "inst-1", ["a"]) == []
    put_page(state, "a")
    assert ids(reader.read(state, "inst-1", ["a"])) == {"a"}


def test_pages_of_another_instance_are_others() -> None:
    state, reader = CountingState(MemoryState()), PageReader()
    put_page(state, "a")
    reader.read(state, "inst-1", ["a"])
    assert reader.read(state, "inst-2", ["a"]) == []


def test_only_the_latest_pages_are_kept() -> None:
    state, reader = CountingState(MemoryState()), PageReader(most=2)
    for sort in "abc":
        put_page(state, sort)
    reader.read(state, "inst-1", ["a", "b"])
    reader.read(state, "inst-1", ["a"])
    reader.read(state, "inst-1", ["c"])
    before = state.reads
    reader.read(state, "inst-1", ["a", "c"])
    assert state.reads == before
    reader.read(state, "inst-1", ["b"])
    assert state.reads == before + 1
