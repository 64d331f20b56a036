"""From the form of the file to what everybody reads: parts by name, each with its line."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from bundle_template.bundle import (
    Alarm,
    AsyncInvoke,
    Authorizer,
    Bucket,
    Bundle,
    Component,
    Layer,
    LogGroup,
    LogTrigger,
    Parameter,
    Policy,
    Reader,
    Route,
    Setting,
    Table,
    Timer,
)
from bundle_template.lines import Document
from bundle_template.model import ComponentPart, PolicyPart, RoutePart, TemplatePart


def arrange(document: Document, template: TemplatePart, reader: Reader | None) -> Bundle:
    """The bundle of a checked template; ``reader`` reads it again with values for its parameters."""

    def named(block: str, index: int) -> int:
        return document.line((block, index, "name"))

    layers = [Layer(**_members(part), line=named("layers", at)) for at, part in enumerate(template.layers)]
    authorizers = [
        Authorizer(**_members(part), line=named("authorizers", at)) for at, part in enumerate(template.authorizers)
    ]
    components = [_component(part, named("components", at)) for at, part in enumerate(template.components)]
    return Bundle(
        path=document.path,
        metadata=_texts(template.metadata),
        parameters={
            name: Parameter(name, **_members(part), line=document.line(("parameters", name)))
            for name, part in template.parameters.items()
        },
        settings={
            name: Setting(name, **_members(part), line=document.line(("settings", name)))
            for name, part in template.settings.items()
        },
        components={component.name: component for component in components},
        layers={layer.name: layer for layer in layers},
        authorizers={authorizer.name: authorizer for authorizer in authorizers},
        routes=tuple(_route(document, part, at) for at, part in enumerate(template.routes)),
        timers=tuple(Timer(**_members(part), line=named("timers", at)) for at, part in enumerate(template.timers)),
        network=_texts(template.network),
        agencies=_texts(template.agencies),
        gateway=_texts(template.gateway),
        table=Table(**_members(template.table)) if template.table else None,
        bucket=Bucket(**_members(template.bucket)) if template.bucket else None,
        alarms=tuple(Alarm(**_members(part), line=named("alarms", at)) for at, part in enumerate(template.alarms)),
        log_group=LogGroup(**_members(template.log_group)) if template.log_group else None,
        log_triggers=tuple(
            LogTrigger(**_members(part), line=named("logTriggers", at)) for at, part in enumerate(template.log_triggers)
        ),
        reader=reader,
    )


def _members(part: BaseModel) -> dict[str, Any]:
    return dict(part)


def _texts(part: BaseModel | None) -> dict[str, str]:
    return part.model_dump(by_alias=True, exclude_none=True) if part else {}


def _component(part: ComponentPart, line: int) -> Component:
    properties = _members(part.properties)
    strategy, async_invoke = properties.pop("strategy_config"), properties.pop("async_invoke")
    return Component(
        name=part.name,
        line=line,
        concurrency=strategy.concurrency,
        async_invoke=AsyncInvoke(**_members(async_invoke)) if async_invoke else None,
        **properties,
    )


def _route(document: Document, part: RoutePart, at: int) -> Route:
    members = _members(part)
    members["policies"] = tuple(
        _policy(policy, document.line(("routes", at, "policies", index))) for index, policy in enumerate(part.policies)
    )
    return Route(**members, line=document.line(("routes", at, "name")))


def _policy(part: PolicyPart, line: int) -> Policy:
    origin = "param" if part.authorizer_parameter is None else "frontend_authorizer"
    parameter = part.authorizer_parameter or part.query_parameter or ""
    return Policy(part.function, origin, parameter, part.values, line)
