"""Pages never change: what was read of them is kept, within bounds."""

from __future__ import annotations

from decimal import Decimal

import pytest

from koogallery.ledger.meter import Meter, Page, UsageEvent
from koogallery.ledger.sealing import overflows
from koogallery.ledger_store import PageReader, load_meter, store_meter
from koogallery.slots import meter_key, page_partition
from koogallery.state import Key, State
from koogallery.stores import Stored
from tests.support.counting_state import CountingState
from tests.support.memory_state import MemoryState
from tests.unit.core.ledger.tools import AT, booked, event


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


def test_pages_are_kept_within_a_number_of_events_the_latest_first() -> None:
    state, reader = CountingState(MemoryState()), PageReader(most_events=2)
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


def test_a_page_larger_than_all_that_is_kept_is_kept_alone() -> None:
    state, reader = CountingState(MemoryState()), PageReader(most_events=1)
    large = Page({"2026-11-21T10": [UsageEvent(id_, Decimal(1), AT, "") for id_ in ("a", "b")]})
    reader.keep(Key(page_partition("inst-1"), "large"), large)
    assert reader.read(state, "inst-1", ["large"]) == [large]
    assert state.reads == 0
    put_page(state, "c")
    assert ids(reader.read(state, "inst-1", ["large", "c"])) == {"a", "b", "c"}
    before = state.reads
    reader.read(state, "inst-1", ["c"])
    assert state.reads == before


def full(state: State, reader: PageReader) -> tuple[Meter, bool]:
    """Store a meter that has to give up a page."""
    meter = Meter("inst-1")
    while not overflows(meter, meter.to_document()):
        count = len(list(meter.inline_events()))
        booked(meter, *(event(f"{count + n}".ljust(100, "x")) for n in range(50)))
    done = store_meter(state, meter, Stored(None), now=AT, retention_ends=lambda _: AT, pages=reader)
    return meter, done


def test_a_page_that_was_written_need_not_be_read() -> None:
    state, reader = CountingState(MemoryState()), PageReader()
    meter, done = full(state, reader)
    assert done
    pages = reader.read(state, "inst-1", [entry.sort for entry in meter.pages])
    assert sum(page.size() for page in pages) == meter.total_used()
    assert state.reads == 0


def test_no_usage_leaves_a_meter_for_a_page_that_another_writer_named_first(monkeypatch: pytest.MonkeyPatch) -> None:
    state, reader = CountingState(MemoryState()), PageReader()
    of_page_and_pointer = iter(["same", "1", "same", "2"])
    monkeypatch.setattr("secrets.token_hex", lambda _: next(of_page_and_pointer))
    assert full(state, reader)[1]
    state.delete(meter_key("inst-1"))
    assert not full(state, reader)[1]
    assert load_meter(state, "inst-1")[0] is None
