"""A minute of skew is all that signatures allow; a certificate has to last two weeks."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from doctor.certificate import CertificateSeen, check_certificate
from doctor.clock_skew import check_clock, parse_date
from doctor.finding import Verdict

AT = datetime(2026, 11, 21, 10, 5, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("seconds", "verdict"),
    [(0, Verdict.OK), (-20, Verdict.OK), (21, Verdict.WARNING), (-60, Verdict.WARNING), (61, Verdict.PROBLEM)],
)
def test_a_clock_a_minute_away_is_a_problem(seconds: int, verdict: Verdict) -> None:
    assert check_clock("mkt", AT, AT + timedelta(seconds=seconds)).verdict is verdict


def test_without_a_date_the_clock_is_not_checked() -> None:
    assert check_clock("mkt", AT, None).verdict is Verdict.NOT_CHECKED


@pytest.mark.parametrize("header", [None, "", "yesterday", "Sat, 99 Nov 2026 10:05:00 GMT"])
def test_a_date_that_is_none_is_no_date(header: str | None) -> None:
    assert parse_date(header) is None


def test_a_date_header_is_read_as_utc() -> None:
    assert parse_date("Sat, 21 Nov 2026 10:05:00 GMT") == AT


@pytest.mark.parametrize(("days", "verdict"), [(90, Verdict.OK), (14, Verdict.OK), (13.9, Verdict.PROBLEM)])
def test_a_certificate_has_to_last_two_weeks(days: float, verdict: Verdict) -> None:
    seen = CertificateSeen(AT + timedelta(days=days), "TLSv1.3")
    assert check_certificate("shop.example.com", seen, AT).verdict is verdict
