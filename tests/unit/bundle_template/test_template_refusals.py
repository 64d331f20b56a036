"""Whatever the cloud would refuse is refused with the file and the line of the template."""

from __future__ import annotations

from pathlib import Path

import pytest

from bundle_template.errors import TemplateError
from bundle_template.reading import read_template

SAMPLE = """\
metadata: {description: sample, version: 1.0.0}
parameters:
  runtime: {description: python, default: Python3.10}
settings:
  PLAIN: {description: a plain one}
  HIDDEN: {description: a hidden one, encrypted: true}
layers:
  - {name: core, codeUri: layers/core}
components:
  - name: one
    type: Huawei::FunctionGraph::Function
    properties:
      codeUri: functions/one
      handler: index.handler
      runtime: ${runtime}
      memorySize: 512
      timeout: 5
      layers: [core]
      settings: [PLAIN]
      encryptedSettings: [HIDDEN]
  - name: two
    type: Huawei::FunctionGraph::Function
    properties: {codeUri: functions/two, handler: index.handler, runtime: Python3.12, memorySize: 128, timeout: 3}
authorizers:
  - {name: names, function: two, needBody: true}
routes:
  - name: shop
    method: POST
    path: /shop
    authorizer: names
    queryParameters: [kind]
    function: one
    policies:
      - {function: two, authorizerParameter: activity, values: [b]}
      - {function: two, queryParameter: kind, values: [c]}
  - {name: item, method: GET, path: "/shop/{id}", function: one}
timers:
  - {name: often, function: two, scheduleType: Rate, schedule: 1m}
alarms:
  - {name: fails, function: one, metric: failcount, statistic: sum, period: 300, comparison: ">=", threshold: 1}
"""

POLICY = "      - {function: two, authorizerParameter: activity, values: [b]}\n"
SECOND_ITEM = """\
  - {name: item, method: GET, path: "/shop/{id}", function: one}
  - {name: same, method: GET, path: "/shop/{key}", function: one}
"""
REFUSALS = [
    pytest.param("timers:\n", "timer:\n", 37, "unknown member 'timer'", id="unknown block"),
    pytest.param(
        "      timeout: 5\n", "      timeout: 5\n      timeOut: 6\n", 18, "unknown member 'timeOut'", id="member"
    ),
    pytest.param("      timeout: 5\n", "", 12, "'timeout' is missing", id="missing member"),
    pytest.param("      timeout: 5\n", "      timeout: 5\n      timeout: 6\n", 18, "second time", id="member twice"),
    pytest.param("timeout: 5", "timeout: soon", 17, "whole number", id="number"),
    pytest.param("timeout: 5", "timeout: 2", 17, "not between 3", id="number out of range"),
    pytest.param("encrypted: true", "encrypted: maybe", 6, "true or false", id="no truth value"),
    pytest.param("${runtime}", "${running}", 15, "unknown parameter 'running'", id="unknown parameter"),
    pytest.param("runtime: Python3.12", "runtime: Python3.11", 23, "Python3.11", id="runtime that is not offered"),
    pytest.param("layers: [core]", "layers: [heart]", 18, "unknown layer 'heart'", id="unknown layer"),
    pytest.param(
        "settings: [PLAIN]", "settings: [PLANE]", 19, "unknown setting of function one: 'PLANE'", id="setting"
    ),
    pytest.param(
        "settings: [PLAIN]", "settings: [HIDDEN]", 19, "HIDDEN is encrypted", id="encrypted setting in the open"
    ),
    pytest.param("settings: [PLAIN]", "settings: [PLAIN, PLAIN]", 19, "second time", id="setting twice"),
    pytest.param("[HIDDEN]", "[HIDDEN, HIDDEN]", 20, "'HIDDEN' appears a second time", id="encrypted setting twice"),
    pytest.param("[core]", "[core, core]", 18, "'core' appears a second time", id="layer twice"),
    pytest.param("[kind]", "[kind, kind]", 31, "'kind' appears a second time", id="query parameter twice"),
    pytest.param("values: [b]", "values: [b, b]", 34, "'b' appears a second time", id="value of a policy twice"),
    pytest.param("[HIDDEN]", "[HIDDEN, PLAIN]", 20, "PLAIN is not encrypted", id="plain setting encrypted"),
    pytest.param("[PLAIN]", "PLAIN", 19, "expected a list", id="no list"),
    pytest.param("{description: python, default: Python3.10}", "python", 3, "expected a mapping", id="no mapping"),
    pytest.param(
        "Huawei::FunctionGraph::Function",
        "Huawei::Nothing",
        11,
        "'Huawei::Nothing' is not",
        id="unknown type",
    ),
    pytest.param("name: two", "name: one", 21, "'one' appears a second time", id="function twice"),
    pytest.param("name: item", "name: shop", 36, "'shop' appears a second time", id="route twice"),
    pytest.param("function: two, needBody", "function: too, needBody", 25, "unknown function 'too'", id="authorizer's"),
    pytest.param("    function: one\n", "    function: once\n", 32, "unknown function 'once'", id="default backend"),
    pytest.param(
        "{function: two, query", "{function: too, query", 35, "unknown function 'too'", id="policy's function"
    ),
    pytest.param("often, function: two", "often, function: too", 38, "unknown function 'too'", id="timer's function"),
    pytest.param("fails, function: one", "fails, function: won", 40, "unknown function 'won'", id="alarm's function"),
    pytest.param("authorizer: names", "authorizer: mames", 30, "unknown authorizer 'mames'", id="unknown authorizer"),
    pytest.param("    authorizer: names\n", "", 33, "needs a route with an authorizer", id="no authorizer"),
    pytest.param("queryParameters: [kind]", "queryParameters: []", 35, "'kind' is not declared", id="undeclared query"),
    pytest.param(
        "authorizerParameter: activity, ", "", 34, "either authorizerParameter", id="policy without condition"
    ),
    pytest.param("values: [b]", "values: []", 34, "at least one value", id="policy without value"),
    pytest.param(POLICY, POLICY + POLICY.replace("two", "one"), 35, "'b' is sent to two already", id="value twice"),
    pytest.param(POLICY, POLICY * 5, 39, "at most six functions", id="seven functions on a route"),
    pytest.param("path: /shop\n", "path: shop\n", 29, "does not have the form", id="path without slash"),
    pytest.param("method: POST", "method: FETCH", 28, "FETCH", id="unknown method"),
    pytest.param("/shop/{id}", "/shop/{id}/{id}", 36, "appears twice", id="path parameter twice"),
    pytest.param(
        "function: one}\n", "function: one, matchMode: SWA}\n", 36, "no path parameters", id="prefix with parameter"
    ),
    pytest.param(SECOND_ITEM.splitlines(keepends=True)[0], SECOND_ITEM, 37, "as route item", id="path twice"),
    pytest.param("schedule: 1m", "schedule: 61m", 38, "not between 1m and 60m", id="rate"),
    pytest.param("scheduleType: Rate", "scheduleType: Often", 38, "Often", id="schedule type"),
    pytest.param("metric: failcount", "metric: failures", 40, "failures", id="unknown metric"),
    pytest.param("codeUri: layers/core", "codeUri: layers/core, requirements: r.txt", 8, "either codeUri", id="layer"),
    pytest.param("codeUri: functions/one", "codeUri: /etc", 13, "does not have the form", id="absolute code folder"),
    pytest.param("version: 1.0.0", "release: 1.0.0", 1, "unknown member 'release'", id="metadata"),
    pytest.param("metadata: {", "metadata: [", 1, "not YAML", id="no YAML"),
]


def _write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "template.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def _refused(tmp_path: Path, text: str) -> TemplateError:
    with pytest.raises(TemplateError) as caught:
        read_template(_write(tmp_path, text))
    return caught.value


def test_the_sample_is_accepted(tmp_path: Path) -> None:
    assert set(read_template(_write(tmp_path, SAMPLE)).components) == {"one", "two"}


@pytest.mark.parametrize(("right", "wrong", "line", "problem"), REFUSALS)
def test_a_fault_is_refused_with_its_line(tmp_path: Path, right: str, wrong: str, line: int, problem: str) -> None:
    assert right in SAMPLE
    refused = _refused(tmp_path, SAMPLE.replace(right, wrong, 1))
    assert problem in refused.problem
    assert str(refused).startswith(f"{tmp_path / 'template.yaml'}:{line}: ")


def test_more_than_twenty_settings_of_a_kind_are_refused(tmp_path: Path) -> None:
    names = [f"PLAIN{number}" for number in range(21)]
    declared = "".join(f"  {name}: {{description: one}}\n" for name in names)
    text = SAMPLE.replace("settings:\n", f"settings:\n{declared}", 1).replace("[PLAIN]", f"[{', '.join(names)}]")
    refused = _refused(tmp_path, text)
    assert (refused.problem, refused.line) == ("more than 20 settings", 19 + 21)


def test_an_empty_template_is_refused(tmp_path: Path) -> None:
    assert _refused(tmp_path, "# nothing\n").problem == "is empty"


def test_a_missing_template_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TemplateError, match="cannot be read"):
        read_template(tmp_path / "none.yaml")


def test_an_endless_template_is_refused(tmp_path: Path) -> None:
    assert "larger than" in _refused(tmp_path, SAMPLE + "#" * 1_100_000).problem


def _many(most: int) -> str:
    return ", ".join(f"many{number}" for number in range(most + 1))


@pytest.mark.parametrize(
    ("right", "wrong", "problem"),
    [
        ("layers: [core]", f"layers: [{_many(20)}]", "more than 20 layers"),
        ("[kind]", f"[kind, {_many(49)}]", "more than 50 query parameters"),
        ("values: [b]", f"values: [{_many(50)}]", "more than 50 values"),
        (f"    policies:\n{POLICY}", f"    through: front_door\n    policies:\n{POLICY * 51}", "more than 50 policies"),
    ],
)
def test_lists_are_bounded(tmp_path: Path, right: str, wrong: str, problem: str) -> None:
    assert right in SAMPLE
    refused = _refused(tmp_path, SAMPLE.replace(right, wrong, 1))
    assert problem in {found.text for found in refused.problems}
