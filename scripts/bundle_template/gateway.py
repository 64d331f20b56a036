"""What a route and its functions are in the gateway's words, for all who make or check them.

Sources: APIG, APIs with FunctionGraph backends, custom authorizers, gateway responses.
"""

from __future__ import annotations

import re

from bundle_template.bundle import Bundle, Component, Policy, Route
from bundle_template.route_checks import FRONT_DOOR

CONTEXT = "$context.authorizer.frontend."
MAX_TIMEOUT = 60_000
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


def backends_of(route: Route) -> list[str]:
    """Every function that the gateway itself calls for the route, the default one first."""
    return [backend_of(route), *(policy.function for policy in policies_of(route))]


def authorizer_of(route: Route) -> str | None:
    """The front door reads the activity itself."""
    return None if route.through == FRONT_DOOR else route.authorizer


def authorizers_in_use(bundle: Bundle) -> list[str]:
    """Names of the authorizers that a route asks, in the template's order."""
    used = {authorizer_of(route) for route in bundle.routes}
    return [name for name in bundle.authorizers if name in used]


def timeout_of(bundle: Bundle, route: Route) -> int:
    """Milliseconds the gateway waits: as long as the slowest function may take, a minute at most."""
    return min(max(bundle.components[name].timeout for name in backends_of(route)) * 1000, MAX_TIMEOUT)


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


def kept_warm(bundle: Bundle) -> list[Component]:
    """The functions with reserved instances.

    Which of front door and callback functions the gateway calls is the routes' choice; instances of those that it does
    not call would be paid for and never used.
    """
    named = {name for route in bundle.routes for name in (route.function, *(one.function for one in route.policies))}
    named |= {FRONT_DOOR, *(authorizer.function for authorizer in bundle.authorizers.values())}
    called = {name for route in bundle.routes for name in backends_of(route)}
    called |= {bundle.authorizers[name].function for name in authorizers_in_use(bundle)}
    called |= {timer.function for timer in bundle.timers} | {trigger.function for trigger in bundle.log_triggers}
    idle = named - called
    return [one for one in bundle.components.values() if one.reserved_instances and one.name not in idle]
