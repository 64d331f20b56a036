"""Which function of a route answers: the first policy whose condition holds, else the default backend."""

from __future__ import annotations

from collections.abc import Mapping

from bundle_template.bundle import Policy, Route
from bundle_template.gateway import backend_of, policies_of
from local_cloud.events import Many


def choose_function(route: Route, authorizer_context: Mapping[str, str], query: Many) -> str:
    """Name of the function for a call.

    A query parameter that is repeated meets no condition (*inferred*): the default backend has to cope. A route
    through the front door has no other backend.
    """
    for policy in policies_of(route):
        if _holds(policy, authorizer_context, query):
            return policy.function
    return backend_of(route)


def _holds(policy: Policy, authorizer_context: Mapping[str, str], query: Many) -> bool:
    if policy.origin == "frontend_authorizer":
        return authorizer_context.get(policy.parameter) in policy.values
    return query.get(policy.parameter) in policy.values
