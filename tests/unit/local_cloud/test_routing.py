"""Which route a call meets, and which function of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bundle_template.bundle import Policy, Route
from local_cloud.events import Many
from local_cloud.policies import choose_function
from local_cloud.routing import find_route


def _route(name: str, method: str, path: str, match_mode: str = "NORMAL") -> Route:
    return Route(name, method, path, match_mode, "default", None, (), (), 1)


ROUTES = [
    _route("prefix", "POST", "/saas/produceAPI", "SWA"),
    _route("longer", "POST", "/saas/produceAPI/v2", "SWA"),
    _route("one", "GET", "/shop/{id}"),
    _route("new", "GET", "/shop/new"),
    _route("access", "PUT", "/shop/{id}/access"),
    _route("any", "ANY", "/shop/{id}/access"),
    _route("root", "POST", "/"),
]


@pytest.mark.parametrize(
    ("method", "path", "name", "parameters"),
    [
        ("POST", "/", "root", {}),
        ("GET", "/shop/42", "one", {"id": "42"}),
        ("GET", "/shop/new", "new", {}),
        ("GET", "/shop/a%2Fb%20c", "one", {"id": "a/b c"}),
        ("PUT", "/shop/42/access", "access", {"id": "42"}),
        ("PATCH", "/shop/42/access", "any", {"id": "42"}),
        ("POST", "/saas/produceAPI/tenantSync", "prefix", {"": "tenantSync"}),
        ("POST", "/saas/produceAPI/v2/tenantSync", "longer", {"": "tenantSync"}),
        ("POST", "/saas/produceAPI", "prefix", {"": ""}),
    ],
)
def test_the_closest_route_is_taken(method: str, path: str, name: str, parameters: dict[str, str]) -> None:
    match, known = find_route(ROUTES, method, path)
    assert match is not None
    assert known
    assert (match.route.name, match.path_parameters) == (name, parameters)


@pytest.mark.parametrize(
    ("method", "path", "known"),
    [
        ("GET", "/nowhere", False),
        ("GET", "/shop/", False),
        ("GET", "/shop", False),
        ("GET", "/shop/42/", False),
        ("POST", "/saas/produceAPIs", False),
        ("DELETE", "/shop/42", True),
        ("GET", "/", True),
    ],
)
def test_no_route_but_perhaps_a_known_path(method: str, path: str, known: bool) -> None:
    assert find_route(ROUTES, method, path) == (None, known)


ROUTED = replace(
    ROUTES[0],
    policies=(
        Policy("query_instance", "frontend_authorizer", "activity", ("queryInstance",), 1),
        Policy("upgrade_instance", "frontend_authorizer", "activity", ("upgradeInstance", "changeInstanceCheck"), 2),
        Policy("release_instance", "param", "activity", ("releaseInstance",), 3),
    ),
)


@pytest.mark.parametrize(
    ("context", "query", "function"),
    [
        ({"activity": "queryInstance"}, {}, "query_instance"),
        ({"activity": "changeInstanceCheck"}, {}, "upgrade_instance"),
        ({"activity": "queryinstance"}, {}, "default"),
        ({"activity": ""}, {}, "default"),
        ({}, {"activity": "releaseInstance"}, "release_instance"),
        ({}, {"activity": "queryInstance"}, "default"),
        ({"activity": "releaseInstance"}, {}, "default"),
        ({}, {"activity": ["releaseInstance", "releaseInstance"]}, "default"),
        ({"activity": "queryInstance"}, {"activity": "releaseInstance"}, "query_instance"),
        ({}, {}, "default"),
    ],
)
def test_the_first_policy_that_holds_names_the_function(context: dict[str, str], query: Many, function: str) -> None:
    assert choose_function(ROUTED, context, query) == function
