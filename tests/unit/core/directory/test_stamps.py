"""Times of the kit are UTC+8 and order the syncs."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from koogallery.directory.stamps import Stamp, read_time, stamp_time

NOW = datetime(2026, 11, 21, 2, tzinfo=timezone.utc)


def test_times_are_utc_plus_8() -> None:
    assert read_time("20261121100000123") == NOW + timedelta(milliseconds=123)
    assert read_time("20261121100000") == NOW


@pytest.mark.parametrize("text", ["", "2026112110", "20261321100000", "00010101000000", "\uff120261121100000000"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a time"):
        read_time(text)


def test_both_lengths_sort_together() -> None:
    assert stamp_time("20261121100000", NOW) == "20261121020000000"
    assert stamp_time("20261121100000001", NOW) == "20261121020000001"


def test_a_time_far_ahead_counts_as_now() -> None:
    assert stamp_time("20991121100000123", NOW) == "20261121020000000"
    assert stamp_time("20261121110000000", NOW) == "20261121030000000"


def test_the_signed_time_decides_last() -> None:
    assert Stamp("", "20261121100000000", 1) < Stamp("", "20261121100000000", 2) < Stamp("", "20261121100000001", 0)
