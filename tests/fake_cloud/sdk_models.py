"""What the SDK's own model classes say about a body: its members, their wire names and types, and which must be there.

A model class lists ``openapi_types`` (attribute to type) and ``attribute_map`` (attribute to wire name). Mandatory
members are the ones its constructor assigns without asking whether they were given.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import Any

ALWAYS_ASSIGNED = re.compile(r"^        self\.(\w+) = \1$", re.MULTILINE)
LIST = re.compile(r"list\[(.*)\]")
DICT = re.compile(r"dict\(([^,]*), (.*)\)")
CONSTANT = re.compile(r"[A-Z_][A-Z0-9_]*")
PRIMITIVES: dict[str, type | tuple[type, ...]] = {
    "str": str,
    "int": int,
    "float": (int, float),
    "bool": bool,
    "datetime": str,
    "object": object,
}


class DoesNotFit(Exception):
    """A value that the SDK's model does not describe; the text names the member and what is wrong with it."""


@dataclass(frozen=True)
class Member:
    """One member of a model: its wire name, its type as the SDK writes it, and whether it is mandatory."""

    name: str
    type: str
    mandatory: bool


@cache
def members(model: type) -> Mapping[str, Member]:
    """The members of a model class by wire name."""
    assigned = set(ALWAYS_ASSIGNED.findall(inspect.getsource(model.__init__)))  # type: ignore[misc]  # only read
    types: dict[str, str] = getattr(model, "openapi_types", {})
    wire: dict[str, str] = getattr(model, "attribute_map", {})
    return {wire[name]: Member(wire[name], kind, name in assigned) for name, kind in types.items()}


@cache
def allowed_values(model: type) -> frozenset[str | int]:
    """The constants of a class that stands for an enumeration; empty for every other model."""
    if getattr(model, "openapi_types", None):
        return frozenset()
    return frozenset(value for name, value in vars(model).items() if CONSTANT.fullmatch(name))


def check(models: ModuleType, value: Any, kind: str, where: str) -> None:
    """Raise ``DoesNotFit`` unless a JSON value is of a type of the SDK; ``where`` names the value in the text."""
    if found := LIST.fullmatch(kind):
        _demand(isinstance(value, list), where, "must be a list")
        for number, entry in enumerate(value):
            check(models, entry, found[1], f"{where}[{number}]")
    elif found := DICT.fullmatch(kind):
        _demand(isinstance(value, dict), where, "must be an object")
        for name, entry in value.items():
            check(models, entry, found[2], f"{where}.{name}")
    elif kind in PRIMITIVES:
        _check_primitive(value, kind, where)
    else:
        _check_model(models, value, kind, where)


def _check_primitive(value: Any, kind: str, where: str) -> None:
    if kind == "object":
        return
    # In Python True is an int; on the wire it is not.
    fits = isinstance(value, PRIMITIVES[kind]) and (kind == "bool" or not isinstance(value, bool))
    _demand(fits, where, f"must be of type {kind}")


def _check_model(models: ModuleType, value: Any, kind: str, where: str) -> None:
    model = getattr(models, kind)
    if allowed := allowed_values(model):
        known = isinstance(value, (str, int)) and value in allowed
        _demand(known, where, f"must be one of {sorted(allowed, key=str)}")
        return
    _demand(isinstance(value, dict), where, "must be an object")
    described = members(model)
    for name, entry in value.items():
        _demand(name in described, where, f"has no member {name}")
        check(models, entry, described[name].type, f"{where}.{name}")
    for member in described.values():
        _demand(not member.mandatory or value.get(member.name) is not None, where, f"lacks {member.name}")


def _demand(holds: bool, where: str, problem: str) -> None:
    if not holds:
        raise DoesNotFit(f"{where} {problem}")


def known_members(model: type, row: Mapping[str, Any]) -> dict[str, Any]:
    """Of a row, what a model describes and what has a value: replies carry nothing else."""
    known = members(model)
    return {name: value for name, value in row.items() if name in known and value is not None}
