"""Booking: each event once, into its own hour or forward, or refused by name."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from koogallery import times
from koogallery.instances.instance import FrozenPeriod, Instance
from koogallery.ledger.booking import FORWARD_AGE, MAX_AGE, MAX_FUTURE, book, pages_to_read, refusal
from koogallery.ledger.entries import SealedHour, UsageEvent
from koogallery.ledger.meter import Meter
from koogallery.ledger.page import Page, PageEntry
from tests.unit.core.ledger.tools import ACTIVE, AT, CLOSING, booked, event, moment, released


def code(found: UsageEvent, instance: Instance | None = ACTIVE, package: Instance | None = None) -> str:
    """Why an event may not be booked."""
    refused = refusal(found, instance, package, AT)
    return refused.code if refused else ""


def test_every_reason_has_its_code() -> None:
    fresh = replace(ACTIVE, access="", activated_at="")
    cold = replace(ACTIVE, frozen=(FrozenPeriod("2026-11-21T10:00:00.000Z"),))
    assert code(event("a")) == ""
    assert code(event("a"), None) == "unknown_instance"
    assert code(event("a", package="p")) == "unknown_package"
    assert code(event("a", package="p"), ACTIVE, replace(ACTIVE, product={"charging_mode": "ON_DEMAND_PKG"})) == ""
    assert code(event("a", package="p"), ACTIVE, replace(ACTIVE, product={})) == ""
    assert code(event("a", package="p"), ACTIVE, ACTIVE) == "unknown_package"
    assert code(event("a"), replace(ACTIVE, product={"charging_mode": "PERIOD"})) == "not_pay_per_use"
    assert code(event("a"), replace(ACTIVE, product={})) == ""
    assert code(event("a"), fresh) == "not_yet_opened"
    assert code(event("a"), replace(fresh, frozen=cold.frozen)) == "not_yet_opened"
    assert code(event("a"), cold) == "instance_frozen"
    assert code(event("a", time="9:59"), cold) == ""
    assert code(event("a"), released("10:05")) == "instance_released"
    assert code(event("a", time="10:04"), released("10:05")) == ""


def test_nothing_is_deducted_from_a_package_that_is_not_in_service() -> None:
    package = replace(ACTIVE, product={"charging_mode": "ON_DEMAND_PKG"})
    gone = replace(package, released_at=times.iso_millis(moment("10:05")))
    cold = replace(package, frozen=(FrozenPeriod("2026-11-21T10:00:00.000Z", "2026-11-21T10:04:00.000Z"),))
    assert code(event("a", package="p"), ACTIVE, gone) == "package_released"
    assert code(event("a", time="10:04", package="p"), ACTIVE, gone) == ""
    assert code(event("a", time="10:03", package="p"), ACTIVE, cold) == "package_frozen"
    assert code(event("a", package="p"), ACTIVE, cold) == ""
    assert code(event("a", package="p"), released("10:05"), gone) == "instance_released"


@pytest.mark.parametrize(
    ("shift", "expected"),
    [
        (MAX_FUTURE, ""),
        (MAX_FUTURE + timedelta(seconds=1), "in_future"),
        (-MAX_AGE, ""),
        (-MAX_AGE - timedelta(seconds=1), "too_old"),
    ],
)
def test_time_is_taken_from_21_days_ago_to_5_minutes_ahead(shift: timedelta, expected: str) -> None:
    old = replace(ACTIVE, activated_at="2026-01-01T00:00:00.000Z")
    assert code(event("a")._replace(time=AT + shift), old) == expected


@pytest.mark.parametrize(("time", "expected"), [("8:30:14", "before_opening"), ("8:30:15", ""), ("8:30:16", "")])
def test_usage_counts_from_the_second_of_the_opening(time: str, expected: str) -> None:
    assert code(event("a", time=time)) == expected


def test_an_event_is_booked_into_the_hour_of_its_time() -> None:
    meter = Meter("inst-1")
    found = booked(
        meter, event("a", "1.5", "10:59:59"), event("b", "2", "11:00"), event("c", "4", "10:00"), now="11:00"
    )
    assert (found.accepted, found.opened) == (3, ["2026-11-21T10", "2026-11-21T11"])
    assert {hour: part.totals for hour, part in meter.open.items()} == {
        "2026-11-21T10": {"": Decimal("5.5")},
        "2026-11-21T11": {"": Decimal(2)},
    }
    assert meter.open["2026-11-21T10"].first == moment("10:00")


def test_packages_are_kept_apart() -> None:
    meter = Meter("inst-1")
    booked(meter, event("a", "1"), event("b", "2", package="p"), event("c", "3", package="p"))
    assert {package: str(total) for package, total in meter.used.items()} == {"": "1", "p": "5"}


def test_the_same_id_with_the_same_content_is_a_duplicate() -> None:
    meter = Meter("inst-1")
    found = booked(meter, event("a", "1.50"), event("a", "1.5"))
    assert (found.accepted, found.duplicates, found.refused) == (1, 1, [])
    assert booked(meter, event("a", "1.5"), now="10:06").duplicates == 1
    assert str(meter.total_used()) == "1.50"


@pytest.mark.parametrize(
    "other", [event("a", "2"), event("a", time="10:06"), event("a", time="11:05"), event("a", package="p")]
)
def test_the_same_id_with_another_content_is_a_conflict_in_any_hour(other: UsageEvent) -> None:
    meter = Meter("inst-1")
    booked(meter, event("a"))
    found = booked(meter, other, now="11:05")
    assert (found.accepted, [refused.code for refused in found.refused]) == (0, ["conflicting_id"])
    assert str(meter.total_used()) == "1"


def seal(meter: Meter, hour: str) -> None:
    """Close an hour without a record."""
    part = meter.open.pop(f"2026-11-21T{hour}", None)
    meter.sealed.append(SealedHour(f"2026-11-21T{hour}", "", {}, [], part.events if part else []))


def test_an_event_for_a_sealed_hour_goes_forward_and_keeps_its_time() -> None:
    meter = Meter("inst-1")
    seal(meter, "10")
    found = booked(meter, event("late", time="10:30"), now="12:20")
    assert found.opened == ["2026-11-21T12"]
    assert meter.open["2026-11-21T12"].events[0].time == moment("10:30")
    assert booked(meter, event("late", time="10:30"), now="13:00").duplicates == 1


def test_forward_means_the_first_hour_that_is_not_sealed() -> None:
    meter = Meter("inst-1")
    for hour in ("10", "11", "12"):
        seal(meter, hour)
    assert booked(meter, event("late", time="10:30"), now="11:20").opened == ["2026-11-21T13"]


@pytest.mark.parametrize(
    ("age", "hour"),
    [
        (MAX_AGE, "2026-11-21T10"),
        (MAX_AGE - timedelta(minutes=30), "2026-11-21T10"),
        (FORWARD_AGE, "2026-11-21T10"),
        (FORWARD_AGE - timedelta(hours=1), "2026-11-01T11"),
    ],
)
def test_what_is_nearly_too_old_goes_forward_since_its_own_hour_could_not_be_sent(age: timedelta, hour: str) -> None:
    old = replace(ACTIVE, activated_at="2026-01-01T00:00:00.000Z")
    late = event("late")._replace(time=moment("10:05") - age)
    assert booked(Meter("inst-1"), late, now="10:05", instance=old).opened == [hour]


def test_an_hour_in_a_page_is_sealed_too_and_its_events_are_known() -> None:
    meter = Meter("inst-1", pages=[PageEntry("2026-11-21T09", "2026-11-21T10", "2026-11-21T11", 1)])
    page = Page(
        {"2026-11-21T09": [event("moved", "3", "9:30")]}, [SealedHour("2026-11-21T10", "", {}, [], [event("inside")])]
    )
    assert pages_to_read(meter, [event("x", time="8:59")]) == []
    assert pages_to_read(meter, [event("x", time="12:00")]) == []
    assert pages_to_read(meter, [event("x", time="11:59")]) == meter.pages
    again = [event("moved", "3", "9:30"), event("inside"), event("inside", "9"), event("new", time="10:10")]
    found = book(meter, [page], again, ACTIVE, moment("12:00"), CLOSING)
    assert (found.duplicates, found.accepted, found.opened) == (2, 1, ["2026-11-21T12"])
    assert [refused.code for refused in found.refused] == ["conflicting_id"]


def test_after_a_release_usage_goes_into_the_final_hour_at_the_latest() -> None:
    meter = Meter("inst-1")
    seal(meter, "09")
    found = booked(meter, event("late", time="9:30"), now="11:02", instance=released("10:58"))
    assert found.opened == ["2026-11-21T10"]


@pytest.mark.parametrize(("now", "expected"), [("11:02:59", ""), ("11:03", "after_final_bill")])
def test_the_final_hour_takes_usage_until_it_is_due(now: str, expected: str) -> None:
    found = booked(Meter("inst-1"), event("a", time="10:30"), now=now, instance=released("10:58"))
    assert [refused.code for refused in found.refused] == ([expected] if expected else [])


def test_a_closed_meter_takes_nothing_but_knows_its_events() -> None:
    meter = Meter("inst-1")
    gone = released("10:58")
    booked(meter, event("a"), now="10:59", instance=gone)
    meter.closed = True
    found = booked(meter, event("a"), event("a", "2"), event("b"), now="10:59", instance=gone)
    assert found.duplicates == 1
    assert [refused.code for refused in found.refused] == ["conflicting_id", "after_final_bill"]


def test_a_final_hour_that_is_sealed_takes_nothing() -> None:
    meter = Meter("inst-1")
    seal(meter, "10")
    found = booked(meter, event("a"), now="10:59", instance=released("10:58"))
    assert [refused.code for refused in found.refused] == ["after_final_bill"]
