"""publish_metrics: the log lines of real calls become metrics that Cloud Eye takes."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from unittest import mock

import pytest
from huaweicloudsdkces.v1 import CreateMetricDataRequestBody  # type: ignore[import-untyped, unused-ignore]

from koogallery import times
from koogallery.cloud_api import CloudRefused, CloudUnavailable
from koogallery.errors import SettingsError
from koogallery.http import HttpResponse, HttpUnreachable
from koogallery.log_events import MalformedLogEvent
from koogallery.logs import LOGGER, JsonFormatter, Redactor
from koogallery.metrics import METRICS, NAMESPACE
from koogallery.services import Services
from koogallery.use_cases.publish_metrics import KEPT_SECONDS, OLDEST, POINTS_A_CALL
from koogallery_simulator import faults
from koogallery_simulator.dialects import saas_v2
from tests.support.scripted_http import ScriptedHttp
from tests.support.world import AT, SETTINGS, World, usage
from tests.unit.core.test_log_events import entry, event
from tests.unit.core.test_metrics import backlog, callback

CES = "https://ces.cn-north-4.myhuaweicloud.com"
CREATED = HttpResponse(201, {}, b"")


class Written(logging.Handler):
    """Lines as they are written, at the time of the frozen clock."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world, self.lines = world, list[str]()

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a line."""
        record.created = self.world.clock.now().timestamp()
        self.lines.append(JsonFormatter(Redactor()).format(record))


@contextmanager
def writing(world: World) -> Iterator[list[str]]:
    """What is logged inside the block."""
    handler = Written(world)
    logging.getLogger(LOGGER).addHandler(handler)
    try:
        yield handler.lines
    finally:
        logging.getLogger(LOGGER).removeHandler(handler)


def publish(told: object, *answers: Any, endpoint: str = CES, at: datetime = AT) -> tuple[Any, ScriptedHttp]:
    """The function's report, and what was sent."""
    world = World(at=at, settings={"CES_ENDPOINT": endpoint})
    http = ScriptedHttp(*(answers or [CREATED]))
    with mock.patch.object(Services, "http", http):
        return world.call("publish_metrics", told), http


def of_lines(*lines: Any) -> dict[str, Any]:
    """An LTS event with these lines."""
    return event([entry(one if isinstance(one, str) else json.dumps(one, separators=(",", ":"))) for one in lines])


def data(http: ScriptedHttp) -> list[dict[str, Any]]:
    """Every datum that was sent."""
    return [datum for sent in http.sent for datum in json.loads(sent.body)]


def newest(http: ScriptedHttp) -> dict[str, int]:
    """Value of the newest point of each metric."""
    return {datum["metric"]["metric_name"]: datum["value"] for datum in data(http)}


def test_the_lines_of_real_calls_become_the_metrics_of_the_alarms() -> None:
    world = World()
    with writing(world) as lines:
        instance_id = world.open()
        world.use(usage("a", instance_id, 1, world.clock.now()))
        world.to_next_hour(21)
        world.far_ends.marketplace_unreachable = True
        with mock.patch.object(world.clock, "sleep"):
            world.push()
        assert world.answer(world.sign(saas_v2.query_instance(instance_id))).status == 200
    report, http = publish(of_lines(*lines), at=world.clock.now())
    assert report["lines"] == len(lines)
    assert "malformed" not in report
    assert newest(http) == {
        "callback_errors": 0,
        "callback_slowest_milliseconds": 0,
        "usage_unsent_at_minute_20": 1,
        "usage_oldest_unsent_seconds": 21 * 60,
    }
    sent = json.dumps(data(http))
    assert instance_id not in sent
    assert not [secret for secret in SETTINGS.values() if secret in sent]


def test_conflicts_dead_letters_and_lost_records_of_real_calls_are_counted() -> None:
    world = World()
    first, second = world.open("on-demand"), world.open("on-demand")
    with writing(world) as lines:
        world.use(*(usage(id_, id_, 1, world.clock.now()) for id_ in (first, second)))
        world.marketplace.faults.add(faults.RecordFault(faults.FORCE_CODE, first, "005"))
        world.marketplace.faults.add(faults.RecordFault(faults.FORCE_CODE, second, "009"))
        world.product.unreachable = True
        world.shop.freeze(first)
        world.clock.advance(3 * 24 * 3600)
        world.push()
        world.deliver()
    _, http = publish(of_lines(*lines), at=world.clock.now())
    totals = newest(http)
    assert (totals["usage_conflicts"], totals["usage_not_billed"], totals["dead_letters"]) == (1, 1, 1)


def test_every_datum_is_one_cloud_eye_takes() -> None:
    _, http = publish(of_lines(callback("000005", 3100), backlog("2026-11-21T10:04:00Z", 2, 9)))
    (sent,) = http.sent
    assert (sent.method, sent.url) == ("POST", f"{CES}/V1.0/local/metric-data")
    assert sent.headers["X-Security-Token"] == "local-security-token"
    assert {datum["metric"]["metric_name"] for datum in data(http)} <= set(METRICS)
    for datum in data(http):
        model = CreateMetricDataRequestBody(**datum)
        assert {name for name in model.attribute_map if getattr(model, name) is not None} == set(datum)
        assert datum["metric"]["namespace"] == NAMESPACE
        assert datum["metric"]["dimensions"] == [{"name": "bundle", "value": "koogallery"}]
        assert datum["ttl"] == KEPT_SECONDS <= 604_800
        assert datum["type"] == "int"
    at = times.parse_iso("2026-11-21T10:05:07.123Z")
    assert data(http)[-1]["collect_time"] == int(at.timestamp() * 1000)


def test_an_event_that_comes_again_writes_the_same_again() -> None:
    told = of_lines(callback("000005"), callback("000001"))
    assert data(publish(told)[1]) == data(publish(told)[1])


def test_what_cannot_be_read_is_counted_and_the_rest_is_written() -> None:
    cut = json.dumps(callback(), separators=(",", ":"))[:-5]
    told = of_lines("Start invoke request", cut, callback(milliseconds="x"), callback("000005"))
    report, http = publish(told)
    assert report == {"lines": 2, "malformed": 2, "points": 2}
    assert newest(http)["callback_errors"] == 1


@pytest.mark.parametrize("away", [-OLDEST - timedelta(seconds=1), timedelta(minutes=10)])
def test_moments_that_cloud_eye_refuses_do_not_spoil_the_others(away: timedelta) -> None:
    old = callback() | {"time": times.iso_millis(AT + away)}
    report, http = publish(of_lines(old, callback() | {"time": times.iso_millis(AT)}))
    assert report == {"lines": 2, "points": 2, "left_out": 2}
    assert len(data(http)) == 2


def test_many_points_are_written_in_several_calls() -> None:
    lines = [callback() | {"time": times.iso_millis(AT - timedelta(minutes=minute))} for minute in range(600)]
    _, http = publish(of_lines(*lines))
    assert [len(json.loads(sent.body)) for sent in http.sent] == [POINTS_A_CALL, POINTS_A_CALL, 200]
    assert max(len(sent.body) for sent in http.sent) < 512 * 1024


def test_lines_that_say_nothing_call_nobody() -> None:
    report, http = publish(of_lines("Start invoke request"))
    assert (report, http.sent) == ({}, [])


@pytest.mark.parametrize("answer", [HttpUnreachable("ces", "dns"), HttpResponse(503, {}, b"")])
def test_an_outage_fails_the_run_so_that_the_platform_tries_again(answer: Any) -> None:
    with pytest.raises(CloudUnavailable):
        publish(of_lines(callback()), answer)


def test_a_refusal_fails_the_run() -> None:
    with pytest.raises(CloudRefused, match=r"status 403 ces\.0015"):
        publish(of_lines(callback()), HttpResponse(403, {}, b'{"code":"ces.0015"}'))


@pytest.mark.parametrize(("endpoint", "problem"), [("", "is missing"), ("http://ces.example", "must be an https")])
def test_the_address_of_cloud_eye_is_named_when_it_is_at_fault(endpoint: str, problem: str) -> None:
    with pytest.raises(SettingsError, match=f"CES_ENDPOINT {problem}"):
        publish(of_lines(callback()), endpoint=endpoint)


def test_an_event_of_something_else_fails_the_run() -> None:
    with pytest.raises(MalformedLogEvent):
        publish({"version": "v1.0", "trigger_type": "TIMER"})
