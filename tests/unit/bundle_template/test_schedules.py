"""Schedules as the TIMER trigger takes them."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from bundle_template.schedules import BadSchedule, check_schedule, next_time

AFTER = datetime(2026, 11, 21, 10, 5, 30, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("schedule_type", "schedule", "expected"),
    [
        ("Rate", "1m", "2026-11-21T10:06:30"),
        ("Rate", "24h", "2026-11-22T10:05:30"),
        ("Rate", "30d", "2026-12-21T10:05:30"),
        ("Cron", "@every 30m", "2026-11-21T10:35:30"),
        ("Cron", "0 1,5,9,13 * * * *", "2026-11-21T10:09:00"),
        ("Cron", "30 5 10 * *", "2026-11-22T02:05:30"),
        ("Cron", "0 0 0 ? * 1", "2026-11-22T16:00:00"),
        ("Cron", "CRON_TZ=UTC 0 0 12 * * *", "2026-11-21T12:00:00"),
        ("Cron", "0 */15 * * * *", "2026-11-21T10:15:00"),
        ("Cron", "0 0-10/5 * * * *", "2026-11-21T10:10:00"),
    ],
)
def test_the_next_time(schedule_type: str, schedule: str, expected: str) -> None:
    check_schedule(schedule_type, schedule)
    assert next_time(schedule_type, schedule, AFTER) == datetime.fromisoformat(expected).replace(tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("schedule_type", "schedule"),
    [
        ("Rate", "0m"),
        ("Rate", "61m"),
        ("Rate", "25h"),
        ("Rate", "31d"),
        ("Rate", "1s"),
        ("Rate", "1 m"),
        ("Cron", "@every 61m"),
        ("Cron", "* * *"),
        ("Cron", "* * * * * * *"),
        ("Cron", "60 * * * * *"),
        ("Cron", "0 60 * * * *"),
        ("Cron", "0 0 24 * * *"),
        ("Cron", "0 0 0 0 * *"),
        ("Cron", "0 0 0 1 13 *"),
        ("Cron", "0 0 0 ? * 7"),
        ("Cron", "0 9-5 * * * *"),
        ("Cron", "0 */0 * * * *"),
        ("Cron", "0 one * * * *"),
        ("Cron", "CRON_TZ=Nowhere/Land 0 0 0 * * *"),
    ],
)
def test_what_the_trigger_does_not_take_is_refused(schedule_type: str, schedule: str) -> None:
    with pytest.raises(BadSchedule):
        check_schedule(schedule_type, schedule)


def test_a_day_that_never_comes_is_refused() -> None:
    with pytest.raises(BadSchedule, match="never fires"):
        next_time("Cron", "0 0 0 30 2 *", AFTER)
