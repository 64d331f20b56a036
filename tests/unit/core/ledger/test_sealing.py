"""Sealing: once and for ever, intervals that never overlap, nothing lost on the way into records."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from functools import partial
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from koogallery import times
from koogallery.instances.instance import Instance
from koogallery.ledger.batch import MAX_RECORDS
from koogallery.ledger.booking import MAX_AGE
from koogallery.ledger.entries import SealedHour
from koogallery.ledger.meter import Meter
from koogallery.ledger.page import PageEntry
from koogallery.ledger.quantity import plain
from koogallery.ledger.sealing import (
    INLINE_BYTES,
    INLINE_HOURS,
    has_due,
    metering_sn,
    overflows,
    seal_due,
    take_page,
)
from koogallery.state import MAX_DOCUMENT_BYTES
from koogallery.use_cases.book_usage import CHUNK_BYTES
from tests.unit.core.ledger.tools import ACTIVE, AT, CLOSING, booked, event, moment, released

OLD = replace(ACTIVE, activated_at="2026-01-01T00:00:00.000Z")


def seal(meter: Meter, until: str, instance: Instance = ACTIVE, *, room: int = MAX_RECORDS) -> list[SealedHour]:
    """Seal what is over at a time of the day, at that time."""
    now = moment(until)
    return seal_due(meter, instance, over_until=now, closing=CLOSING, now=now, batch="b1", room=room)


def spans(sealed: list[SealedHour]) -> list[tuple[str, str, str]]:
    """Begin, end and quantity of each record, times without the day."""
    records = [record for part in sealed for record in part.records]
    return [(r.begin[9:15], r.end[9:15], plain(r.quantity)) for r in records]


def test_an_hour_is_sealed_when_it_is_over_and_not_before() -> None:
    meter = Meter("inst-1")
    booked(meter, event("a", "1.5", "10:30"))
    assert not has_due(meter, ACTIVE, over_until=moment("10:59:59"), closing=CLOSING)
    assert seal(meter, "10:59:59") == []
    assert has_due(meter, ACTIVE, over_until=moment("11:00"), closing=CLOSING)
    assert spans(seal(meter, "11:00")) == [("100000", "110000", "1.5")]
    assert not has_due(meter, ACTIVE, over_until=moment("12:00"), closing=CLOSING)
    assert seal(meter, "12:00") == []


def test_the_same_seal_gives_the_same_records_and_ids() -> None:
    first, second = Meter("inst-1"), Meter("inst-1")
    for meter in (first, second):
        booked(meter, event("a", "1.5"), event("b", "2", package="p"))
    assert [part.records for part in seal(first, "11:00")] == [part.records for part in seal(second, "11:00")]


def test_a_metering_sn_is_told_by_everything_the_record_says() -> None:
    span = ("20261121T100000Z", "20261121T110000Z")
    told = {
        metering_sn("i", "", span, Decimal("1.5")),
        metering_sn("j", "", span, Decimal("1.5")),
        metering_sn("i", "p", span, Decimal("1.5")),
        metering_sn("i", "", (span[0], "20261121T105959Z"), Decimal("1.5")),
        metering_sn("i", "", span, Decimal("1.6")),
    }
    assert len(told) == 5
    assert metering_sn("i", "", span, Decimal("1.50")) == metering_sn("i", "", span, Decimal("1.5"))
    assert all(len(sn) == 40 for sn in told)


def test_hours_are_sealed_oldest_first_and_only_while_there_is_room() -> None:
    meter = Meter("inst-1")
    booked(meter, event("c", "3", "11:30"), event("a", "1", "9:30"), event("b", "2", "10:30"), now="11:30")
    assert [part.hour[-2:] for part in seal(meter, "12:00", room=2)] == ["09", "10"]
    assert [part.hour[-2:] for part in seal(meter, "12:00", room=0)] == []
    assert [part.hour[-2:] for part in seal(meter, "12:00", room=1)] == ["11"]


@pytest.mark.parametrize(
    ("opened", "first", "begin"),
    [
        ("08:30:15.250Z", "8:40", "084000"),
        ("08:30:15.250Z", "8:30:15", "083016"),
        ("08:30:15.000Z", "8:30:15", "083015"),
        ("08:00:00.000Z", "8:30", "080000"),
        ("07:59:59.900Z", "8:30", "080000"),
        ("08:59:59.500Z", "8:59:59", "085959"),
    ],
)
def test_the_opening_hour_begins_with_its_first_event_and_never_before_the_opening(
    opened: str, first: str, begin: str
) -> None:
    instance = replace(ACTIVE, activated_at=f"2026-11-21T{opened}")
    meter = Meter("inst-1")
    booked(meter, event("a", time=first), instance=instance, now="8:59:59")
    assert spans(seal(meter, "9:00", instance)) == [(begin, "090000", "1")]


def test_usage_that_comes_forward_into_the_opening_hour_does_not_begin_before_it() -> None:
    instance = replace(ACTIVE, activated_at="2026-11-21T08:59:59.500Z")
    meter = Meter("inst-1")
    meter.carried[""] = Decimal("0.0001")
    booked(meter, event("a", "0", "8:59:59"), instance=instance, now="9:00")
    assert spans(seal(meter, "9:00", instance)) == [("085959", "090000", "0.0001")]


def test_the_final_hour_ends_with_the_release_and_waits_for_the_time_of_grace() -> None:
    meter = Meter("inst-1")
    gone = released("10:20:30")
    booked(meter, event("a", time="9:30"), event("b", "2", "10:10"), now="10:20", instance=gone)
    assert spans(seal(meter, "10:25:29", gone)) == [("090000", "100000", "1")]
    assert has_due(meter, gone, over_until=moment("10:25:30"), closing=CLOSING)
    assert spans(seal(meter, "10:25:30", gone)) == [("100000", "102030", "2")]
    assert meter.closed
    assert not has_due(meter, gone, over_until=moment("20:00"), closing=CLOSING)


def test_an_instance_without_usage_is_closed_without_a_seal() -> None:
    meter = Meter("inst-1")
    assert seal(meter, "11:00", released("10:20")) == []
    assert meter.closed


def test_what_is_carried_at_the_end_is_billed_with_the_final_hour() -> None:
    meter = Meter("inst-1", carried={"": Decimal("0.00009"), "p": Decimal("0.00005")})
    booked(meter, event("a", "0.00002"), instance=released("10:20"), now="10:20")
    (final,) = seal(meter, "10:30", released("10:20"))
    assert spans([final]) == [("100000", "102000", "0.0001")]
    assert meter.carried == {"": Decimal("0.00001"), "p": Decimal("0.00005")}


def test_usage_taken_while_the_release_was_under_way_belongs_to_the_final_hour() -> None:
    meter = Meter("inst-1")
    booked(meter, event("a", "1", "10:50"), event("b", "2", "11:01"), event("c", "4", "11:02"), now="11:00")
    gone = released("10:59:59")
    assert spans(seal(meter, "11:05", gone)) == [("100000", "105959", "7")]
    assert not meter.open


def test_the_opening_and_the_end_may_lie_in_one_hour() -> None:
    instance = replace(ACTIVE, activated_at="2026-11-21T10:05:00.700Z", released_at="2026-11-21T10:05:03.200Z")
    meter = Meter("inst-1")
    booked(meter, event("a", "1", "10:05:02"), event("b", "1", "10:05:01", "p"), instance=instance)
    assert spans(seal(meter, "10:30", instance)) == [("100501", "100502", "1"), ("100502", "100503", "1")]


def test_a_zero_hour_is_sealed_without_a_record() -> None:
    meter = Meter("inst-1")
    booked(meter, event("a", "0"))
    (part,) = seal(meter, "11:00")
    assert not part.records
    assert not meter.carried
    assert part.lines[""].used == 0


def test_what_is_below_four_places_is_carried_into_the_next_sealed_hour() -> None:
    meter = Meter("inst-1")
    booked(meter, event("a", "1.00006", "9:30"), event("b", "1.00006", "10:30"), now="10:30")
    first, second = seal(meter, "11:00")
    assert (spans([first])[0][2], spans([second])[0][2]) == ("1", "1.0001")
    assert first.lines[""].carried_out == second.lines[""].carried_in == Decimal("0.00006")
    assert meter.carried == {"": Decimal("0.00002")}


def test_an_amount_above_the_largest_record_shares_the_hour_in_slices() -> None:
    meter = Meter("inst-1")
    booked(meter, *(event(f"e{n}", "99999999.9999") for n in range(2)), event("rest", "0.5"))
    found = spans(seal(meter, "11:00"))
    assert found == [
        ("100000", "102000", "99999999.9999"),
        ("102000", "104000", "99999999.9999"),
        ("104000", "110000", "0.5"),
    ]


def test_slices_of_packages_share_the_hour_and_never_overlap() -> None:
    meter = Meter("inst-1")
    booked(meter, *(event(f"e{n}", "1", "9:30", f"p{n:02}") for n in range(7)), now="9:30")
    found = spans(seal(meter, "10:00"))
    assert (found[0][0], found[-1][1]) == ("090000", "100000")
    assert all(earlier[1] == later[0] for earlier, later in pairwise(found))
    assert len({(begin, end) for begin, end, _ in found}) == 7


def test_more_parts_than_seconds_are_carried_on() -> None:
    instance = replace(OLD, released_at="")
    short = replace(instance, activated_at="2026-11-21T10:59:58.000Z")
    meter = Meter("inst-1")
    booked(meter, *(event(f"e{n}", "1", "10:59:58", f"p{n}") for n in range(3)), now="10:59:59", instance=short)
    found = spans(seal(meter, "11:00", short))
    assert [(begin, end) for begin, end, _ in found] == [("105958", "105959"), ("105959", "110000")]
    assert meter.carried == {"p2": Decimal("1.0000")}


def test_an_hour_that_would_fill_more_than_a_batch_does_not_stand_still() -> None:
    """Otherwise one instance with an absurd quantity would stop the bill of everybody."""
    meter = Meter("inst-1")
    booked(meter, *(event(f"e{n}", "99999999.9999", "9:30") for n in range(MAX_RECORDS + 3)), now="9:30")
    assert seal(meter, "10:00", OLD, room=MAX_RECORDS - 1) == []
    (part,) = seal(meter, "10:00", OLD)
    assert len(part.records) == MAX_RECORDS
    assert meter.carried == {"": Decimal("99999999.9999") * 3}


@given(
    st.lists(
        st.tuples(st.sampled_from(["", "p", "q"]), st.decimals(0, 3, places=6), st.integers(0, 4 * 3600 - 1)),
        max_size=25,
    ),
    st.integers(0, 4 * 3600),
    st.integers(0, 4 * 3600),
)
def test_sealed_plus_open_plus_carried_is_what_was_used(
    usages: list[tuple[str, Decimal, int]], opened: int, ended: int
) -> None:
    """Whatever was used, whenever the instance was opened and released: nothing lost, nothing overlapping."""
    begin = moment("8:00")
    opened, ended = min(opened, ended), max(opened, ended)
    instance = replace(
        ACTIVE,
        activated_at=times.iso_millis(begin + timedelta(seconds=opened, milliseconds=300)),
        released_at=times.iso_millis(begin + timedelta(seconds=ended, milliseconds=600)),
    )
    meter = Meter("inst-1")
    living = replace(instance, released_at="")
    taken = [
        event(f"e{n}", f"{quantity}", package=package)._replace(time=begin + timedelta(seconds=second))
        for n, (package, quantity, second) in enumerate(usages)
        if opened <= second <= ended
    ]
    booked(meter, *taken, now="8:00", instance=living)
    sealed = seal(meter, "12:30", instance)
    records = [record for part in sealed for record in part.records]
    total = sum((Fraction(record.quantity) for record in records), Fraction(0))
    rest = sum(map(Fraction, meter.carried.values()), Fraction(0))
    assert total + rest == sum((Fraction(one.quantity) for one in taken), Fraction(0))
    assert not meter.open
    first, last = begin + timedelta(seconds=opened), begin + timedelta(seconds=ended)
    for record in records:
        assert times.record(first) <= record.begin <= record.end <= times.record(last)
    ordered = sorted(records, key=lambda record: (record.begin, record.end))
    assert all(earlier.end <= later.begin for earlier, later in pairwise(ordered))
    assert len({(record.begin, record.end) for record in records}) == len(records)


def grown(hours: int) -> Meter:
    """A meter with that many sealed hours before the day."""
    meter = Meter("inst-1")
    for number in range(hours):
        hour = times.hour_of(AT - timedelta(hours=hours - number))
        one = event(f"e{number}")._replace(time=times.hour_start(hour))
        meter.sealed.append(SealedHour(hour, "", {}, [], [one]))
    return meter


def test_a_page_takes_the_older_hours_when_there_are_too_many() -> None:
    meter = grown(INLINE_HOURS + INLINE_HOURS // 2)
    assert not overflows(meter, meter.to_document())
    meter = grown(INLINE_HOURS + INLINE_HOURS // 2 + 1)
    assert overflows(meter, meter.to_document())
    taken = take_page(meter, heavy=False, now=AT, may_move=lambda _: True)
    assert taken is not None
    entry, page = taken
    assert len(meter.sealed) == INLINE_HOURS
    assert [part.hour for part in page.sealed] == sorted(part.hour for part in page.sealed)
    assert max(part.hour for part in page.sealed) < min(part.hour for part in meter.sealed)
    assert meter.pages == [entry]


def test_a_seal_whose_batch_may_not_be_stored_yet_stays() -> None:
    meter = grown(INLINE_HOURS + 20)
    stuck = meter.sealed[3].hour
    taken = take_page(meter, heavy=False, now=AT, may_move=lambda part: part.hour != stuck)
    assert taken is not None
    assert stuck in {part.hour for part in meter.sealed}
    assert take_page(meter, heavy=False, now=AT, may_move=lambda _: False) is None


@pytest.mark.parametrize("letter", ["a", "字", "😀"])
def test_a_meter_is_measured_in_bytes(letter: str) -> None:
    meter = Meter("inst-1")
    count = 0
    while not overflows(meter, meter.to_document()):
        booked(meter, *(event(f"{count + n}".ljust(100, letter)) for n in range(50)))
        count += 50
    assert INLINE_BYTES < len(meter.to_document().encode()) < MAX_DOCUMENT_BYTES
    taken = take_page(meter, heavy=True, now=AT, may_move=lambda _: True)
    assert taken is not None
    assert len(list(taken[1].all_events())) == count
    assert not list(meter.inline_events())
    assert meter.total_used() == count
    assert not overflows(meter, meter.to_document())


def test_the_directory_forgets_pages_whose_usage_cannot_be_reported_any_more() -> None:
    meter = grown(40)
    take_page(meter, heavy=True, now=AT, may_move=lambda _: True)
    booked(meter, event("new"))
    take_page(meter, heavy=True, now=AT + MAX_AGE, may_move=lambda _: True)
    assert len(meter.pages) == 2
    booked(meter, event("newer"))
    take_page(meter, heavy=True, now=AT + MAX_AGE + timedelta(days=3), may_move=lambda _: True)
    assert [(entry.lowest, entry.number) for entry in meter.pages] == [(times.hour_of(AT), 1)]


def _is_of(hour: str, part: SealedHour) -> bool:
    return part.hour == hour


def test_a_page_of_old_hours_keeps_its_number_while_the_hour_it_was_made_in_goes_on() -> None:
    """Otherwise each page after a long outage would look for a name from the beginning, and soon find none."""
    meter = grown(40)
    later = AT + timedelta(days=60)
    for oldest in [part.hour for part in meter.sealed[:3]]:
        assert take_page(meter, heavy=True, now=later, may_move=partial(_is_of, oldest))
    assert [(entry.made, entry.number) for entry in meter.pages] == [(times.hour_of(later), n) for n in (1, 2, 3)]


def test_seals_of_the_last_hour_and_later_stay_where_booking_forward_sees_them() -> None:
    """A timer may have run ahead, and the clocks of two functions may differ around the hour."""
    meter = grown(3)
    for hour in ("2026-11-21T10", "2026-11-21T12"):
        meter.sealed.append(SealedHour(hour, "", {}, [], []))
    taken = take_page(meter, heavy=True, now=AT, may_move=lambda _: True)
    assert taken is not None
    assert [part.hour[-2:] for part in taken[1].sealed] == ["07", "08"]
    assert [part.hour[-2:] for part in meter.sealed] == ["09", "10", "12"]


def test_a_directory_of_pages_that_span_all_kinds_of_hours_does_not_fill_the_meter() -> None:
    """Late events of every age for weeks: each page spans other hours than the one before, and none is overlooked."""
    meter = Meter("inst-1")
    first = times.hour_start(times.hour_of(AT - timedelta(days=23)))
    for number in range(23 * 24):
        made = first + timedelta(hours=number)
        for page in range(1, 31):
            lowest = times.hour_of(made - timedelta(hours=page % 7 * 5))
            meter.pages.append(PageEntry(lowest, times.hour_of(made), times.hour_of(made), page))
    assert MAX_DOCUMENT_BYTES - len(meter.to_document()) > INLINE_BYTES + CHUNK_BYTES

    read = Meter.from_document(meter.to_document())
    assert [entry.sort for entry in read.pages] == [entry.sort for entry in meter.pages]
    for told, known in zip(read.pages, meter.pages, strict=True):
        assert told.lowest <= known.lowest
        assert known.highest <= told.highest
    assert Meter.from_document(read.to_document()) == read


def test_weeks_of_busy_hours_leave_room_for_the_next_one() -> None:
    """Thirty pages an hour: some fifty thousand events, for as long as an event may still be reported."""
    meter = Meter("inst-1")
    first = times.hour_start(times.hour_of(AT - timedelta(days=23)))
    hours = [times.hour_of(first + timedelta(hours=number)) for number in range(23 * 24)]
    for before, hour in pairwise(hours):
        spans = [(before, hour), *[(hour, hour)] * 29]
        meter.pages += [PageEntry(*span, hour, number) for number, span in enumerate(spans, start=1)]
    assert Meter.from_document(meter.to_document()) == meter
    assert MAX_DOCUMENT_BYTES - len(meter.to_document()) > INLINE_BYTES + CHUNK_BYTES
    assert not overflows(meter, meter.to_document())

    count = 0
    while not overflows(meter, meter.to_document()):
        booked(meter, *(event(f"{count + n}".ljust(100, "x")) for n in range(50)))
        count += 50
    assert len(meter.to_document().encode()) < MAX_DOCUMENT_BYTES
    taken = take_page(meter, heavy=True, now=AT, may_move=lambda _: True)
    assert taken is not None
    assert len(taken[1].to_document().encode()) > INLINE_BYTES
    assert not overflows(meter, meter.to_document())
    assert Meter.from_document(meter.to_document()) == meter


def test_a_meter_and_a_page_survive_being_stored() -> None:
    meter = grown(40)
    booked(meter, event("a", "1.5", package="p"), event("b", "0.00001"))
    seal(meter, "11:00")
    taken = take_page(meter, heavy=False, now=AT, may_move=lambda part: not part.records)
    assert taken is not None
    assert Meter.from_document(meter.to_document()) == meter
    assert type(taken[1]).from_document(taken[1].to_document()) == taken[1]
