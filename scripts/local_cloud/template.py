"""Reads ``template.yaml``, the one list of what the bundle creates, and refuses what the cloud would refuse.

Every refusal is a ``TemplateError`` whose text begins with the file and the line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from local_cloud import template_blocks as blocks
from local_cloud.bundle import Alarm, Authorizer, Bundle, Component, Layer, Route, Timer
from local_cloud.errors import TemplateError
from local_cloud.template_blocks import Known
from local_cloud.yaml_values import Value, read_yaml

PROJECT_TEMPLATE = Path(__file__).resolve().parents[2] / "template.yaml"

_LISTS = ("layers", "authorizers", "routes", "timers", "alarms")
_MAPPINGS = ("parameters", "settings")
_OTHERS = ("network", "agencies", "gateway", "table", "bucket")
_T = TypeVar("_T", Layer, Component, Authorizer, Route, Timer, Alarm)
_V = TypeVar("_V")


def read_template(path: Path = PROJECT_TEMPLATE) -> Bundle:
    """The bundle a template describes; raises ``TemplateError``."""
    root = read_yaml(path)
    members = root.members(["metadata", "components"], [*_MAPPINGS, *_LISTS, *_OTHERS])
    parameters = _mapped(members.get("parameters"), blocks.read_parameter)
    root.check_references(parameters)
    known = Known(
        settings=_mapped(members.get("settings"), blocks.read_setting),
        layers=_named(path, members.get("layers"), blocks.read_layer),
    )
    known = replace(
        known, components=_named(path, members["components"], lambda item: blocks.read_component(item, known))
    )
    authorizers = _named(path, members.get("authorizers"), lambda item: blocks.read_authorizer(item, known))
    known = replace(known, authorizers=authorizers)
    routes = _named(path, members.get("routes"), lambda item: blocks.read_route(item, known))
    _check_paths(path, routes.values())
    return Bundle(
        path=path,
        metadata=blocks.read_metadata(members["metadata"]),
        parameters=parameters,
        settings=known.settings,
        components=known.components,
        layers=known.layers,
        authorizers=known.authorizers,
        routes=tuple(routes.values()),
        timers=tuple(_named(path, members.get("timers"), lambda item: blocks.read_timer(item, known)).values()),
        network=_texts(members.get("network"), ["vpcId", "subnetId"]),
        agencies=_texts(members.get("agencies"), ["xrole", "appXrole"]),
        gateway=_texts(members.get("gateway"), ["instanceId", "group", "domain", "certificateId"]),
        table=blocks.read_table(members["table"]) if "table" in members else None,
        bucket=blocks.read_bucket(members["bucket"]) if "bucket" in members else None,
        alarms=tuple(_named(path, members.get("alarms"), lambda item: blocks.read_alarm(item, known)).values()),
    )


def _mapped(value: Value | None, read: Callable[[str, Value], _V]) -> dict[str, _V]:
    return {name: read(name, item) for name, item in value.entries().items()} if value else {}


def _texts(value: Value | None, required: list[str]) -> dict[str, str]:
    return {name: item.text() for name, item in value.members(required).items()} if value else {}


def _named(path: Path, value: Value | None, read: Callable[[Value], _T]) -> dict[str, _T]:
    named: dict[str, _T] = {}
    for item in value.items() if value else []:
        part = read(item)
        if part.name in named:
            raise TemplateError(path, part.line, f"the name {part.name!r} is used a second time")
        named[part.name] = part
    return named


def _check_paths(path: Path, routes: Iterable[Route]) -> None:
    seen: dict[tuple[str, ...], Route] = {}
    for route in routes:
        segments = ("{}" if part.startswith("{") else part for part in route.path.split("/"))
        shape = (route.method, route.match_mode, *segments)
        if shape in seen:
            raise TemplateError(path, route.line, f"the same method and path as route {seen[shape].name}")
        seen[shape] = route
