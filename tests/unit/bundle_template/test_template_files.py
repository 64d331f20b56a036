"""What a template may be as a file: bounded, plain YAML, all faults told at once and no secret among them."""

from __future__ import annotations

from pathlib import Path

import pytest

from bundle_template import PROJECT_TEMPLATE, TemplateError, read_template
from bundle_template.errors import MAX_SHOWN
from bundle_template.lines import MAX_DEPTH, read_yaml

FUNCTION = """\
  - name: {name}
    type: Huawei::FunctionGraph::Function
    properties: {{codeUri: f, handler: index.handler, runtime: Python3.12, memorySize: 128, timeout: 3{more}}}
"""
SAMPLE = "metadata: {description: sample, version: 1.0.0}\ncomponents:\n" + FUNCTION.format(name="one", more="")


def _refused(tmp_path: Path, text: str) -> TemplateError:
    path = tmp_path / "template.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(TemplateError) as caught:
        read_template(path)
    return caught.value


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("timers:", "a value is missing here"),
        ("metadata: [one]", "'metadata' appears a second time"),
        ("bucket: {name: 1.5}", "put it in quotes if a text is meant"),
        ("bucket: {name: 2026-11-21}", "put it in quotes if a text is meant"),
        ("bucket: {name: yes}", "put it in quotes if a text is meant"),
        ("bucket: {name: a, expirationDays: 0x10}", "put it in quotes if a text is meant"),
        ("bucket: {name: a, expirationDays: 010}", "put it in quotes if a text is meant"),
        ("bucket: {name: a, expirationDays: true}", "expected a whole number"),
        ("bucket: {name: a, expirationDays: '10'}", "expected a whole number"),
        ("bucket: {<<: {name: a}}", "the name of a member has to be a text"),
        ("bucket: {1: a}", "the name of a member has to be a text"),
        ("bucket: {[a]: a}", "the name of a member has to be a text"),
        ("bucket: !!set {a, b}", "a tag that a template does not know"),
        ("bucket: !own a", "put it in quotes if a text is meant"),
        ("routes: &all [*all]", f"more than {MAX_DEPTH} levels deep"),
        ("routes: " + "[" * 5000, f"more than {MAX_DEPTH} levels deep"),
        ("routes: *nowhere", "not YAML"),
        ("routes: {}", "expected a list"),
        ("routes: [one]", "expected a mapping of names to values"),
        ("one: \x01", "not YAML"),
    ],
)
def test_only_plain_yaml_is_taken(tmp_path: Path, line: str, problem: str) -> None:
    refused = _refused(tmp_path, SAMPLE + line + "\n")
    assert problem in refused.problem
    assert refused.line in (6, 1)


def test_a_few_aliases_cannot_stand_for_billions_of_values(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    assert "more than 50000 values" in _refused(tmp_path, "\n".join(lines)).problem


def test_all_faults_are_told_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = SAMPLE.replace("memorySize: 128", "memorySize: 1").replace("version: 1.0.0", "version: 1")
    refused = _refused(tmp_path, text + "bucket: {}\n")
    assert [problem.line for problem in refused.problems] == [1, 5, 6]
    path = tmp_path / "template.yaml"
    assert [line.split(": ")[0] for line in str(refused).splitlines()] == [f"{path}:1", f"{path}:5", f"{path}:6"]


def test_of_very_many_faults_the_first_are_told(tmp_path: Path) -> None:
    refused = _refused(tmp_path, SAMPLE + "".join(f"m{number}: a\n" for number in range(100)))
    assert len(refused.problems) == 100
    assert len(str(refused).splitlines()) == MAX_SHOWN + 1
    assert str(refused).endswith("and 80 more")


@pytest.mark.parametrize(
    "more",
    [
        "encryptedSettings: [s3cr3t]",
        "encryptedSettings: ['whsec_s3cr3t=']",
        "settings: ['s3cr3t=']",
        "encryptedSettings: {KEY: s3cr3t}",
        "encryptedSettings: s3cr3t",
    ],
)
def test_what_may_be_a_secret_is_not_repeated(tmp_path: Path, more: str) -> None:
    refused = _refused(tmp_path, SAMPLE + FUNCTION.format(name="two", more=f", {more}"))
    assert refused.line == 8
    assert "s3cr3t" not in str(refused)
    assert refused.__cause__ is None


def test_a_secret_in_the_list_of_settings_is_not_repeated(tmp_path: Path) -> None:
    refused = _refused(tmp_path, SAMPLE + "settings:\n  KEY: s3cr3t\n  OTHER: {description: other, value: s3cr3t}\n")
    assert [problem.line for problem in refused.problems] == [7, 8]
    assert "s3cr3t" not in str(refused)


def test_every_value_of_the_projects_template_has_the_line_it_stands_on() -> None:
    document = read_yaml(PROJECT_TEMPLATE)
    lines = PROJECT_TEMPLATE.read_text(encoding="utf-8").splitlines()
    for name in document.content["settings"]:
        assert lines[document.line(("settings", name)) - 1].strip() == f"{name}:"
    for index, timer in enumerate(document.content["timers"]):
        assert lines[document.line(("timers", index, "name")) - 1].strip() == f"- name: {timer['name']}"
