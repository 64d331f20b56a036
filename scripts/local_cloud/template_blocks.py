"""Reads one block of the template at a time.

``Known`` carries what earlier blocks named, so that a name is checked on its own line.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from local_cloud.bundle import (
    Alarm,
    Authorizer,
    Bucket,
    Component,
    Layer,
    Parameter,
    Policy,
    Route,
    Setting,
    Table,
    Timer,
)
from local_cloud.schedules import BadSchedule, check_schedule
from local_cloud.yaml_values import Value

FUNCTION_TYPE = "Huawei::FunctionGraph::Function"
MAX_SETTINGS = 20
MAX_POLICIES = 5
MAX_LAYERS = 20

_NAME = r"[A-Za-z][A-Za-z0-9_-]{0,59}"
_SETTING = r"[A-Za-z][A-Za-z0-9_]{0,63}"
_RELATIVE = r"[A-Za-z0-9_.-]+(?:/[A-Za-z0-9_.-]+)*"
_HANDLER = r"[A-Za-z_][A-Za-z0-9_]*\.[A-Za-z_][A-Za-z0-9_]*"
_RUNTIME = r"Python3\.(?:9|10|12)|\$\{[A-Za-z0-9_]+\}"
_SEGMENT = r"(?:[A-Za-z0-9_.~-]+|\{[A-Za-z][A-Za-z0-9_-]{0,31}\})"
_PATH = rf"/|(?:/{_SEGMENT})+"
_METHOD = r"GET|POST|PUT|DELETE|HEAD|PATCH|OPTIONS|ANY"
_PARAMETER = r"[A-Za-z][A-Za-z0-9_-]{0,31}"
_METRIC = r"count|failcount|rejectcount|concurrency|reservedinstancenum|duration|maxDuration|minDuration"


@dataclass(frozen=True)
class Known:
    """Names that later blocks may refer to."""

    settings: Mapping[str, Setting] = field(default_factory=dict)
    layers: Mapping[str, Layer] = field(default_factory=dict)
    components: Mapping[str, Component] = field(default_factory=dict)
    authorizers: Mapping[str, Authorizer] = field(default_factory=dict)

    def function(self, value: Value) -> str:
        """The name of a function of this template."""
        return value.one_of(self.components, "function")


def read_metadata(value: Value) -> dict[str, str]:
    """``description, author, homePageUrl, version``: all texts."""
    members = value.members(["description", "version"], ["author", "homePageUrl"])
    return {name: member.text() for name, member in members.items()}


def read_parameter(name: str, value: Value) -> Parameter:
    """``description`` and, unless the deployer has to give it, ``default``."""
    members = value.members(["description"], ["default"])
    default = members["default"].text() if "default" in members else None
    return Parameter(name, members["description"].text(), default, value.line)


def read_setting(name: str, value: Value) -> Setting:
    """``description``, and the marks ``encrypted`` and ``optional``."""
    members = value.members(["description"], ["encrypted", "optional"])
    encrypted = "encrypted" in members and members["encrypted"].boolean()
    optional = "optional" in members and members["optional"].boolean()
    return Setting(name, members["description"].text(), encrypted, optional, value.line)


def read_component(value: Value, known: Known) -> Component:
    """A component of type ``Huawei::FunctionGraph::Function``."""
    members = value.members(["name", "type", "properties"])
    if members["type"].text() != FUNCTION_TYPE:
        members["type"].refuse(f"unknown type {members['type'].text()!r}; known: {FUNCTION_TYPE}")
    properties = members["properties"].members(
        ["codeUri", "handler", "runtime", "memorySize", "timeout"],
        ["initializerHandler", "initializerTimeout", "layers", "inVpc", "settings", "encryptedSettings"],
    )
    name = members["name"].text(_NAME)
    initializer = properties.get("initializerHandler")
    initializer_timeout = properties.get("initializerTimeout")
    return Component(
        name=name,
        code_uri=properties["codeUri"].text(_RELATIVE),
        handler=properties["handler"].text(_HANDLER),
        runtime=properties["runtime"].text(_RUNTIME),
        memory_size=properties["memorySize"].integer(128, 10240),
        timeout=properties["timeout"].integer(3, 259_200),
        initializer_handler=initializer.text(_HANDLER) if initializer else None,
        initializer_timeout=initializer_timeout.integer(1, 300) if initializer_timeout else None,
        layers=_read_layers(properties.get("layers"), known),
        in_vpc=properties["inVpc"].boolean() if "inVpc" in properties else True,
        settings=_read_settings(properties.get("settings"), name, known, encrypted=False),
        encrypted_settings=_read_settings(properties.get("encryptedSettings"), name, known, encrypted=True),
        line=members["name"].line,
    )


def _read_layers(value: Value | None, known: Known) -> tuple[str, ...]:
    for item in value.items() if value else []:
        item.one_of(known.layers, "layer")
    return _names(value, _NAME, MAX_LAYERS, "layers")


def _read_settings(value: Value | None, function: str, known: Known, *, encrypted: bool) -> tuple[str, ...]:
    for item in value.items() if value else []:
        name = item.one_of(known.settings, f"setting of function {function}:")
        if known.settings[name].encrypted and not encrypted:
            item.refuse(f"setting {name} is encrypted: it belongs to encryptedSettings")
        if encrypted and not known.settings[name].encrypted:
            item.refuse(f"setting {name} is not encrypted: it belongs to settings")
    return _names(value, _SETTING, MAX_SETTINGS, "encrypted settings" if encrypted else "settings")


def read_layer(value: Value) -> Layer:
    """``name`` and either ``codeUri`` (a folder of packages) or ``requirements`` (a file of pip's)."""
    members = value.members(["name"], ["codeUri", "requirements"])
    if ("codeUri" in members) == ("requirements" in members):
        value.refuse("a layer has either codeUri or requirements")
    texts = {name: members[name].text(_RELATIVE) for name in ("codeUri", "requirements") if name in members}
    name = members["name"]
    return Layer(name.text(_NAME), texts.get("codeUri"), texts.get("requirements"), name.line)


def read_authorizer(value: Value, known: Known) -> Authorizer:
    """``name``, ``function``, ``needBody``."""
    members = value.members(["name", "function"], ["needBody"])
    need_body = "needBody" in members and members["needBody"].boolean()
    name = members["name"]
    return Authorizer(
        name.text(r"[A-Za-z][A-Za-z0-9_]{2,63}"), known.function(members["function"]), need_body, name.line
    )


def read_route(value: Value, known: Known) -> Route:
    """One API: ``function`` is the default backend, ``policies`` the others."""
    members = value.members(
        ["name", "method", "path", "function"], ["matchMode", "authorizer", "queryParameters", "policies"]
    )
    path = members["path"].text(_PATH)
    match_mode = members["matchMode"].text("NORMAL|SWA") if "matchMode" in members else "NORMAL"
    if match_mode == "SWA" and "{" in path:
        members["path"].refuse("a prefix (SWA) has no path parameters")
    parameters = [part for part in path.split("/") if part.startswith("{")]
    if len(set(parameters)) < len(parameters):
        members["path"].refuse("a path parameter appears twice")
    authorizer = members["authorizer"].one_of(known.authorizers, "authorizer") if "authorizer" in members else None
    query_parameters = _names(members.get("queryParameters"), _PARAMETER, 50, "query parameters")
    policies = members["policies"].items() if "policies" in members else []
    if len(policies) > MAX_POLICIES:
        policies[MAX_POLICIES].refuse(f"at most six functions on a route: the default and {MAX_POLICIES} policies")
    return Route(
        name=members["name"].text(r"[A-Za-z][A-Za-z0-9_]{2,254}"),
        method=members["method"].text(_METHOD),
        path=path,
        match_mode=match_mode,
        function=known.function(members["function"]),
        authorizer=authorizer,
        query_parameters=query_parameters,
        policies=_read_policies(policies, known, authorizer, query_parameters),
        line=members["name"].line,
    )


def _read_policies(
    found: list[Value], known: Known, authorizer: str | None, query_parameters: tuple[str, ...]
) -> tuple[Policy, ...]:
    policies: list[Policy] = []
    taken: dict[tuple[str, str, str], str] = {}
    for item in found:
        policy = _read_policy(item, known, authorizer, query_parameters)
        for value in policy.values:
            other = taken.setdefault((policy.origin, policy.parameter, value), policy.function)
            if other != policy.function:
                item.refuse(f"{value!r} is sent to {other} already")
        policies.append(policy)
    return tuple(policies)


def _read_policy(value: Value, known: Known, authorizer: str | None, query_parameters: tuple[str, ...]) -> Policy:
    members = value.members(["function", "values"], ["authorizerParameter", "queryParameter"])
    if ("authorizerParameter" in members) == ("queryParameter" in members):
        value.refuse("a policy has either authorizerParameter or queryParameter")
    if "authorizerParameter" in members:
        origin, named = "frontend_authorizer", members["authorizerParameter"]
        if authorizer is None:
            named.refuse("an authorizer parameter needs a route with an authorizer")
    else:
        origin, named = "param", members["queryParameter"]
        if named.text(_PARAMETER) not in query_parameters:
            named.refuse(f"{named.text()!r} is not declared in the queryParameters of the route")
    values = _names(members["values"], r"[^\x00-\x1f]{1,128}", 50, "values")
    if not values:
        members["values"].refuse("a policy needs at least one value")
    return Policy(known.function(members["function"]), origin, named.text(_PARAMETER), values, value.line)


def read_timer(value: Value, known: Known) -> Timer:
    """``scheduleType`` Rate or Cron, ``schedule``, and the ``userEvent`` text of each event."""
    members = value.members(["name", "function", "scheduleType", "schedule"], ["userEvent"])
    schedule_type, schedule = members["scheduleType"].text("Rate|Cron"), members["schedule"].text()
    try:
        check_schedule(schedule_type, schedule)
    except BadSchedule as exc:
        members["schedule"].refuse(str(exc))
    user_event = members["userEvent"].text(r"[^\x00]{0,2047}") if "userEvent" in members else ""
    name = members["name"].text(r"[A-Za-z][A-Za-z0-9_-]{0,63}")
    return Timer(name, known.function(members["function"]), schedule_type, schedule, user_event, members["name"].line)


def read_table(value: Value) -> Table:
    """``name``, ``partitionKey``, ``sortKey``."""
    members = value.members(["name", "partitionKey", "sortKey"])
    return Table(*(members[name].text() for name in ("name", "partitionKey", "sortKey")))


def read_bucket(value: Value) -> Bucket:
    """``name`` and, when old objects shall go, ``expirationDays``."""
    members = value.members(["name"], ["expirationDays"])
    days = members["expirationDays"].integer(1, 36_500) if "expirationDays" in members else None
    return Bucket(members["name"].text(), days)


def read_alarm(value: Value, known: Known) -> Alarm:
    """A rule ``<statistic> of <metric> over <period> s <comparison> <threshold>`` for one function."""
    members = value.members(["name", "function", "metric", "statistic", "period", "comparison", "threshold"])
    return Alarm(
        name=members["name"].text(r"[A-Za-z][A-Za-z0-9_-]{0,127}"),
        function=known.function(members["function"]),
        metric=members["metric"].text(_METRIC),
        statistic=members["statistic"].text("sum|average|max|min"),
        period=members["period"].integer(300, 86_400),
        comparison=members["comparison"].text(">=|>|<=|<|="),
        threshold=members["threshold"].integer(0, 999_999_999),
        line=members["name"].line,
    )


def _names(value: Value | None, pattern: str, most: int, what: str) -> tuple[str, ...]:
    found: list[str] = []
    for item in value.items() if value else []:
        name = item.text(pattern)
        if name in found:
            item.refuse(f"{name!r} appears a second time")
        if len(found) == most:
            item.refuse(f"more than {most} {what}")
        found.append(name)
    return tuple(found)
