"""Words for what pydantic finds wrong."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, get_args

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from bundle_template.findings import meant
from bundle_template.lines import Location
from bundle_template.model import TemplatePart

_EXPECTED = {
    "bool_type": "expected true or false",
    "tuple_type": "expected a list",
    "dict_type": "expected a mapping of names to values",
    "model_type": "expected a mapping of names to values",
}


def describe(error: ErrorDetails) -> tuple[Location, str]:
    """Where an error is and what is wrong there, without a word of pydantic's own."""
    place, kind = error["loc"], error["type"]
    if kind == "missing":
        return place[:-1], f"member {str(place[-1])!r} is missing"
    if kind == "extra_forbidden":
        name, known = str(place[-1]), _members(place[:-1])
        return place, f"unknown member {name!r}{meant(name, known)}; known here: {', '.join(known)}"
    if kind == "literal_error":
        found = repr(error["input"]) if isinstance(error["input"], str | int) else "this"
        return place, f"{found} is not {error['ctx']['expected']}"
    return place, _EXPECTED.get(kind, error["msg"])


def _members(place: Location) -> Sequence[str]:
    model: type[BaseModel] = TemplatePart
    for part in place:
        found = next((field for field in model.model_fields.values() if field.alias == part), None)
        model = _model_in(found.annotation if found else None) or model
    return [str(field.alias) for field in model.model_fields.values()]


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((model for part in get_args(annotation) if (model := _model_in(part))), None)
