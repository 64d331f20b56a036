"""Pages never change: what was read of them is kept, within bounds, and they have names that can be guessed."""

from __future__ import annotations

from decimal import Decimal

import pytest

from koogallery import times
from koogallery.ledger.entries import SealedHour, UsageEvent
from koogallery.ledger.meter import Meter
from koogallery.ledger.page import Page, PageEntry
from koogallery.ledger_store import NAME_TRIES, load_meter, make_room, needs_room, store_meter
from koogallery.page_reader import HOURS_SEEN, PAGES_AHEAD, PAGES_OF_NEW_HOUR, PageReader, page_key
from koogallery.slots import slot_of
from koogallery.state import KEYS_PER_READ, Key, State
from koogallery.stores import Contended, Stored
from tests.support.counting_state import CountingState
from tests.support.memory_state import MemoryState
from tests.unit.core.ledger.tools import AT, booked, event

HOUR = "2026-11-21T10"


def entry(number: int) -> PageEntry:
    """A page made in the hour."""
    return PageEntry(HOUR, HOUR, HOUR, number)


def key(number: int, instance_id: str = "inst-1") -> Key:
    """Where it is kept."""
    return page_key(instance_id, entry(number).sort)


def page_of(*ids: str) -> Page:
    """A page with some events."""
    return Page({HOUR: [UsageEvent(id_, Decimal(1), AT, "") for id_ in ids]})


def put_page(state: CountingState, number: int) -> None:
    """A page with one event, which bears the page's number."""
    assert state.put_if_absent(key(number), page_of(str(number)).to_document())


def ids(pages: list[Page]) -> set[str]:
    """Event ids of pages."""
    return {event.id for page in pages for event in page.all_events()}


def test_a_page_is_read_once() -> None:
    state, reader = CountingState(MemoryState()), PageReader()
    put_page(state, 1)
    put_page(state, 2)
    assert ids(reader.read(state, "inst-1", [entry(1)])) == {"1"}
    before = state.reads
    assert ids(reader.read(state, "inst-1", [entry(1)])) == {"1"}
    assert state.reads == before
    assert ids(reader.read(state, "inst-1", [entry(1), entry(2)])) == {"1", "2"}
    assert state.reads == before + 1


def test_a_page_that_is_not_there_is_looked_for_again() -> None:
    state, reader = CountingState(MemoryState()), PageReader()
    assert reader.read(state, "inst-1", [entry(1)]) == []
    put_page(state, 1)
    assert ids(reader.read(state, "inst-1", [entry(1)])) == {"1"}


def test_pages_of_another_instance_are_others() -> None:
    state, reader = CountingState(MemoryState()), PageReader()
    put_page(state, 1)
    reader.read(state, "inst-1", [entry(1)])
    assert reader.read(state, "inst-2", [entry(1)]) == []


def test_pages_are_kept_within_a_number_of_events_the_latest_first() -> None:
    state, reader = CountingState(MemoryState()), PageReader(most_events=2)
    for number in (1, 2, 3):
        put_page(state, number)
    reader.read(state, "inst-1", [entry(1), entry(2)])
    reader.read(state, "inst-1", [entry(1)])
    reader.read(state, "inst-1", [entry(3)])
    before = state.reads
    reader.read(state, "inst-1", [entry(1), entry(3)])
    assert state.reads == before
    reader.read(state, "inst-1", [entry(2)])
    assert state.reads == before + 1


def test_a_page_larger_than_all_that_is_kept_is_kept_alone() -> None:
    state, reader = CountingState(MemoryState()), PageReader(most_events=1)
    large = page_of("a", "b")
    reader.keep(key(7), large)
    assert reader.read(state, "inst-1", [entry(7)]) == [large]
    assert state.reads == 0
    put_page(state, 3)
    assert ids(reader.read(state, "inst-1", [entry(7), entry(3)])) == {"a", "b", "3"}
    before = state.reads
    reader.read(state, "inst-1", [entry(3)])
    assert state.reads == before


def test_a_page_of_seals_alone_takes_room_too() -> None:
    state, reader = CountingState(MemoryState()), PageReader(most_events=1)
    for number in (1, 2):
        reader.keep(key(number), Page(sealed=[SealedHour(HOUR, "", {}, [], [])]))
    reader.read(state, "inst-1", [entry(2)])
    assert state.reads == 0
    reader.read(state, "inst-1", [entry(1)])
    assert state.reads == 1


# ------------------------------------------------------------------------------------------------------------- guesses


def meter_with(*numbers: int) -> Meter:
    """A meter that names pages."""
    return Meter("inst-1", pages=[entry(number) for number in numbers])


def test_in_an_hour_not_looked_at_yet_every_page_it_may_have_is_likely() -> None:
    likely = PageReader().likely("inst-1", [HOUR])
    assert likely == [key(number) for number in range(1, PAGES_OF_NEW_HOUR + 1)]


def test_in_an_hour_that_is_known_the_next_pages_are_likely_and_those_not_kept() -> None:
    reader = PageReader()
    reader.learn(meter_with(1, 2, 3), [HOUR, "2026-11-21T11"])
    reader.keep(key(2), page_of("a"))
    assert reader.likely("inst-1", [HOUR]) == [key(number) for number in (1, *range(3, 4 + PAGES_AHEAD))]
    assert len(reader.likely("inst-1", ["2026-11-21T11"])) == PAGES_AHEAD
    assert len(reader.likely("inst-1", ["2026-11-21T12"])) == PAGES_OF_NEW_HOUR
    assert len(reader.likely("inst-2", [HOUR])) == PAGES_OF_NEW_HOUR


def test_three_hours_of_an_instance_are_asked_for_in_one_call_of_the_store() -> None:
    likely = PageReader().likely("inst-1", ["2026-11-21T12", "2026-11-21T11", HOUR])
    assert len(likely) + len(("instance", "meter")) <= KEYS_PER_READ


def test_what_is_known_of_hours_is_kept_within_a_number() -> None:
    reader = PageReader()
    reader.learn(meter_with(1), [HOUR])
    reader.learn(meter_with(), (f"hour-{number}" for number in range(HOURS_SEEN - 1)))
    assert len(reader.likely("inst-1", [HOUR])) == 1 + PAGES_AHEAD
    reader.learn(meter_with(), ["one more"])
    assert len(reader.likely("inst-1", [HOUR])) == PAGES_OF_NEW_HOUR


# ---------------------------------------------------------------------------------------------------------------- room


def full(state: State) -> tuple[Meter, Stored]:
    """A meter, as read, that has to give up a page before it takes more."""
    meter, stored = Meter("inst-1"), Stored(None)
    while not needs_room(meter, stored):
        count = len(list(meter.inline_events()))
        booked(meter, *(event(f"{count + n}".ljust(100, "x")) for n in range(50)))
        written = store_meter(state, meter, stored)
        assert written
        stored = written
    return meter, stored


def given_room(state: State, reader: PageReader | None = None) -> Meter:
    """The meter as it is on file, with a page moved out of it."""
    meter, stored = load_meter(state, "inst-1")
    assert meter
    make_room(state, meter, stored, now=AT, retention_ends=times.hour_end, pages=reader)
    return meter


def test_a_page_that_was_written_need_not_be_read() -> None:
    state, reader = CountingState(MemoryState()), PageReader()
    full(state)
    meter = given_room(state, reader)
    state.reset()
    assert sum(page.size() for page in reader.read(state, "inst-1", meter.pages)) == meter.total_used()
    assert state.reads == 0


def test_a_page_left_behind_by_another_writer_keeps_its_name() -> None:
    state, reader = CountingState(MemoryState()), PageReader()
    full(state)
    lost = given_room(state)
    _, stored = load_meter(state, "inst-1")
    meter = given_room(state, reader)
    assert [found.number for found in (*lost.pages, *meter.pages)] == [1, 2]
    assert store_meter(state, meter, stored)
    assert not store_meter(state, lost, stored)
    assert sum(page.size() for page in reader.read(state, "inst-1", meter.pages)) == meter.total_used()


def test_no_usage_leaves_a_meter_that_finds_no_name_for_a_page() -> None:
    state = CountingState(MemoryState())
    full(state)
    for _ in range(NAME_TRIES):
        given_room(state)
    with pytest.raises(Contended):
        given_room(state)
    meter, _ = load_meter(state, "inst-1")
    assert meter is not None
    assert len(list(meter.inline_events())) == meter.total_used()


def test_the_pages_of_an_hour_share_one_pointer_that_is_put_before_the_first() -> None:
    state = MemoryState()
    _, stored = full(state)
    meter = given_room(state)
    assert store_meter(state, meter, stored)
    full_again, stored = load_meter(state, "inst-1")
    assert full_again
    booked(full_again, *(event(f"again {n}".ljust(128, "x")) for n in range(900)))
    assert store_meter(state, full_again, stored)
    assert [found.number for found in given_room(state).pages] == [1, 2]
    pointers = state.query(f"queue#retention#{slot_of('inst-1'):02d}", limit=10)
    assert len(pointers) == 1
    assert f"pages {times.hour_of(AT)}" in pointers[0].document


def test_a_meter_that_is_full_of_something_else_makes_no_page_for_a_few_events() -> None:
    """Its totals and seals do not leave it: a page at every report would not make it light."""
    state = MemoryState()
    meter = Meter("inst-1", posted={f"package {number}".ljust(64, "x"): Decimal(1) for number in range(1800)})
    for number, has_page in ((5, False), (500, True)):
        booked(meter, *(event(f"{number} {n}") for n in range(number)))
        _, before = load_meter(state, "inst-1")
        stored = store_meter(state, meter, before)
        assert stored
        assert needs_room(meter, stored)
        assert bool(given_room(state).pages) is has_page
