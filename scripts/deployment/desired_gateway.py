"""Routes of the template as resources of the gateway. Every backend is the alias of a function."""

from __future__ import annotations

import re

from bundle_template import Bundle, Route
from bundle_template import Policy as PolicyRule
from deployment.names import Names
from deployment.resources import Api, ApiGroup, Authorizer, GatewayResponses, Policy, Resource

CONTEXT = "$context.authorizer.frontend."
FRONT_DOOR = "front_door"
MARKETPLACE_RESPONSES = "marketplace"
_MARKETPLACE_KEYS = re.compile(r"MARKETPLACE_\w+_KEYS")
_PATH_PARAMETER = re.compile(r"\{([^}]+)\}")
_FAILURES = ("AUTHORIZER_FAILURE", "AUTHORIZER_CONF_FAILURE", "BACKEND_UNAVAILABLE", "BACKEND_TIMEOUT", "THROTTLED")
_ANSWER = '{"resultCode":"000005","resultMsg":"gateway: $context.error.message"}'


def gateway_resources(bundle: Bundle, names: Names) -> list[Resource]:
    """Group, answers of the gateway itself, authorizers that routes need, and one API a route."""
    if not bundle.routes:
        return []
    domain = bundle.gateway.get("domain", "")
    apis = [_api(bundle, route, names) for route in bundle.routes]
    used = {api.authorizer for api in apis}
    authorizers = [
        Authorizer(one.name, names.alias_urn(one.function), one.need_body)
        for one in bundle.authorizers.values()
        if one.name in used
    ]
    # The marketplace reads its own form only, so the gateway's failures are put in it.
    responses = GatewayResponses(MARKETPLACE_RESPONSES, dict.fromkeys(_FAILURES, (200, _ANSWER)))
    group = ApiGroup(
        bundle.gateway.get("group", "koogallery"), domain, bundle.gateway.get("certificateId", ""), not domain
    )
    return [group, responses, *authorizers, *apis]


def _api(bundle: Bundle, route: Route, names: Names) -> Api:
    through_policies = route.through != FRONT_DOOR
    backend = route.function if through_policies else FRONT_DOOR
    policies = _policies(route, names) if through_policies else ()
    functions = [backend, *(policy.function for policy in route.policies if through_policies)]
    # The front door reads the activity itself: no second function in front of it.
    authorizer = route.authorizer if through_policies else None
    slowest = max(bundle.components[function].timeout for function in functions)
    return Api(
        name=route.name,
        method=route.method,
        path=route.path,
        match_mode=route.match_mode,
        authorizer=authorizer or "",
        function_urn=names.alias_urn(backend),
        timeout=min(slowest * 1000, 60_000),
        parameters=tuple(
            sorted(
                [("PATH", name) for name in _PATH_PARAMETER.findall(route.path)]
                + [("QUERY", name) for name in route.query_parameters]
            )
        ),
        policies=policies,
        responses=MARKETPLACE_RESPONSES if _answers_marketplace(bundle, route) else "",
    )


def _policies(route: Route, names: Names) -> tuple[Policy, ...]:
    return tuple(
        Policy(policy.function, names.alias_urn(policy.function), _conditions(policy))
        for policy in sorted(route.policies, key=lambda policy: policy.function)
    )


def _conditions(policy: PolicyRule) -> tuple[tuple[str, str, str], ...]:
    of_authorizer = policy.origin == "frontend_authorizer"
    parameter = f"{CONTEXT}{policy.parameter}" if of_authorizer else policy.parameter
    return tuple(sorted((policy.origin, parameter, value) for value in policy.values))


def _answers_marketplace(bundle: Bundle, route: Route) -> bool:
    """Whoever may read a key of the marketplace's signatures answers the marketplace."""
    readable = bundle.components[route.function].readable_settings
    return any(_MARKETPLACE_KEYS.fullmatch(name) for name in readable)
