from __future__ import annotations

from datetime import datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from koogallery import times
from koogallery.ledger.again import UNBATCHED, report_again
from koogallery.ledger.entries import Record
from koogallery.ledger.errors import NoIntervalLeft, TooOldToReport
from koogallery.ledger.sealing import metering_sn

HOUR = "2026-11-21T10"
START = datetime(2026, 11, 21, 10, tzinfo=timezone.utc)
NOW = START + timedelta(hours=2)


def record(begin: int, end: int, quantity: str = "2.5", package: str = "") -> Record:
    """A refused record; seconds after the hour's start."""
    span = (times.record(START + timedelta(seconds=begin)), times.record(START + timedelta(seconds=end)))
    return Record(metering_sn("i-1", package, span, Decimal(quantity)), package, *span, Decimal(quantity), "b-1")


def test_a_new_report_begins_a_second_later() -> None:
    refused = record(0, 3600, package="p-1")

    part = report_again("i-1", HOUR, refused, [], NOW)

    (new,) = part.records
    assert (part.hour, part.again_of, part.lines, part.events) == (HOUR, refused.metering_sn, {}, [])
    assert (new.begin, new.end) == ("20261121T100001Z", "20261121T110000Z")
    assert (new.quantity, new.package, new.batch) == (refused.quantity, "p-1", UNBATCHED)
    assert new.metering_sn == metering_sn("i-1", "p-1", (new.begin, new.end), new.quantity) != refused.metering_sn


def test_an_interval_once_used_is_never_used_again() -> None:
    part = report_again("i-1", HOUR, record(0, 3600), [record(1, 3600, "9"), record(2, 3600)], NOW)
    assert part.records[0].begin == "20261121T100003Z"


def test_the_next_report_of_a_report_goes_on_from_there() -> None:
    first = report_again("i-1", HOUR, record(0, 3600), [], NOW).records[0]
    second = report_again("i-1", HOUR, first, [record(0, 3600), first], NOW).records[0]
    assert second.begin == "20261121T100002Z"


@given(begin=st.integers(0, 3597), length=st.integers(2, 3), times_reported=st.integers(1, 2))
def test_a_new_report_stays_inside_the_refused_one(begin: int, length: int, times_reported: int) -> None:
    refused = record(begin, begin + length)
    known = [refused]
    for _ in range(min(times_reported, length - 1)):
        new = report_again("i-1", HOUR, known[-1], known, NOW).records[0]
        assert refused.begin < new.begin < new.end == refused.end
        known.append(new)
    assert len({(one.begin, one.end) for one in known}) == len(known)


def test_without_a_free_second_nothing_is_reported() -> None:
    with pytest.raises(NoIntervalLeft):
        report_again("i-1", HOUR, record(10, 11), [], NOW)
    with pytest.raises(NoIntervalLeft):
        report_again("i-1", HOUR, record(10, 12), [record(11, 12)], NOW)


@pytest.mark.parametrize(("seconds", "is_taken"), [(0, True), (1, True), (2, False)])
def test_nothing_that_begins_more_than_21_days_back_is_reported(seconds: int, is_taken: bool) -> None:
    now = START + timedelta(days=21, seconds=seconds)
    if is_taken:
        assert report_again("i-1", HOUR, record(0, 3600), [], now).records
    else:
        with pytest.raises(TooOldToReport):
            report_again("i-1", HOUR, record(0, 3600), [], now)
