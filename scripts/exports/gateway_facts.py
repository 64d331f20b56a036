"""What both exports say of a route in the gateway's words. Sources: APIG, APIs with FunctionGraph backends."""

from __future__ import annotations

import re

from bundle_template import Bundle, Policy, Route

FRONT_DOOR = "front_door"
ALIAS = "live"
CONTEXT = "$context.authorizer.frontend."
MAX_TIMEOUT = 60_000
AUTHORIZER_TIMEOUT = 5000
"""Milliseconds."""
FAILURES = ("AUTHORIZER_FAILURE", "AUTHORIZER_CONF_FAILURE", "BACKEND_UNAVAILABLE", "BACKEND_TIMEOUT", "THROTTLED")
FAILURE_BODY = '{"resultCode":"000005","resultMsg":"gateway: $context.error.message"}'
"""The marketplace reads its own form only, so what the gateway answers in a function's place is put into it."""
_PATH_PARAMETER = re.compile(r"\{([^}]+)\}")
_MARKETPLACE_KEYS = re.compile(r"MARKETPLACE_\w+_KEYS")


def backend_of(route: Route) -> str:
    """The function that gets what meets no policy; behind the front door there is no other."""
    return FRONT_DOOR if route.through == FRONT_DOOR else route.function


def policies_of(route: Route) -> tuple[Policy, ...]:
    """Policy backends the gateway chooses by."""
    return () if route.through == FRONT_DOOR else route.policies


def authorizer_of(route: Route) -> str | None:
    """The front door reads the activity itself."""
    return None if route.through == FRONT_DOOR else route.authorizer


def authorizers_in_use(bundle: Bundle) -> list[str]:
    """Names of the authorizers that a route asks, in the template's order."""
    used = {authorizer_of(route) for route in bundle.routes}
    return [name for name in bundle.authorizers if name in used]


def timeout_of(bundle: Bundle, route: Route) -> int:
    """Milliseconds the gateway waits: as long as the slowest function may take, a minute at most."""
    names = [backend_of(route), *(policy.function for policy in policies_of(route))]
    return min(max(bundle.components[name].timeout for name in names) * 1000, MAX_TIMEOUT)


def path_parameters(route: Route) -> list[str]:
    """Names in braces."""
    return _PATH_PARAMETER.findall(route.path)


def parameter_of(policy: Policy) -> str:
    """The condition's parameter as the gateway names it."""
    return f"{CONTEXT}{policy.parameter}" if policy.origin == "frontend_authorizer" else policy.parameter


def answers_marketplace(bundle: Bundle, route: Route) -> bool:
    """Whoever may read a key of the marketplace's signatures answers the marketplace."""
    readable = bundle.components[route.function].readable_settings
    return any(_MARKETPLACE_KEYS.fullmatch(name) for name in readable)
