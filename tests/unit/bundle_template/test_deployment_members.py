"""What a deployment needs besides: parameters filled in, limits of functions, failures, logs, alarms, front door."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bundle_template import AsyncInvoke, Bucket, Bundle, LogGroup, TemplateError, read_template

SAMPLE = """\
metadata: {description: sample, version: 1.0.0}
parameters:
  memory: {description: megabytes, default: "512"}
  warm: {description: warm instances, default: "0"}
  days: {description: days}
  runtime: {description: python, default: Python3.10}
  place: {description: bucket}
settings:
  PLAIN: {description: a plain one}
  HIDDEN: {description: a hidden one, encrypted: true}
components:
  - name: front_door
    type: Huawei::FunctionGraph::Function
    properties:
      codeUri: functions/front_door
      handler: index.handler
      runtime: ${runtime}
      memorySize: ${memory}
      timeout: 5
      strategyConfig: {concurrency: 20}
      reservedInstances: ${warm}
      asyncInvoke: {maxRetries: 2, maxAgeSeconds: 60, onFailurePrefix: dead/letters/}
      settings: [PLAIN]
      encryptedSettings: [HIDDEN]
      includesFunctions: true
  - name: one
    type: Huawei::FunctionGraph::Function
    properties:
      codeUri: functions/one
      handler: index.handler
      runtime: Python3.12
      memorySize: 256
      timeout: 5
      settings: [PLAIN]
      encryptedSettings: [HIDDEN]
routes:
  - {name: shop, method: POST, path: /shop, function: one, through: front_door}
  - {name: item, method: POST, path: /item, function: one}
bucket:
  name: kept-in-${place}
  expirationDays: 30
logGroup: {name: lines, ttlDays: 7}
logTriggers:
  - {name: watched, function: one}
alarms:
  - {name: fails, function: one, metric: failcount, statistic: sum, period: 300, comparison: ">", threshold: 1}
  - {name: own, metric: dead_letters, statistic: max, period: 300, comparison: ">", threshold: 0, runbook: letters}
"""

DOOR = "through: front_door"
BUCKET = "bucket:\n  name: kept-in-${place}\n  expirationDays: 30\n"
REFUSALS = [
    pytest.param("maxRetries: 2", "maxRetries: 4", 22, "4 is not between 0 and 3", id="retries"),
    pytest.param("maxAgeSeconds: 60", "maxAgeSeconds: 0", 22, "0 is not between 1 and 86400", id="age"),
    pytest.param("dead/letters/", "/dead", 22, "does not have the form of a prefix", id="prefix"),
    pytest.param("concurrency: 20", "concurrency: -2", 20, "-2 is not between -1 and 1000", id="concurrency"),
    pytest.param("concurrency: 20", "concurent: 20", 20, "did you mean 'concurrency'", id="member of strategyConfig"),
    pytest.param("${warm}", "21", 21, "more than the 20 instances", id="more warm instances than instances"),
    pytest.param("includesFunctions: true", "includesFunctions: false", 37, "includesFunctions: true", id="empty door"),
    pytest.param("name: front_door", "name: back_door", 37, "needs a function named front_door", id="no front door"),
    pytest.param(DOOR, "through: the_door", 37, "is not 'policies' or 'front_door'", id="unknown way"),
    pytest.param(
        "      settings: [PLAIN]\n",
        "",
        36,
        "front_door runs one, but may not read PLAIN",
        id="poor door",
    ),
    pytest.param("logGroup: {name: lines, ttlDays: 7}\n", "", 42, "needs the block logGroup", id="log group"),
    pytest.param("ttlDays: 7", "ttlDays: 366", 42, "not between 1 and 365", id="days of the log"),
    pytest.param("watched, function: one", "watched, function: won", 44, "did you mean 'one'", id="log trigger"),
    pytest.param("metric: dead_letters", "metric: failcount", 47, "is a metric of a function", id="whose"),
    pytest.param("runbook: letters", "runbook: Dead Letters", 47, "does not have the form of an anchor", id="anchor"),
    pytest.param('default: "512"', 'default: "64"', 18, "64 is not between 128 and 10240", id="default out of range"),
    pytest.param('default: "512"', "default: 512", 3, "expected a text: put it in", id="no text"),
    pytest.param(', default: "512"', "", 18, "parameter memory stands for a number: give it a default", id="default"),
    pytest.param("default: Python3.10", "default: 'Python${memory}'", 6, "refers to no parameter", id="nested"),
    pytest.param("Python3.10", "Python3.11", 17, "'Python3.11' does not have the form", id="default of no use"),
    pytest.param(
        "path: /item", "path: '/item/${place}'", 38, "does not have the form of a path", id="parameter in a path"
    ),
    pytest.param(
        "encrypted: true}", "encrypted: true, default: x}", 10, "a template holds no secret", id="default of a secret"
    ),
    pytest.param("codeUri: functions/one", "codeUri: functions/../..", 29, "a path below the template", id="way out"),
    pytest.param('"512"', "much", 18, "the value of parameter memory is no whole number", id="no number"),
]


@pytest.fixture
def bundle(tmp_path: Path) -> Bundle:
    return _read(tmp_path, SAMPLE)


def _read(tmp_path: Path, text: str) -> Bundle:
    path = tmp_path / "template.yaml"
    path.write_text(text, encoding="utf-8")
    return read_template(path)


def test_a_function_has_its_limits_and_its_way_of_failing(bundle: Bundle) -> None:
    door, one = bundle.components["front_door"], bundle.components["one"]
    assert (door.concurrency, door.reserved_instances, door.includes_functions) == (20, 0, True)
    assert door.async_invoke == AsyncInvoke(2, 60, "dead/letters/")
    assert (one.concurrency, one.reserved_instances, one.async_invoke, one.includes_functions) == (400, 0, None, False)


def test_a_setting_may_have_a_default_that_follows_the_parameters(tmp_path: Path) -> None:
    plain = "PLAIN: {description: a plain one, default: 'https://${place}.example.com'}"
    read = _read(tmp_path, SAMPLE.replace("PLAIN: {description: a plain one}", plain))
    assert read.resolved({"days": "9", "place": "north"}).setting_defaults == {"PLAIN": "https://north.example.com"}


def test_a_route_goes_through_policies_unless_it_says_otherwise(bundle: Bundle) -> None:
    assert [route.through for route in bundle.routes] == ["front_door", "policies"]


def test_logs_and_alarms_are_read(bundle: Bundle) -> None:
    assert bundle.log_group == LogGroup("lines", 7)
    assert [(trigger.name, trigger.function, trigger.line) for trigger in bundle.log_triggers] == [
        ("watched", "one", 44)
    ]
    assert [(alarm.name, alarm.function, alarm.runbook) for alarm in bundle.alarms] == [
        ("fails", "one", "alarms"),
        ("own", None, "letters"),
    ]


@pytest.mark.parametrize(("right", "wrong", "line", "problem"), REFUSALS)
def test_a_fault_is_refused_with_its_line(tmp_path: Path, right: str, wrong: str, line: int, problem: str) -> None:
    assert right in SAMPLE
    with pytest.raises(TemplateError) as caught:
        _read(tmp_path, SAMPLE.replace(right, wrong, 1))
    assert problem in caught.value.problem
    assert caught.value.line == line


def test_behind_the_front_door_a_route_may_have_more_than_six_functions(tmp_path: Path) -> None:
    policies = ", ".join(f"{{function: one, queryParameter: kind, values: [v{number}]}}" for number in range(7))
    more = f"queryParameters: [kind], policies: [{policies}]"
    read = _read(tmp_path, SAMPLE.replace(DOOR, f"{DOOR}, {more}"))
    assert len(read.routes[0].policies) == 7
    with pytest.raises(TemplateError, match=r"at most six functions on a route.*or through: front_door"):
        _read(tmp_path, SAMPLE.replace(DOOR, more))


# ------------------------------------------------------------------------------------------------------- parameters
def test_as_read_texts_keep_their_parameters_and_numbers_have_the_defaults(bundle: Bundle) -> None:
    door = bundle.components["front_door"]
    assert (door.runtime, door.memory_size) == ("${runtime}", 512)
    assert bundle.bucket == Bucket("kept-in-${place}", 30)


def test_resolved_every_parameter_has_its_value_or_its_default(bundle: Bundle) -> None:
    resolved = bundle.resolved({"memory": "1024", "days": "9", "place": "north", "warm": ""})
    door = resolved.components["front_door"]
    assert (door.runtime, door.memory_size, door.reserved_instances) == ("Python3.10", 1024, 0)
    assert resolved.bucket == Bucket("kept-in-north", 30)
    assert resolved.components["one"] == bundle.components["one"]


def test_a_parameter_without_a_value_is_named_with_its_line_and_what_it_is(bundle: Bundle) -> None:
    with pytest.raises(TemplateError) as caught:
        bundle.resolved({"days": "9", "place": ""})
    assert (caught.value.line, caught.value.problem) == (7, "parameter 'place' needs a value: bucket")


def test_a_value_for_no_parameter_is_refused(bundle: Bundle) -> None:
    with pytest.raises(TemplateError, match=r"unknown parameter 'palce' \(did you mean 'place'\?\)"):
        bundle.resolved({"days": "9", "place": "north", "palce": "south"})


@pytest.mark.parametrize(
    ("name", "value", "line", "problem"),
    [
        ("memory", "much", 18, "the value of parameter memory is no whole number"),
        ("memory", "64", 18, "64 is not between 128 and 10240"),
        ("warm", "21", 21, "more than the 20 instances"),
        ("runtime", "Python2.7", 17, "'Python2.7' does not have the form of a runtime"),
        ("place", "two\nlines", 40, "does not have the form of a line of text"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_where_it_is_used(
    bundle: Bundle, name: str, value: str, line: int, problem: str
) -> None:
    with pytest.raises(TemplateError) as caught:
        bundle.resolved({"days": "9", "place": "north", name: value})
    assert problem in caught.value.problem
    assert caught.value.line == line


def test_a_changed_bundle_cannot_be_resolved_and_so_lose_its_change(bundle: Bundle) -> None:
    with pytest.raises(ValueError, match="cannot be resolved"):
        replace(bundle, alarms=()).resolved({"days": "9", "place": "north"})
