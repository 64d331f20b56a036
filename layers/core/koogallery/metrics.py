"""The bundle's own metrics, made from its log lines. Pure: lines in, numbers by minute out; nothing personal leaves.

They stand in Cloud Eye under ``NAMESPACE``, with one dimension: ``DIMENSION`` tells several copies of the bundle in
one account apart. The alarms of ``template.yaml`` watch them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final, Literal, NamedTuple

from koogallery import times
from koogallery.ledger.batch import CONFLICT
from koogallery.result_codes import AUTHENTICATION_FAILED, INTERNAL_ERROR

NAMESPACE: Final = "KOOGALLERY.Bundle"
"""``service.item``: letters, digits and ``_``, together 3 to 32 characters (CES API, CreateMetricData)."""
DIMENSION: Final = "bundle"
LATE_MINUTE: Final = 20
"""Usage of the hour before has to be with the marketplace by now; it collects at minute 15."""
LARGEST: Final = 10**12
"""No number of the bundle comes near; a larger one is not its own."""

Combine = Literal["sum", "max"]


class Metric(NamedTuple):
    """``combine``: what becomes of several values of one minute."""

    name: str
    unit: str
    combine: Combine
    meaning: str


USAGE_UNSENT = Metric(
    "usage_unsent_at_minute_20", "Count", "sum", "records of usage that a run after minute 20 of the hour left unsent"
)
OLDEST_UNSENT = Metric("usage_oldest_unsent_seconds", "s", "max", "age of the oldest unsent record of usage")
CONFLICTS = Metric("usage_conflicts", "Count", "sum", "records whose billing nobody but a person can tell")
NOT_BILLED = Metric("usage_not_billed", "Count", "sum", "records the marketplace will not bill: rejected or expired")
DEAD_LETTERS = Metric("dead_letters", "Count", "sum", "events given up after three days")
CALLBACK_ERRORS = Metric("callback_errors", "Count", "sum", "callbacks answered 000005 or 000001")
SLOWEST_CALLBACK = Metric("callback_slowest_milliseconds", "ms", "max", "time of the slowest callback")

METRICS: Final = {
    metric.name: metric
    for metric in (USAGE_UNSENT, OLDEST_UNSENT, CONFLICTS, NOT_BILLED, DEAD_LETTERS, CALLBACK_ERRORS, SLOWEST_CALLBACK)
}

_ERRORS = (INTERNAL_ERROR, AUTHENTICATION_FAILED)
Value = tuple[Metric, int]


class Point(NamedTuple):
    """A metric's value of one minute; ``at`` is the last moment in it that was counted."""

    metric: Metric
    at: datetime
    value: int


class Malformed(ValueError):
    """A line of the bundle that does not hold what its event always holds."""


def bundle_name(function_name: str, function: str) -> str:
    """The dimension's value: what stands before the own name in the name of a deployed function.

    ``koogallery_prod_publish_metrics`` → ``koogallery_prod``; the bare name of local runs → ``koogallery``.
    """
    return function_name.removesuffix(f"_{function}") if function_name != function else "koogallery"


def points(lines: Iterable[Mapping[str, Any]]) -> tuple[list[Point], int]:
    """The points that lines make together, and how many lines were malformed. Lines that say nothing count for none."""
    found: dict[tuple[str, datetime], Point] = {}
    malformed = 0
    for line in lines:
        try:
            at, values = _moment(line), list(_values(line))
        except Malformed:
            malformed += 1
            continue
        for metric, value in values:
            key = (metric.name, at.replace(second=0, microsecond=0))
            before = found.get(key)
            found[key] = Point(metric, at, value) if before is None else _joined(before, at, value)
    return sorted(found.values(), key=lambda point: (point.at, point.metric.name)), malformed


def _joined(before: Point, at: datetime, value: int) -> Point:
    joined = before.value + value if before.metric.combine == "sum" else max(before.value, value)
    return Point(before.metric, max(before.at, at), joined)


def _values(line: Mapping[str, Any]) -> Iterator[Value]:
    event = line.get("event")
    if event == "callback":
        yield from _of_callback(line)
    elif event == "usage_backlog":
        yield from _of_backlog(line)
    elif event == "push_usage_failed" and _is_late(line):
        # The run cannot tell what it left: at least something, as far as anybody knows.
        yield USAGE_UNSENT, 1
    elif event == "usage_record_not_billed":
        yield CONFLICTS if line.get("status") == CONFLICT else NOT_BILLED, 1
    elif event == "event_not_delivered" and line.get("dead_letter") is True:
        yield DEAD_LETTERS, 1


def _of_callback(line: Mapping[str, Any]) -> Iterator[Value]:
    code = line.get("result_code")
    if not isinstance(code, str):
        raise Malformed("result_code")
    yield CALLBACK_ERRORS, int(code in _ERRORS)
    yield SLOWEST_CALLBACK, _number(line, "milliseconds")


def _of_backlog(line: Mapping[str, Any]) -> Iterator[Value]:
    unsent = _number(line, "unsent")
    yield OLDEST_UNSENT, _number(line, "oldest_unsent_seconds")
    if _is_late(line):
        yield USAGE_UNSENT, unsent


def _is_late(line: Mapping[str, Any]) -> bool:
    return _moment(line).minute >= LATE_MINUTE


def _number(line: Mapping[str, Any], name: str) -> int:
    value = line.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < LARGEST:
        raise Malformed(name)
    return value


def _moment(line: Mapping[str, Any]) -> datetime:
    text = line.get("time")
    try:
        return times.parse_iso(text if isinstance(text, str) else "")
    except ValueError as error:
        raise Malformed("time") from error
