from __future__ import annotations

from datetime import datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from koogallery import times
from koogallery.instances.instance import Instance
from koogallery.ledger.accounts import OnFile, balance, rest_to_act_on
from koogallery.ledger.audit import audit
from koogallery.ledger.booking import book
from koogallery.ledger.closing import Closing
from koogallery.ledger.entries import OpenHour, UsageEvent
from koogallery.ledger.findings import FAULT, MAX_LISTED, Finding, Outcomes, Reconciliation
from koogallery.ledger.meter import Meter
from koogallery.ledger.page import Page
from koogallery.ledger.sealing import seal_due, take_page

START = datetime(2026, 11, 21, 10, tzinfo=timezone.utc)
CLOSING = Closing(timedelta(minutes=5))
INSTANCE = Instance(
    instance_id="i-1",
    order_id="o-1",
    created_at="2026-11-01T00:00:00.000Z",
    activated_at="2026-11-01T00:00:00.000Z",
)
quantities = st.decimals(0, 1000, allow_nan=False, places=6)


def kept(_: str) -> bool:
    """Nothing has been retired."""
    return True


def run(meter: Meter, hours: list[list[tuple[Decimal, str]]], *, heavy_after: int | None = None) -> dict[str, Page]:
    """Book and seal hour after hour; pages by name."""
    pages: dict[str, Page] = {}
    for number, events in enumerate(hours):
        now = START + timedelta(hours=number, minutes=30)
        taken = [UsageEvent(f"e-{number}-{i}", q, now, package) for i, (q, package) in enumerate(events)]
        book(meter, [], taken, INSTANCE, now, CLOSING)
        over = START + timedelta(hours=number + 1)
        seal_due(meter, INSTANCE, over_until=over, closing=CLOSING, now=over, batch="b", room=1000)
        if heavy_after is not None and number % heavy_after == 0:
            page = take_page(meter, heavy=True, now=over + times.HOUR, may_move=lambda _: True)
            if page:
                pages[page[0].sort] = page[1]
    return pages


@given(st.lists(st.lists(st.tuples(quantities, st.sampled_from(["", "p-1", "p-2"])), max_size=4), max_size=8))
def test_the_books_always_agree(hours: list[list[tuple[Decimal, str]]]) -> None:
    meter = Meter("i-1")
    pages = run(meter, hours, heavy_after=2)
    meter = Meter.from_document(meter.to_document())

    on_file = OnFile(meter, kept)
    for sort, page in pages.items():
        on_file.take_page(sort, Page.from_document(page.to_document()))

    assert balance(meter).difference == 0
    assert audit(on_file) == []
    assert on_file.archived() == 0


def test_what_moved_into_pages_is_known_without_them() -> None:
    meter = Meter("i-1")
    pages = run(meter, [[(Decimal("1.5"), "")], [(Decimal("2"), "p-1")], [(Decimal("3"), "")]], heavy_after=2)
    meter = Meter.from_document(meter.to_document())

    assert meter.moved.since == "2026-11-21T10"
    assert (meter.used, meter.posted) == ({"": Decimal("4.5"), "p-1": Decimal(2)},) * 2
    assert meter.moved.used == {"": Decimal("4.5"), "p-1": Decimal(2)}
    assert len(pages) == 2
    assert {message for _, _, message in audit(OnFile(meter, kept))} >= {"the events on file are 0, not 4.5"}
    assert audit(OnFile(meter, lambda _: False)) == []
    assert OnFile(meter, kept).archived() > 0


def test_an_event_in_a_page_keeps_the_hour_it_is_booked_in() -> None:
    meter = Meter("i-1")
    run(meter, [[(Decimal(1), "")]])
    late = UsageEvent("late", Decimal(5), START, "")
    book(meter, [], [late], INSTANCE, START + timedelta(hours=3), CLOSING)

    taken = take_page(meter, heavy=True, now=START + timedelta(hours=3), may_move=lambda _: False)

    assert taken is not None
    assert [(hour, event.id) for hour, event in taken[1].booked_events()] == [
        ("2026-11-21T13", "late"),
        ("2026-11-21T10", "e-0-0"),
    ]
    assert (meter.pages[0].lowest, meter.pages[0].highest) == ("2026-11-21T10", "2026-11-21T13")


def test_usage_taken_while_a_release_was_under_way_belongs_to_the_final_hour() -> None:
    from dataclasses import replace

    meter = Meter("i-1")
    at = START + timedelta(minutes=50)
    for hour in ("2026-11-21T10", "2026-11-21T11"):
        meter.open[hour] = OpenHour()
        meter.open[hour].add(UsageEvent(hour, Decimal(1), at, ""))
        meter.used[""] = meter.used.get("", Decimal(0)) + 1
    taken = take_page(meter, heavy=True, now=at, may_move=lambda _: False)
    assert taken is not None
    released = replace(INSTANCE, released_at=times.iso_millis(START + timedelta(minutes=55)))
    over = START + timedelta(hours=2)
    seal_due(meter, released, over_until=over, closing=CLOSING, now=over, batch="b", room=9)
    on_file = OnFile(meter, kept)
    on_file.take_page(taken[0].sort, taken[1])

    assert meter.closed
    assert audit(on_file) == []


@pytest.mark.parametrize(
    ("carried", "closed", "accepted", "rest"),
    [
        ("0.00009", True, "", "0"),
        ("0.0001", True, "", "0.0001"),
        ("0.0001", False, "", "0"),
        ("0.0001", True, "billed by hand", "0"),
    ],
)
def test_only_a_closed_meter_has_a_rest_to_act_on(carried: str, closed: bool, accepted: str, rest: str) -> None:
    meter = Meter("i-1", carried={"": Decimal(carried)}, closed=closed, accepted_rest=accepted)
    assert rest_to_act_on(meter) == Decimal(rest)


def test_a_reconciliation_is_clean_only_without_findings() -> None:
    result = Reconciliation()
    assert result.is_clean
    result.add(Finding("rejected", "i", "h", "sn", "1", "text"))
    assert (result.agrees, result.is_clean) == (True, False)
    result.add(Finding(FAULT, "i", "h", "sn", "1", "text"))
    assert result.agrees is False


def test_only_so_many_findings_are_kept() -> None:
    result = Reconciliation()
    for _ in range(MAX_LISTED + 5):
        result.add(Finding("rejected", "i", "h", "sn", "1", "text"))
    assert (len(result.waiting), result.counts["rejected"]) == (MAX_LISTED, MAX_LISTED + 5)


def test_outcomes_add_up() -> None:
    one, other = Outcomes(), Outcomes()
    one.count("delivered", Decimal("1.5"))
    other.count("unbatched", Decimal(2))
    other.count("rejected", Decimal(3), accepted=True)
    one.take(other)
    assert (one.total(), one.accepted, one.by_status["pending"]) == (Decimal("6.5"), Decimal(3), Decimal(2))
