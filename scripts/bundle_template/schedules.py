"""Timer schedules: what the TIMER trigger accepts, and when it fires next.

Rate ``3m`` (1 to 60), ``1h`` (1 to 24), ``1d`` (1 to 30); Cron ``@every 30m`` or five or six fields
``second minute hour day-of-month month [day-of-week]`` with an optional ``CRON_TZ=<zone>`` prefix
(FunctionGraph user guide, "Cron expressions for a function timer trigger").
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

REGION_ZONE = timezone(timedelta(hours=8))
"""Inferred: a cron expression without a zone runs in the zone of the region, and ``time`` is written in it."""

_UNITS = {"m": (60, 60), "h": (3600, 24), "d": (86400, 30)}
_FIELDS = (
    ("second", 0, 59),
    ("minute", 0, 59),
    ("hour", 0, 23),
    ("day of month", 1, 31),
    ("month", 1, 12),
    ("day of week", 0, 6),
)
_ZONE = re.compile(r"CRON_TZ=([A-Za-z0-9_+\-/]{1,64}) +(.*)")
_PART = re.compile(r"(?:\*|\?|(\d{1,2})(?:-(\d{1,2}))?)(?:/(\d{1,2}))?")


class BadSchedule(ValueError):
    """The schedule is not one the trigger accepts; the text says why."""


def check_schedule(schedule_type: str, schedule: str) -> None:
    """Raise ``BadSchedule`` unless the TIMER trigger accepts it."""
    if schedule_type == "Rate":
        _seconds(schedule)
        return
    expression, _ = _without_zone(schedule)
    if expression.startswith("@every "):
        _seconds(expression.removeprefix("@every "))
        return
    fields = expression.split()
    if len(fields) not in (5, 6):
        raise BadSchedule(f"{schedule!r} has {len(fields)} fields; second minute hour day month [weekday] are expected")
    for (name, low, high), field in zip(_FIELDS, fields, strict=False):
        _check_field(name, field, low, high)


def next_time(schedule_type: str, schedule: str, after: datetime) -> datetime:
    """The first moment later than ``after`` (aware) at which the timer fires, in UTC."""
    if schedule_type == "Rate":
        return after + timedelta(seconds=_seconds(schedule))
    expression, zone = _without_zone(schedule)
    if expression.startswith("@every "):
        return after + timedelta(seconds=_seconds(expression.removeprefix("@every ")))
    from croniter import croniter  # slow to import, and of no use to a single call

    fields = expression.replace("?", "*").split()
    fields += ["*"] * (6 - len(fields))
    try:
        found: datetime = croniter(" ".join(fields), after.astimezone(zone), second_at_beginning=True).get_next(
            datetime
        )
    except ValueError as exc:
        raise BadSchedule(f"{schedule!r} never fires") from exc
    return found.astimezone(timezone.utc)


def _seconds(rate: str) -> int:
    found = re.fullmatch(r"(\d{1,2})([mhd])", rate)
    if not found:
        raise BadSchedule(f"{rate!r} is no rate such as 3m, 1h or 1d")
    seconds, highest = _UNITS[found[2]]
    if not 1 <= int(found[1]) <= highest:
        raise BadSchedule(f"{rate!r} is not between 1{found[2]} and {highest}{found[2]}")
    return int(found[1]) * seconds


def _without_zone(schedule: str) -> tuple[str, tzinfo]:
    found = _ZONE.fullmatch(schedule)
    if not found:
        return schedule, REGION_ZONE
    try:
        return found[2], ZoneInfo(found[1])
    except (KeyError, ValueError) as exc:
        raise BadSchedule(f"unknown time zone {found[1]!r}") from exc


def _check_field(name: str, field: str, low: int, high: int) -> None:
    for part in field.split(","):
        found = _PART.fullmatch(part)
        numbers = [int(number) for number in found.groups()[:2] if number is not None] if found else [-1]
        if any(not low <= number <= high for number in numbers) or numbers != sorted(numbers):
            raise BadSchedule(f"{part!r} is no {name} between {low} and {high}")
        if found and found[3] is not None and int(found[3]) == 0:
            raise BadSchedule(f"{part!r} has a step of zero")
