"""The schema for editors is fresh, takes the project's template, and refuses what the models refuse."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from bundle_template import PROJECT_TEMPLATE
from docs_tools import template_schema

SCHEMA: dict[str, Any] = json.loads(template_schema.FILE.read_text(encoding="utf-8"))
TEXT = PROJECT_TEMPLATE.read_text(encoding="utf-8")


def test_the_schema_is_fresh() -> None:
    assert template_schema.FILE.read_text(encoding="utf-8") == template_schema.render(), (
        f"run {template_schema.COMMAND}"
    )


def test_writing_the_schema_writes_that_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(template_schema, "FILE", tmp_path / "schema.json")
    template_schema.main()
    assert json.loads((tmp_path / "schema.json").read_text(encoding="utf-8")) == SCHEMA


def test_the_template_tells_editors_of_the_schema() -> None:
    where = template_schema.FILE.relative_to(PROJECT_TEMPLATE.parent)
    assert TEXT.splitlines()[0] == f"# yaml-language-server: $schema={where}"


def test_the_schema_is_one_and_takes_the_template() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.Draft202012Validator(SCHEMA).validate(yaml.safe_load(TEXT))


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("timeout: 5\n", "timeOut: 5\n"),
        ("timeout: 5\n", "timeout: 2\n"),
        ("memorySize: ${callbackMemory}", "memorySize: callbackMemory"),
        ("method: POST", "method: FETCH"),
        ("path: /saas\n", "path: saas\n"),
        ("needBody: true", "needBody: 1"),
        ("expirationDays: ${archiveDays}", "expirationDays: null"),
        ("  partitionKey: pk\n", ""),
    ],
)
def test_the_schema_refuses_what_the_models_refuse(right: str, wrong: str) -> None:
    assert right in TEXT
    changed = yaml.safe_load(TEXT.replace(right, wrong, 1))
    assert not jsonschema.Draft202012Validator(SCHEMA).is_valid(changed)


PAGE = (template_schema.FILE.parent / "template.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```yaml\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_examples_of_the_reference_have_the_form_of_a_template(example: str) -> None:
    jsonschema.Draft202012Validator(SCHEMA | {"required": []}).validate(yaml.safe_load(example))


def test_the_reference_explains_every_block() -> None:
    assert {name for name in SCHEMA["properties"] if name not in PAGE} == set()
