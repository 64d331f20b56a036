"""The time formats of the wire, the seller interface and the ledger."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from koogallery import times

AT = datetime(2026, 11, 21, 10, 5, 7, 123456, tzinfo=timezone.utc)
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
MOMENTS = st.integers(0, 4_102_444_800_000_000).map(lambda micros: EPOCH + timedelta(microseconds=micros))


def test_each_form() -> None:
    assert times.iso(AT) == "2026-11-21T10:05:07Z"
    assert times.iso_millis(AT) == "2026-11-21T10:05:07.123Z"
    assert times.hour_of(AT) == "2026-11-21T10"
    assert times.wire(AT) == "20261121100507"
    assert times.wire_millis(AT) == "20261121100507123"
    assert times.record(AT) == "20261121T100507Z"


def test_other_zones_are_written_in_utc() -> None:
    beijing = AT.astimezone(timezone(timedelta(hours=8)))
    assert times.iso(beijing) == times.iso(AT)
    assert times.hour_of(beijing) == "2026-11-21T10"
    assert times.record(beijing) == times.record(AT)


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-21T10:05:07Z",
        "2026-11-21t10:05:07z",
        "2026-11-21T18:05:07+08:00",
        "2026-11-21T04:35:07-05:30",
        "2026-11-21T10:05:07.0Z",
        "2026-11-21T10:05:07.000000000Z",
    ],
)
def test_iso_is_read_with_any_offset(text: str) -> None:
    assert times.parse_iso(text) == AT.replace(microsecond=0)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "now",
            "2026-11-21",
            "2026-11-21T10:05Z",
            "2026-11-21T10:05:07",
            "2026-11-21 10:05:07Z",
            "20261121T100507Z",
        ),
        *("2026-02-30T10:05:07Z", "2026-11-21T24:00:00Z", "2026-11-21T10:60:00Z", "2026-11-21T10:05:60Z"),
        *(
            "0000-01-01T00:00:00Z",
            "0001-01-01T00:00:00+01:00",
            "9999-12-31T23:59:59-01:00",
            "2026-11-21T10:05:07+25:00",
        ),
        *(
            "\uff12026-11-21T10:05:07Z",
            "2026-11-21T10:05:07Z\n",
            "2026-11-21T10:05:07.Z",
            "2026-11-21T10:05:07.0000000000Z",
        ),
    ],
)
def test_everything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        times.parse_iso(text)


@given(MOMENTS)
def test_what_is_written_reads_back(moment: datetime) -> None:
    second = moment.replace(microsecond=0)
    milli = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    assert times.parse_iso(times.iso(moment)) == second
    assert times.parse_iso(times.iso_millis(moment)) == milli
    assert times.parse_wire(times.wire(moment)) == second
    assert times.parse_wire(times.wire_millis(moment)) == second
    assert times.parse_record(times.record(moment)) == second
    assert times.hour_start(times.hour_of(moment)) <= moment < times.hour_end(times.hour_of(moment))


@given(MOMENTS, MOMENTS)
def test_texts_with_milliseconds_sort_like_their_moments(one: datetime, other: datetime) -> None:
    if times.iso_millis(one) < times.iso_millis(other):
        assert one < other


def test_hours_follow_each_other_over_days() -> None:
    assert times.next_hour("2026-12-31T23") == "2027-01-01T00"
    assert times.hour_end("2026-12-31T23") == times.hour_start("2027-01-01T00")


@pytest.mark.parametrize("text", ["20301324023618", "20301124243618", "20300230000000", "00001124023618"])
def test_a_wire_time_that_does_not_exist_is_not_quoted(text: str) -> None:
    with pytest.raises(ValueError, match="not a time that exists") as caught:
        times.parse_wire(text)
    assert text not in str(caught.value)


@pytest.mark.parametrize("text", ["", "2030112402361", "203011240236181", "2030-11-24", "2030112402361812", "٢" * 14])
def test_a_wire_time_has_fourteen_or_seventeen_digits(text: str) -> None:
    with pytest.raises(ValueError, match="not a time of the form"):
        times.parse_wire(text)


def test_whole_seconds() -> None:
    whole = AT.replace(microsecond=0)
    assert times.whole_second(AT) == whole
    assert times.next_whole_second(AT) == whole + timedelta(seconds=1)
    assert times.next_whole_second(whole) == whole
