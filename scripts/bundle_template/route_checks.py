"""What the gateway would refuse of the routes."""

from __future__ import annotations

from collections.abc import Iterator

from bundle_template.findings import Finding, check_count, check_unique, unknown
from bundle_template.lines import Location
from bundle_template.model import ComponentPart, PolicyPart, RoutePart, TemplatePart

FRONT_DOOR = "front_door"
MAX_POLICIES = 5
MAX_QUERY_PARAMETERS = 50
MAX_POLICY_VALUES = 50
MAX_BEHIND_FRONT_DOOR = 50


def check_routes(template: TemplatePart) -> Iterator[Finding]:
    """Every fault of the routes by themselves and against each other."""
    authorizers = {authorizer.name for authorizer in template.authorizers}
    functions = {component.name for component in template.components}
    shapes: dict[tuple[str, ...], str] = {}
    for index, route in enumerate(template.routes):
        place: Location = ("routes", index)
        other = shapes.setdefault(_shape(route), route.name)
        if other != route.name:
            yield Finding((*place, "name"), f"the same method and path as route {other}")
        if route.authorizer is not None and route.authorizer not in authorizers:
            yield Finding((*place, "authorizer"), unknown("authorizer", route.authorizer, authorizers))
        if route.function not in functions:
            yield Finding((*place, "function"), unknown("function", route.function, functions))
        yield from _check_path(route, place)
        yield from _check_policies(route, functions, place)
    yield from _check_front_door(template)


def _shape(route: RoutePart) -> tuple[str, ...]:
    segments = ("{}" if part.startswith("{") else part for part in route.path.split("/"))
    return (route.method, route.match_mode, *segments)


def _check_path(route: RoutePart, place: Location) -> Iterator[Finding]:
    parameters = [part for part in route.path.split("/") if part.startswith("{")]
    if parameters and route.match_mode == "SWA":
        yield Finding((*place, "path"), "a prefix (SWA) has no path parameters")
    if len(set(parameters)) < len(parameters):
        yield Finding((*place, "path"), "a path parameter appears twice")
    query: Location = (*place, "queryParameters")
    yield from check_unique(route.query_parameters, query)
    yield from check_count(route.query_parameters, MAX_QUERY_PARAMETERS, "query parameters", query)


def _check_policies(route: RoutePart, functions: set[str], place: Location) -> Iterator[Finding]:
    policies: Location = (*place, "policies")
    if route.through != FRONT_DOOR and len(route.policies) > MAX_POLICIES:
        problem = f"at most six functions on a route: the default and {MAX_POLICIES} policies; or through: {FRONT_DOOR}"
        yield Finding((*policies, MAX_POLICIES), problem)
    yield from check_count(route.policies, MAX_BEHIND_FRONT_DOOR, "policies", policies)
    taken: dict[tuple[str | None, str | None, str], str] = {}
    for index, policy in enumerate(route.policies):
        here: Location = (*policies, index)
        if policy.function not in functions:
            yield Finding((*here, "function"), unknown("function", policy.function, functions))
        yield from _check_condition(policy, route, here)
        for value in policy.values:
            other = taken.setdefault((policy.authorizer_parameter, policy.query_parameter, value), policy.function)
            if other != policy.function:
                yield Finding(here, f"{value!r} is sent to {other} already")


def _check_condition(policy: PolicyPart, route: RoutePart, here: Location) -> Iterator[Finding]:
    if (policy.authorizer_parameter is None) == (policy.query_parameter is None):
        yield Finding(here, "a policy has either authorizerParameter or queryParameter")
    elif policy.authorizer_parameter is not None and route.authorizer is None:
        yield Finding((*here, "authorizerParameter"), "an authorizer parameter needs a route with an authorizer")
    elif policy.query_parameter is not None and policy.query_parameter not in route.query_parameters:
        problem = f"{policy.query_parameter!r} is not declared in the queryParameters of the route"
        yield Finding((*here, "queryParameter"), problem)
    values: Location = (*here, "values")
    if not policy.values:
        yield Finding(values, "a policy needs at least one value")
    yield from check_unique(policy.values, values)
    yield from check_count(policy.values, MAX_POLICY_VALUES, "values", values)


def _check_front_door(template: TemplatePart) -> Iterator[Finding]:
    components = {component.name: component for component in template.components}
    door = components.get(FRONT_DOOR)
    for index, route in enumerate(template.routes):
        if route.through != FRONT_DOOR:
            continue
        place: Location = ("routes", index, "through")
        if door is None or not door.properties.includes_functions:
            yield Finding(place, f"needs a function named {FRONT_DOOR} with includesFunctions: true")
            continue
        for name in dict.fromkeys([route.function, *(policy.function for policy in route.policies)]):
            missing = sorted(_readable(components[name]) - _readable(door)) if name in components else []
            if missing:
                yield Finding(place, f"{FRONT_DOOR} runs {name}, but may not read {', '.join(missing)}")


def _readable(component: ComponentPart) -> set[str]:
    return {*component.properties.settings, *component.properties.encrypted_settings}
