"""How many calls of the state the functions need: counts, the same on every machine."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from statistics import fmean
from typing import Any

from koogallery import times
from koogallery.clock import FrozenClock
from koogallery.slots import instance_key
from koogallery.timer import Tick
from koogallery.use_cases.push_usage import push_usage
from measures import callbacks
from measures.bundle_context import services
from measures.figures import Figure
from measures.metered_state import MeteredState
from measures.population import opened_instance, populate

HOUR = "2026-11-21T10"
RECORDS = 5000
BUSY_REQUESTS, BUSY_EVENTS = 40, 500


def measure() -> Iterator[Figure]:
    """One figure for each promise."""
    yield from _new_instance()
    yield _query()
    yield _record()
    yield _record_busy()
    yield _push()


def _new_instance() -> Iterator[Figure]:
    state = MeteredState()
    message = callbacks.members("newInstance")
    _serve("new_instance", callbacks.signed_event(message), state)
    yield Figure("writes of newInstance", state.writes, 3)
    before = state.writes
    _serve("new_instance", callbacks.signed_event({**message, "businessId": "another"}), state)
    yield Figure("writes of a repeated newInstance", state.writes - before, 0)


def _query() -> Figure:
    state = MeteredState()
    ids = [f"inst-{number}" for number in range(100)]
    at = datetime.now(timezone.utc)
    sealer = services(callbacks.settings(), state, FrozenClock(at)).sealer
    for id_ in ids:
        sealed = sealer.seal('{"front_end_url":"https://app.example.com"}', id_)
        instance = opened_instance(id_, at)
        state.put_if_absent(instance_key(id_), _with_access(instance, sealed))
    state.calls.clear()
    message = {"activity": "queryInstance", "instanceId": ",".join(ids)}
    _serve("query_instance", callbacks.signed_event(message), state)
    return Figure("calls of queryInstance for 100 pay-per-use instances", state.total, 2)


def _with_access(instance: Any, sealed: str) -> str:
    from dataclasses import replace

    document: str = replace(instance, access=sealed).to_document()
    return document


def _record() -> Figure:
    state = MeteredState()
    now = datetime.now(timezone.utc)
    state.put_if_absent(instance_key("inst-1"), opened_instance("inst-1", now).to_document())
    for number in range(2):
        state.calls.clear()
        event = {"id": f"e{number}", "instance_id": "inst-1", "quantity": "1", "time": times.iso(now)}
        _serve("record_usage", _usage_event([event]), state)
    return Figure("calls of record_usage for one instance and hour", state.total, 2)


def _record_busy() -> Figure:
    """An hour with so many events that most of them lie in pages."""
    state = MeteredState()
    now = datetime.now(timezone.utc)
    state.put_if_absent(instance_key("inst-1"), opened_instance("inst-1", now).to_document())
    calls = []
    for request in range(BUSY_REQUESTS):
        state.calls.clear()
        time = times.iso(now)
        events = [
            {"id": f"r{request}-{number}", "instance_id": "inst-1", "quantity": "1", "time": time}
            for number in range(BUSY_EVENTS)
        ]
        _serve("record_usage", _usage_event(events), state)
        calls.append(state.total)
    more = sum(count > 2 for count in calls)
    note = f"mean of {BUSY_REQUESTS} requests of {BUSY_EVENTS} events; {more} move or read a page"
    return Figure("calls of record_usage for an hour with pages", fmean(calls), 2, note)


def _usage_event(events: list[dict[str, str]]) -> dict[str, Any]:
    body = base64.b64encode(json.dumps({"events": events}).encode()).decode()
    return {
        "body": body,
        "isBase64Encoded": True,
        "httpMethod": "POST",
        "path": "/seller/usage",
        "queryStringParameters": {},
        "headers": {"authorization": f"Bearer {callbacks.KEY}"},
        "requestContext": {},
    }


def _push() -> Figure:
    state = MeteredState()
    populate(state, range(RECORDS), HOUR)
    state.calls.clear()
    clock = FrozenClock(times.hour_end(HOUR) + timedelta(minutes=3))
    report = push_usage(services(callbacks.settings(), state, clock), Tick(clock.now(), tuple(range(16))))
    if report.get("records_delivered") != RECORDS:
        raise SystemExit(f"push_usage did not deliver everything: {dict(report)}")
    return Figure("calls of push_usage for a billed record", state.total / RECORDS, 2, f"{RECORDS} records")


def _serve(function: str, event: dict[str, Any], state: MeteredState) -> None:
    """Run a function's use case frame over the counted state."""
    from measures.in_process import serve

    serve(function, event, state)
