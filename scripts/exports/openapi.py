"""The routes as an OpenAPI 3 document with APIG's ``x-apigateway-*`` extensions, for its import.

Sources: APIG user guide, "API design file extension definitions". What those pages do not state is *inferred* from the
API model of the same service and stands here alone: ``network-type`` and ``alias-urn`` of a function, and the origin
``frontend_authorizer`` of a condition.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bundle_template import Bundle, Policy, Route
from bundle_template.gateway import (
    authorizer_of,
    authorizers_in_use,
    backend_of,
    parameter_of,
    path_parameters,
    policies_of,
    timeout_of,
)
from bundle_template.naming import ALIAS, PACKAGE, prefix

Document = dict[str, Any]
AUTHORIZER_TIMEOUT = 5000
"""Milliseconds."""
NO_PROJECT, NO_DOMAIN = "PROJECT_ID", "example.com"
_ORIGINS = {"param": "request", "frontend_authorizer": "frontend_authorizer"}
_WITH_BODY = ("POST", "PUT", "PATCH")


@dataclass(frozen=True)
class Place:
    """Where the functions are, and what the address is called."""

    stage: str
    region: str
    project_id: str
    domain: str

    def urn(self, function: str) -> str:
        """URN of a function."""
        return f"urn:fss:{self.region}:{self.project_id}:function:{PACKAGE}:{prefix(self.stage)}_{function}"


def export_openapi(bundle: Bundle, place: Place) -> Document:
    """The document; routes in the template's order."""
    paths: Document = {}
    for route in bundle.routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(bundle, route, place)
    return {
        "openapi": "3.0.3",
        "info": {
            "title": prefix(place.stage),
            "description": bundle.metadata.get("description", ""),
            "version": bundle.metadata.get("version", "0"),
        },
        "servers": [{"url": "https://{domain}", "variables": {"domain": {"default": place.domain}}}],
        "paths": paths,
        "components": {
            "securitySchemes": {name: _authorizer(bundle, name, place) for name in authorizers_in_use(bundle)}
        },
    }


def _operation(bundle: Bundle, route: Route, place: Place) -> Document:
    authorizer, timeout = authorizer_of(route), timeout_of(bundle, route)
    operation: Document = {
        "operationId": route.name,
        "summary": f"{prefix(place.stage)}_{route.name}",
        "responses": {"default": {"description": "the function's own answer"}},
        "security": [{authorizer: []}] if authorizer else [],
        "x-apigateway-request-type": "public",
        "x-apigateway-match-mode": route.match_mode,
        "x-apigateway-cors": False,
        "x-apigateway-is-send-fg-body-base64": True,
        "x-apigateway-backend": {"type": "FUNCTION", "functionEndpoints": _endpoint(backend_of(route), timeout, place)},
    }
    if parameters := _parameters(route):
        operation["parameters"] = parameters
    if route.method in _WITH_BODY:
        operation["requestBody"] = {"content": {"application/json": {"schema": {"type": "object"}}}}
    if policies := [_policy(policy, timeout, place) for policy in policies_of(route)]:
        operation["x-apigateway-backend-policies"] = policies
    return operation


def _parameters(route: Route) -> list[Document]:
    schema = {"type": "string"}
    return [
        *({"name": one, "in": "path", "required": True, "schema": schema} for one in path_parameters(route)),
        *({"name": one, "in": "query", "required": False, "schema": schema} for one in route.query_parameters),
    ]


def _endpoint(function: str, timeout: int, place: Place) -> Document:
    return {
        "function-urn": place.urn(function),
        "alias-urn": f"{place.urn(function)}:!{ALIAS}",
        "version": "latest",
        "network-type": "V2",
        "invocation-type": "sync",
        "timeout": timeout,
    }


def _policy(policy: Policy, timeout: int, place: Place) -> Document:
    conditions = [
        {"type": "equal", "origin": _ORIGINS[policy.origin], "parameter": parameter_of(policy), "value": value}
        for value in policy.values
    ]
    return {
        "type": "FUNCTION",
        "name": policy.function,
        "effect-mode": "ANY",
        "functionEndpoints": _endpoint(policy.function, timeout, place),
        "conditions": conditions,
    }


def _authorizer(bundle: Bundle, name: str, place: Place) -> Document:
    one = bundle.authorizers[name]
    return {
        "type": "apiKey",
        "in": "header",
        "name": "unused",
        "x-apigateway-authorizer": {
            "type": "FRONTEND",
            "authorizer_type": "FUNC",
            "authorizer_uri": place.urn(one.function),
            "authorizer_alias_uri": f"{place.urn(one.function)}:!{ALIAS}",
            "authorizer_version": "latest",
            "network_type": "V2",
            "need_body": one.need_body,
            "identities": [],
            "ttl": 0,
            # Relaxed mode would send every call to the default backend whenever the authorizer fails.
            "auth_downgrade_enabled": False,
            "retry_attempts": 1,
            "timeout": AUTHORIZER_TIMEOUT,
        },
    }
