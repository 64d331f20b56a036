"""Reads ``template.yaml`` and refuses what the cloud would refuse, all faults at once, each with its line."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pydantic import ValidationError

from bundle_template.arranging import arrange
from bundle_template.bundle import Bundle
from bundle_template.checks import check_references, check_template
from bundle_template.errors import Problem, refusal
from bundle_template.findings import unknown
from bundle_template.lines import Document, read_yaml
from bundle_template.messages import describe
from bundle_template.model import TemplatePart
from bundle_template.values import Given

PROJECT_TEMPLATE = Path(__file__).resolve().parents[2] / "template.yaml"


def read_template(path: Path = PROJECT_TEMPLATE) -> Bundle:
    """The bundle a template describes; raises ``TemplateError``."""
    document = read_yaml(path)
    defaults = _defaults(document)
    problems = [Problem(line, text) for line, text in check_references(document, _parameters(document))]
    template = _validate(document, Given(defaults, fill_texts=False), problems)

    def resolve(values: Mapping[str, str]) -> Bundle:
        _check_values(document, template, values)
        given = defaults | {name: value for name, value in values.items() if value}
        return arrange(document, _validate(document, Given(given, fill_texts=True), []), None)

    return arrange(document, template, resolve)


def _parameters(document: Document) -> Mapping[str, object]:
    block = document.content.get("parameters") if isinstance(document.content, dict) else None
    return block if isinstance(block, dict) else {}


def _defaults(document: Document) -> dict[str, str]:
    """Defaults that are texts; what is wrong with the others the models say."""
    entries = {name: entry for name, entry in _parameters(document).items() if isinstance(entry, dict)}
    return {name: entry["default"] for name, entry in entries.items() if isinstance(entry.get("default"), str)}


def _validate(document: Document, given: Given, problems: list[Problem]) -> TemplatePart:
    try:
        template = TemplatePart.model_validate(document.content, context=given)
    except ValidationError as exc:
        errors = sorted(exc.errors(include_url=False), key=lambda error: error["type"] == "missing")
        found = [describe(error) for error in errors]
        problems = [*problems, *(Problem(document.line(place), text) for place, text in found)]
        raise refusal(document.path, problems) from None
    findings = check_template(template)
    problems = [*problems, *(Problem(document.line(finding.location), finding.problem) for finding in findings)]
    if problems:
        raise refusal(document.path, problems)
    return template


def _check_values(document: Document, template: TemplatePart, values: Mapping[str, str]) -> None:
    known = template.parameters
    problems = [Problem(1, unknown("parameter", name, known)) for name in values if name not in known]
    for name, parameter in known.items():
        if parameter.default is None and not values.get(name):
            line = document.line(("parameters", name))
            problems.append(Problem(line, f"parameter {name!r} needs a value: {parameter.description}"))
    if problems:
        raise refusal(document.path, problems)
