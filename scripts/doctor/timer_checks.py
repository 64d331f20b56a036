"""Timers ran, and nothing lies dead: triggers as FunctionGraph lists them, counts as Cloud Eye (CES) has them.

CES is asked because one call tells about all timers and about the bundle's own metrics; a log query would need one
for each function and rights on LTS besides.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from itertools import pairwise

from bundle_template import Timer
from bundle_template.naming import FUNCTION_DIMENSION, FUNCTION_METRICS, metric_value
from bundle_template.schedules import BadSchedule, next_time
from doctor import finding
from doctor.control_plane import Metric, TriggerSeen
from doctor.finding import Finding
from doctor.subject import Subject
from koogallery import metrics

DEAD_LETTERS, EVERY_HOUR = metrics.DEAD_LETTERS.name, metrics.OLDEST_UNSENT.name
PUBLISHER = "publish_metrics"
LATE = timedelta(minutes=15)
"""Metrics are collected every five minutes and appear some minutes later."""
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
_ANY_DAY = datetime(2026, 1, 1, tzinfo=timezone.utc)
_LOOKED_AT = 1500
"""Moments of a schedule: a day of one that fires every minute, so that its longest pause is met."""


def window_of(timer: Timer) -> timedelta | None:
    """The time in which the timer must have fired once, an hour at least; None when that is longer than a day.

    CES keeps five-minute values for a day.
    """
    times = [_ANY_DAY]
    try:
        for _ in range(_LOOKED_AT):
            times.append(next_time(timer.schedule_type, timer.schedule, times[-1]))
    except BadSchedule:
        return None
    window = max(HOUR, *(later - earlier for earlier, later in pairwise(times))) + LATE
    return window if window <= DAY else None


def count_of(subject: Subject, function: str) -> Metric:
    """Calls of a function."""
    return Metric(FUNCTION_METRICS, "count", ((FUNCTION_DIMENSION, metric_value(subject.function_name(function))),))


def own_metric(subject: Subject, name: str) -> Metric:
    """One of the bundle's own metrics, of this copy."""
    return Metric(metrics.NAMESPACE, name, ((metrics.DIMENSION, subject.group),))


def check_trigger(subject: Subject, timer: Timer, triggers: Sequence[TriggerSeen]) -> Finding:
    """The trigger is there and enabled; its name in the account ends with a digest of what it does."""
    check, name = f"timer.{timer.name}.trigger", subject.function_name(timer.name)
    mine = [one for one in triggers if one.kind == "TIMER" and one.name.startswith(name)]
    if not mine:
        return finding.problem(check, "the function has no such timer", "run ./scripts/deploy apply")
    if not any(one.status == "ACTIVE" for one in mine):
        todo = f"FunctionGraph console > {timer.function} > Triggers: enable it"
        return finding.problem(check, f"the timer is {mine[0].status}", todo)
    return finding.ok(check, "enabled")


def check_ran(timer: Timer, window: timedelta | None, count: float | None) -> Finding:
    """It ran within its window."""
    check = f"timer.{timer.name}.ran"
    logs = f"FunctionGraph console > {timer.function} > Monitoring and Logs"
    if window is None:
        return finding.not_checked(check, f"its schedule {timer.schedule} is longer than the metrics reach back", logs)
    minutes = int(window.total_seconds() // 60)
    if not count:
        todo = f"{logs}: was it created only now? Else: is the trigger enabled, is the function's instance limit 0?"
        return finding.problem(check, f"no run within the last {minutes} minutes", todo)
    return finding.ok(check, f"{count:.0f} runs within the last {minutes} minutes")


def check_dead_events(dead: float | None, alive: float | None) -> Finding:
    """Events that the product never took. ``alive`` is the sum of a metric that is written every hour."""
    check = "dead_letters.events"
    if dead:
        todo = "mend the product, then ./scripts/events dead and ./scripts/events replay INSTANCE"
        return finding.problem(check, f"{dead:.0f} events for your product were given up within a day", todo)
    if alive is None:
        todo = f"FunctionGraph console > {PUBLISHER} > Triggers: is its log trigger there and enabled?"
        return finding.not_checked(check, f"Cloud Eye has no values of {metrics.NAMESPACE} within a day", todo)
    return finding.ok(check, "no event for your product was given up within a day")
