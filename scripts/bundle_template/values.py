"""The kinds of values a template holds, as annotations of the models.

``${name}`` in a text stands for a parameter. Texts keep it until the bundle is resolved. A number takes the
parameter's default until then, so that a bundle always has numbers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

REFERENCE = re.compile(r"\$\{([^}]*)\}")
_WHOLE_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,8})")
_REFERENCE_PATTERN = r"^\$\{[A-Za-z][A-Za-z0-9_-]*\}$"


@dataclass(frozen=True)
class Given:
    """The validation context: values of the parameters that have one, and whether texts are filled in with them."""

    parameters: Mapping[str, str]
    fill_texts: bool


@dataclass(frozen=True)
class Form:
    """A text of one form. ``pattern`` fits the whole text; ``what`` names the form to a person."""

    pattern: str
    what: str
    parameters: bool = False
    """Whether the text may refer to parameters."""
    shown: bool = True
    """Whether a refusal may quote the text: not where a secret may have been pasted."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.with_info_plain_validator_function(self._check)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        pattern = rf"^(?:{self.pattern})$"
        return {"type": "string", "pattern": rf"{pattern}|\$\{{" if self.parameters else pattern}

    def _check(self, value: object, info: core_schema.ValidationInfo[Given]) -> str:
        if not isinstance(value, str):
            raise PydanticCustomError("text", "expected a text: put it in quotes if it looks like something else")
        names = REFERENCE.findall(value) if self.parameters else []
        if any(name not in info.context.parameters for name in names):
            return value
        text = REFERENCE.sub(lambda found: info.context.parameters[found[1]], value) if names else value
        if not re.fullmatch(self.pattern, text):
            found = repr(text) if self.shown and len(text) <= 80 else "the text"
            raise PydanticCustomError(
                "form", "{found} does not have the form of {what}", {"found": found, "what": self.what}
            )
        return text if info.context.fill_texts else value


@dataclass(frozen=True)
class Number:
    """A whole number from ``low`` to ``high``, or a parameter that holds one."""

    low: int
    high: int

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.with_info_plain_validator_function(self._check)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        number = {"type": "integer", "minimum": self.low, "maximum": self.high}
        return {"anyOf": [number, {"type": "string", "pattern": _REFERENCE_PATTERN}]}

    def _check(self, value: object, info: core_schema.ValidationInfo[Given]) -> int:
        if isinstance(value, str) and REFERENCE.fullmatch(value):
            value = _number(REFERENCE.findall(value)[0], info.context.parameters)
        if not isinstance(value, int) or isinstance(value, bool):
            raise PydanticCustomError("number", "expected a whole number")
        if not self.low <= value <= self.high:
            context = {"found": value, "low": self.low, "high": self.high}
            raise PydanticCustomError("range", "{found} is not between {low} and {high}", context)
        return value


def _number(name: str, parameters: Mapping[str, str]) -> int:
    text = parameters.get(name)
    if text is None:
        raise PydanticCustomError("number", "parameter {name} stands for a number: give it a default", {"name": name})
    if not _WHOLE_NUMBER.fullmatch(text):
        raise PydanticCustomError("number", "the value of parameter {name} is no whole number", {"name": name})
    return int(text)
