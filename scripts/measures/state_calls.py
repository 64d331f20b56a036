"""How many calls of the state the functions need: counts, the same on every machine."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from statistics import fmean
from typing import Any
from uuid import uuid4

from koogallery import times
from koogallery.clock import FrozenClock
from koogallery.ledger_store import load_meter
from koogallery.page_reader import PageReader
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
    yield from _record_busy()
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


def _record_busy() -> Iterator[Figure]:
    """An hour with so many events that one item does not hold them, reported through three function instances.

    Two take turns, every third request meets a new one. A page is created as a bucket is, and costs that once: one
    write, and for the first of an hour the pointer that retention finds them by.
    """
    state = MeteredState()
    now = datetime.now(timezone.utc)
    state.put_if_absent(instance_key("inst-1"), opened_instance("inst-1", now).to_document())
    warm = [PageReader(), PageReader()]
    costs: dict[int, list[int]] = {0: [], 1: []}
    pages = 0
    for request in range(BUSY_REQUESTS):
        state.calls.clear()
        time = times.iso(now)
        ids = [str(uuid4()) for _ in range(BUSY_EVENTS)]
        events = [{"id": id_, "instance_id": "inst-1", "quantity": "1", "time": time} for id_ in ids]
        _serve("record_usage", _usage_event(events), state, PageReader() if request % 3 == 2 else warm[request % 3])
        total, known = state.total, pages
        pages = _pages(state)
        costs[pages - known].append(total)
    plain = costs[0][1:]  # the first request opens the hour
    making = costs[1]
    note = f"most of {len(plain)} requests of {BUSY_EVENTS} events, by three function instances, that made no page"
    yield Figure("calls of record_usage for one instance in an hour with pages", max(plain), 2, note)
    note = f"most of {len(making)} requests that made one; mean of all {fmean(plain + making):.2f}"
    yield Figure("writes of record_usage to create a page", max(making) - max(plain), 2, note)


def _pages(state: MeteredState) -> int:
    meter, _ = load_meter(state, "inst-1")
    return len(meter.pages) if meter else 0


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


def _serve(function: str, event: dict[str, Any], state: MeteredState, pages: PageReader | None = None) -> None:
    """Run a function's use case frame over the counted state, in a function instance that keeps ``pages``."""
    from measures.in_process import serve

    serve(function, event, state, pages)
