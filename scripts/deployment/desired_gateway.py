"""Routes of the template as resources of the gateway. Every backend is the alias of a function."""

from __future__ import annotations

from bundle_template import Bundle, Route
from bundle_template import Policy as PolicyRule
from bundle_template.gateway import (
    FAILURE_BODY,
    FAILURES,
    answers_marketplace,
    authorizer_of,
    authorizers_in_use,
    backend_of,
    parameter_of,
    path_parameters,
    policies_of,
    timeout_of,
)
from deployment.names import Names
from deployment.resources import Api, ApiGroup, Authorizer, GatewayResponses, Policy, Resource

MARKETPLACE_RESPONSES = "marketplace"


def gateway_resources(bundle: Bundle, names: Names) -> list[Resource]:
    """Group, answers of the gateway itself, authorizers that routes need, and one API a route."""
    if not bundle.routes:
        return []
    domain = bundle.gateway.get("domain", "")
    apis = [_api(bundle, route, names) for route in bundle.routes]
    asked = [bundle.authorizers[name] for name in authorizers_in_use(bundle)]
    authorizers = [Authorizer(one.name, names.alias_urn(one.function), one.need_body) for one in asked]
    responses = GatewayResponses(MARKETPLACE_RESPONSES, dict.fromkeys(FAILURES, (200, FAILURE_BODY)))
    group = ApiGroup(
        bundle.gateway.get("group", "koogallery"), domain, bundle.gateway.get("certificateId", ""), not domain
    )
    return [group, responses, *authorizers, *apis]


def _api(bundle: Bundle, route: Route, names: Names) -> Api:
    return Api(
        name=route.name,
        method=route.method,
        path=route.path,
        match_mode=route.match_mode,
        authorizer=authorizer_of(route) or "",
        function_urn=names.alias_urn(backend_of(route)),
        timeout=timeout_of(bundle, route),
        parameters=tuple(
            sorted(
                [("PATH", name) for name in path_parameters(route)]
                + [("QUERY", name) for name in route.query_parameters]
            )
        ),
        policies=_policies(route, names),
        responses=MARKETPLACE_RESPONSES if answers_marketplace(bundle, route) else "",
    )


def _policies(route: Route, names: Names) -> tuple[Policy, ...]:
    return tuple(
        Policy(policy.function, names.alias_urn(policy.function), _conditions(policy))
        for policy in sorted(policies_of(route), key=lambda policy: policy.function)
    )


def _conditions(policy: PolicyRule) -> tuple[tuple[str, str, str], ...]:
    return tuple(sorted((policy.origin, parameter_of(policy), value) for value in policy.values))
