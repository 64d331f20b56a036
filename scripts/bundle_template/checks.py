"""What one block of the template says about another: names that must exist, lists that must fit together."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import chain

from bundle_template.findings import Finding, check_count, check_unique, meant, unknown
from bundle_template.lines import Document, Location
from bundle_template.model import AlarmPart, FunctionPart, SettingPart, TemplatePart
from bundle_template.route_checks import check_routes
from bundle_template.schedules import BadSchedule, check_schedule
from bundle_template.values import REFERENCE

MAX_SETTINGS = 20
"""Of each kind on one function (FunctionGraph: 20 names of user data, 20 of encrypted user data)."""
MAX_LAYERS = 20
FUNCTION_METRICS = (
    "count",
    "failcount",
    "rejectcount",
    "concurrency",
    "reservedinstancenum",
    "duration",
    "maxDuration",
    "minDuration",
)
"""Metrics of SYS.FunctionGraph."""


def check_references(document: Document, parameters: Collection[str]) -> Iterator[tuple[int, str]]:
    """Lines of texts with a ``${name}`` that names no parameter, and the problem."""
    for line, text in document.texts():
        for name in REFERENCE.findall(text):
            if name not in parameters:
                yield line, unknown("parameter", name, parameters)


def check_template(template: TemplatePart) -> Iterator[Finding]:
    """Every fault that the models cannot see."""
    return chain(
        _check_names(template),
        _check_defaults(template.settings),
        _check_layers(template),
        _check_components(template),
        _check_callers(template),
        _check_timers(template),
        check_routes(template),
        _check_alarms(template.alarms),
    )


def _check_names(template: TemplatePart) -> Iterator[Finding]:
    named: Mapping[str, Sequence[str]] = {
        "layers": [part.name for part in template.layers],
        "components": [part.name for part in template.components],
        "authorizers": [part.name for part in template.authorizers],
        "routes": [part.name for part in template.routes],
        "timers": [part.name for part in template.timers],
        "logTriggers": [part.name for part in template.log_triggers],
        "alarms": [part.name for part in template.alarms],
    }
    for block, names in named.items():
        yield from check_unique(names, (block,), "name")


def _check_defaults(settings: Mapping[str, SettingPart]) -> Iterator[Finding]:
    for name, setting in settings.items():
        if setting.encrypted and setting.default is not None:
            yield Finding(("settings", name, "default"), f"{name} is encrypted: a template holds no secret")


def _check_layers(template: TemplatePart) -> Iterator[Finding]:
    for index, layer in enumerate(template.layers):
        if (layer.code_uri is None) == (layer.requirements is None):
            yield Finding(("layers", index), "a layer has either codeUri or requirements")


def _check_components(template: TemplatePart) -> Iterator[Finding]:
    layers = {layer.name for layer in template.layers}
    for index, component in enumerate(template.components):
        properties, place = component.properties, ("components", index, "properties")
        for number, layer in enumerate(properties.layers):
            if layer not in layers:
                yield Finding((*place, "layers", number), unknown("layer", layer, layers))
        yield from check_unique(properties.layers, (*place, "layers"))
        yield from check_count(properties.layers, MAX_LAYERS, "layers", (*place, "layers"))
        yield from _check_settings(component.name, properties, template.settings, place)
        yield from _check_running(properties, template, place)


def _check_settings(
    function: str, properties: FunctionPart, known: Mapping[str, SettingPart], place: Location
) -> Iterator[Finding]:
    plain, encrypted = (*place, "settings"), (*place, "encryptedSettings")
    for index, name in enumerate(properties.settings):
        if name not in known:
            yield Finding((*plain, index), unknown(f"setting of function {function}:", name, known))
        elif known[name].encrypted:
            yield Finding((*plain, index), f"setting {name} is encrypted: it belongs to encryptedSettings")
    for index, name in enumerate(properties.encrypted_settings):
        if name not in known:
            problem = f"no setting of this template{meant(name, known)}; names belong here, values never do"
            yield Finding((*encrypted, index), problem)
        elif not known[name].encrypted:
            yield Finding((*encrypted, index), f"setting {name} is not encrypted: it belongs to settings")
    yield from check_unique(properties.settings, plain)
    yield from check_unique(properties.encrypted_settings, encrypted)
    yield from check_count(properties.settings, MAX_SETTINGS, "settings", plain)
    yield from check_count(properties.encrypted_settings, MAX_SETTINGS, "encrypted settings", encrypted)


def _check_running(properties: FunctionPart, template: TemplatePart, place: Location) -> Iterator[Finding]:
    most = properties.strategy_config.concurrency
    if 0 <= most < properties.reserved_instances:
        yield Finding((*place, "reservedInstances"), f"more than the {most} instances of strategyConfig.concurrency")
    if properties.async_invoke and properties.async_invoke.on_failure_prefix and template.bucket is None:
        yield Finding((*place, "asyncInvoke", "onFailurePrefix"), "needs the block bucket")


def _check_callers(template: TemplatePart) -> Iterator[Finding]:
    functions = {component.name for component in template.components}
    callers: Mapping[str, Sequence[str | None]] = {
        "authorizers": [part.function for part in template.authorizers],
        "timers": [part.function for part in template.timers],
        "logTriggers": [part.function for part in template.log_triggers],
        "alarms": [part.function for part in template.alarms],
    }
    for block, called in callers.items():
        for index, name in enumerate(called):
            if name is not None and name not in functions:
                yield Finding((block, index, "function"), unknown("function", name, functions))
    if template.log_triggers and template.log_group is None:
        yield Finding(("logTriggers",), "needs the block logGroup")


def _check_timers(template: TemplatePart) -> Iterator[Finding]:
    for index, timer in enumerate(template.timers):
        try:
            check_schedule(timer.schedule_type, timer.schedule)
        except BadSchedule as exc:
            yield Finding(("timers", index, "schedule"), str(exc))


def _check_alarms(alarms: Sequence[AlarmPart]) -> Iterator[Finding]:
    for index, alarm in enumerate(alarms):
        place = ("alarms", index, "metric")
        if alarm.function is not None and alarm.metric not in FUNCTION_METRICS:
            known = ", ".join(FUNCTION_METRICS)
            yield Finding(place, f"unknown metric {alarm.metric!r} of a function; known: {known}")
        if alarm.function is None and alarm.metric in FUNCTION_METRICS:
            yield Finding(place, f"{alarm.metric} is a metric of a function: name it in the member function")
