"""The bundle's own metrics: from log lines to numbers by minute, nothing personal, nothing guessed."""

from __future__ import annotations

import json
import re
from datetime import datetime, timezone
from typing import Any

import pytest

from koogallery.metrics import DIMENSION, METRICS, NAMESPACE, bundle_name, points


def line(event: str, time: str = "2026-11-21T10:05:07.123Z", **fields: Any) -> dict[str, Any]:
    return {"time": time, "level": "INFO", "event": event, **fields}


def callback(code: str = "000000", milliseconds: object = 12, **fields: Any) -> dict[str, Any]:
    return line("callback", result_code=code, milliseconds=milliseconds, **fields)


def backlog(time: str, unsent: object = 0, oldest: object = 0) -> dict[str, Any]:
    return line("usage_backlog", time, unsent=unsent, oldest_unsent_seconds=oldest)


def made(*lines: dict[str, Any]) -> dict[str, int]:
    """Name → value of lines that make one point of each metric."""
    found, malformed = points(lines)
    assert malformed == 0
    assert len({point.metric.name for point in found}) == len(found)
    return {point.metric.name: point.value for point in found}


def test_the_names_are_those_cloud_eye_takes() -> None:
    assert re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*\.[A-Za-z][A-Za-z0-9_]*", NAMESPACE)
    assert 3 <= len(NAMESPACE) <= 32
    assert not NAMESPACE.startswith(("SYS", "AGT", "SRE"))
    assert re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]{0,31}", DIMENSION)
    for name, metric in METRICS.items():
        assert re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]{0,95}", name)
        assert metric.name == name
        assert len(metric.unit) <= 32


def test_a_good_callback_counts_no_error_and_tells_its_time() -> None:
    assert made(callback()) == {"callback_errors": 0, "callback_slowest_milliseconds": 12}


@pytest.mark.parametrize(
    ("code", "errors"),
    [("000000", 0), ("000001", 1), ("000002", 0), ("000003", 0), ("000004", 0), ("000005", 1), ("000903", 0)],
)
def test_an_error_is_what_the_bundle_or_its_keys_are_at_fault_for(code: str, errors: int) -> None:
    assert made(callback(code))["callback_errors"] == errors


def test_errors_of_a_minute_are_summed_and_the_slowest_is_taken() -> None:
    found = made(callback("000005", 900), callback("000000", 4100), callback("000001", 3))
    assert found == {"callback_errors": 2, "callback_slowest_milliseconds": 4100}


def test_every_minute_has_points_of_its_own_at_its_last_line() -> None:
    lines = [callback("000005") | {"time": f"2026-11-21T10:{at}Z"} for at in ("05:02", "06:01.5", "05:59", "06:00")]
    found, _ = points(lines)
    errors = [(point.at, point.value) for point in found if point.metric.name == "callback_errors"]
    assert errors == [
        (datetime(2026, 11, 21, 10, 5, 59, tzinfo=timezone.utc), 2),
        (datetime(2026, 11, 21, 10, 6, 1, 500_000, tzinfo=timezone.utc), 2),
    ]


def test_usage_is_late_only_after_minute_20() -> None:
    assert made(backlog("2026-11-21T10:13:59Z", 7, 840)) == {"usage_oldest_unsent_seconds": 840}
    assert made(backlog("2026-11-21T10:19:59.999Z", 7, 840)) == {"usage_oldest_unsent_seconds": 840}
    late = made(backlog("2026-11-21T10:20:00Z", 7, 1200))
    assert late == {"usage_oldest_unsent_seconds": 1200, "usage_unsent_at_minute_20": 7}
    assert made(backlog("2026-11-21T10:21:04Z"))["usage_unsent_at_minute_20"] == 0


def test_the_shares_of_a_large_seller_are_added_up() -> None:
    found = made(backlog("2026-11-21T10:21:01Z", 3, 1300), backlog("2026-11-21T10:21:09Z", 4, 1261))
    assert found == {"usage_oldest_unsent_seconds": 1300, "usage_unsent_at_minute_20": 7}


def test_a_late_run_that_failed_left_something_as_far_as_anybody_knows() -> None:
    failed = line("push_usage_failed", "2026-11-21T10:21:01Z", reason="state_unavailable")
    assert made(failed) == {"usage_unsent_at_minute_20": 1}
    assert made({**failed, "time": "2026-11-21T10:09:01Z"}) == {}


@pytest.mark.parametrize(
    ("status", "metric"),
    [("conflict", "usage_conflicts"), ("rejected", "usage_not_billed"), ("expired", "usage_not_billed")],
)
def test_a_record_that_is_not_billed_is_counted_by_its_kind(status: str, metric: str) -> None:
    lost = line("usage_record_not_billed", status=status, metering_sn="sn-1", instance_id="i-1")
    assert made(lost, lost) == {metric: 2}


def test_an_event_is_a_dead_letter_only_when_it_was_given_up() -> None:
    waiting = line("event_not_delivered", dead_letter=False, alarm=True)
    assert made(waiting) == {}
    assert made(waiting, {**waiting, "dead_letter": True}) == {"dead_letters": 1}


def test_other_lines_say_nothing() -> None:
    assert made(line("push_usage", hours_sealed=3), line("seller_call", status=500), line("lease_lost")) == {}


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"event": "callback"},
        callback() | {"time": 5},
        callback() | {"time": "yesterday"},
        callback() | {"time": "2026-11-21T10:05:07"},
        callback() | {"time": "9999-99-99T10:05:07Z"},
        callback(milliseconds=-1),
        callback(milliseconds="12"),
        callback(milliseconds=True),
        callback(milliseconds=1.5),
        callback(milliseconds=10**12),
        callback(milliseconds=None),
        callback() | {"result_code": 5},
        backlog("2026-11-21T10:21:00Z", None),
        backlog("2026-11-21T10:21:00Z", 1, -1),
        line("usage_backlog"),
    ],
)
def test_a_malformed_line_is_counted_and_spoils_no_other(broken: dict[str, Any]) -> None:
    found, malformed = points([callback("000005"), broken, callback("000005")])
    assert malformed == 1
    assert [point.value for point in found if point.metric.name == "callback_errors"] == [2]


def test_nothing_of_a_line_but_numbers_leaves() -> None:
    found, _ = points([callback("000005", request_id="r-1", instance_id="inst-secret", reason="of a person")])
    told = json.dumps([(point.metric.name, point.at.isoformat(), point.value) for point in found])
    assert "inst-secret" not in told
    assert "person" not in told


@pytest.mark.parametrize(
    ("function_name", "bundle"),
    [("koogallery_prod_publish_metrics", "koogallery_prod"), ("publish_metrics", "koogallery"), ("other", "other")],
)
def test_the_bundle_is_what_its_functions_are_named_after(function_name: str, bundle: str) -> None:
    assert bundle_name(function_name, "publish_metrics") == bundle
