"""The OpenAPI file: valid, and every route with its backends, policies and authorizer in the gateway's extensions."""

from __future__ import annotations

import json
from typing import Any

import pytest
from openapi_spec_validator import validate

from exports.openapi import Place, export_openapi
from tests.unit.exports.test_terraform import full_bundle

PLACE = Place("prod", "cn-north-4", "0123456789abcdef0123456789abcdef", "shop.example.com")
URN = "urn:fss:cn-north-4:0123456789abcdef0123456789abcdef:function:default:koogallery_prod_"


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """The export as the gateway reads it."""
    loaded: dict[str, Any] = json.loads(json.dumps(export_openapi(full_bundle(), PLACE)))
    return loaded


def test_it_is_valid_openapi_3(document: dict[str, Any]) -> None:
    validate(document)


def test_every_route_is_an_operation(document: dict[str, Any]) -> None:
    found = {
        (method.upper(), path): operation["operationId"]
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }
    assert found == {(route.method, route.path): route.name for route in full_bundle().routes}
    assert document["servers"][0]["variables"]["domain"]["default"] == "shop.example.com"


def test_a_routed_operation_has_default_backend_policies_and_authorizer(document: dict[str, Any]) -> None:
    operation = document["paths"]["/saas"]["post"]
    assert operation["security"] == [{"route_activity": []}]
    assert operation["x-apigateway-is-send-fg-body-base64"] is True
    endpoint = operation["x-apigateway-backend"]["functionEndpoints"]
    assert (endpoint["function-urn"], endpoint["alias-urn"]) == (f"{URN}new_instance", f"{URN}new_instance:!live")
    assert (endpoint["invocation-type"], endpoint["network-type"], endpoint["timeout"]) == ("sync", "V2", 10_000)
    policies = operation["x-apigateway-backend-policies"]
    assert [one["name"] for one in policies][:2] == ["query_instance", "refresh_instance"]
    assert policies[-1]["conditions"] == [
        {
            "type": "equal",
            "origin": "frontend_authorizer",
            "parameter": "$context.authorizer.frontend.activity",
            "value": value,
        }
        for value in ("upgradeInstance", "changeInstanceCheck")
    ]


def test_a_get_operation_asks_its_own_parameter(document: dict[str, Any]) -> None:
    operation = document["paths"]["/saas"]["get"]
    assert operation["security"] == []
    assert operation["parameters"] == [
        {"name": "activity", "in": "query", "required": False, "schema": {"type": "string"}}
    ]
    assert operation["x-apigateway-backend-policies"][0]["conditions"][0]["origin"] == "request"
    assert "requestBody" not in operation


def test_the_authorizer_is_neither_cached_nor_relaxed(document: dict[str, Any]) -> None:
    found = document["components"]["securitySchemes"]["route_activity"]["x-apigateway-authorizer"]
    assert (found["need_body"], found["ttl"], found["auth_downgrade_enabled"]) == (True, 0, False)
    assert found["timeout"] == 5000
    assert found["authorizer_alias_uri"] == f"{URN}route_activity:!live"


def test_behind_the_front_door_there_is_no_choice_for_the_gateway(document: dict[str, Any]) -> None:
    operation = document["paths"]["/license"]["post"]
    assert operation["x-apigateway-backend"]["functionEndpoints"]["function-urn"] == f"{URN}front_door"
    assert "x-apigateway-backend-policies" not in operation
    assert operation["security"] == []
