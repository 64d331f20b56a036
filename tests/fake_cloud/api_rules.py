"""APIG: what an API's body must keep to beyond the types."""

from __future__ import annotations

import re
from typing import Any

from tests.fake_cloud.authorizers import FUNCTION_URN
from tests.fake_cloud.errors import invalid, missing
from tests.fake_cloud.gateways import taken
from tests.fake_cloud.groups import NAME
from tests.fake_cloud.state import Gateway, Json, State

ALLOWED = {
    "type": {1, 2},
    "req_protocol": {"HTTP", "HTTPS", "BOTH", "GRPCS"},
    "req_method": {"GET", "POST", "PUT", "DELETE", "HEAD", "PATCH", "OPTIONS", "ANY"},
    "auth_type": {"NONE", "APP", "IAM", "AUTHORIZER"},
    "backend_type": {"FUNCTION", "MOCK"},
    "match_mode": {"NORMAL", "SWA"},
    "content_type": {"application/json", "application/xml", "multipart/form-data", "text/plain"},
}
FUNCTION_ALLOWED = {"invocation_type": {"sync", "async"}, "network_type": {"V1", "V2"}, "effect_mode": {"ALL", "ANY"}}
PARAMETER_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,31}")
POLICY_NAME = re.compile(r"[^\W\d_]\w*")
AUTHORIZER_PARAMETER = re.compile(r"\$context\.authorizer\.frontend\.[A-Za-z][A-Za-z0-9_-]{0,31}")
URI_CHARACTERS, REMARK_CHARACTERS, MILLISECONDS_V1 = 512, 255, 60_000


def check_api(state: State, gateway: Gateway, body: Json, own: str = "") -> None:
    """Raise ``Refused`` for a body that the gateway would not take; ``own``: the API's id when it exists."""
    _check_choices(body, ALLOWED)
    if not NAME.fullmatch(body["name"]):
        raise invalid(f"{body['name']} cannot be the name of an API")
    if len(body["req_uri"]) > URI_CHARACTERS or not body["req_uri"].startswith("/"):
        raise invalid(f"req_uri must begin with / and have at most {URI_CHARACTERS} characters")
    if len(body.get("remark", "")) > REMARK_CHARACTERS:
        raise invalid(f"remark is longer than {REMARK_CHARACTERS} characters")
    group = state.groups.get(body["group_id"])
    if group is None or group.gateway != gateway.id:
        raise missing("the API group", body["group_id"])
    if body.get("response_id") and body["response_id"] not in group.responses:
        raise missing("the response", body["response_id"])
    if body.get("is_send_fg_body_base64") is False and body.get("content_type") != "application/json":
        raise invalid("only with content_type application/json can the body go to the function as it is")
    _check_uniqueness(state, gateway, body, own)
    _check_authorizer(state, gateway, body)
    _check_parameters(gateway, body)
    _check_backends(state, gateway, body, own)


def _check_choices(body: Json, choices: dict[str, Any]) -> None:
    for name, allowed in choices.items():
        if name in body and body[name] not in allowed:
            raise invalid(f"{name} must be one of {sorted(allowed)}")


def _check_uniqueness(state: State, gateway: Gateway, body: Json, own: str) -> None:
    for api in state.apis.values():
        if api.id == own or api.gateway != gateway.id or api.body["group_id"] != body["group_id"]:
            continue
        if api.body["name"] == body["name"]:
            raise taken("the API name", body["name"], "APIG.3202")
        mine, other = ((one["req_method"], one["req_uri"], one.get("match_mode", "NORMAL")) for one in (body, api.body))
        if mine == other:
            raise taken("an API with the request", f"{mine[0]} {mine[1]}")


def _check_authorizer(state: State, gateway: Gateway, body: Json) -> None:
    if body["auth_type"] != "AUTHORIZER":
        return
    authorizer = state.authorizers.get(body.get("authorizer_id", ""))
    if authorizer is None or authorizer.gateway != gateway.id or authorizer.body["type"] != "FRONTEND":
        raise missing("the front-end authorizer", body.get("authorizer_id", ""))


def _check_parameters(gateway: Gateway, body: Json) -> None:
    parameters: list[Json] = body.get("req_params", [])
    if len(parameters) > gateway.quotas.get("API_PARAM_NUM_LIMIT", 50):
        raise invalid("the API has too many parameters")
    for one in parameters:
        if not PARAMETER_NAME.fullmatch(one["name"]) or one["type"] not in {"STRING", "NUMBER"}:
            raise invalid(f"{one['name']} is not a parameter of type STRING or NUMBER")
        if one["location"] not in {"PATH", "QUERY", "HEADER"}:
            raise invalid("a parameter lies in PATH, QUERY or HEADER")
    declared = {one["name"] for one in parameters if one["location"] == "PATH"}
    if lacking := set(re.findall(r"\{(\w+)\+?\}", body["req_uri"])) - declared:
        raise invalid(f"req_params must declare {', '.join(sorted(lacking))} of req_uri")


def _check_backends(state: State, gateway: Gateway, body: Json, own: str) -> None:
    policies: list[Json] = body.get("policy_functions", [])
    if body["backend_type"] == "FUNCTION":
        if "func_info" not in body:
            raise invalid("func_info is mandatory with backend_type FUNCTION")
        _check_function(gateway, body["func_info"])
    elif "mock_info" not in body:
        raise invalid("mock_info is mandatory with backend_type MOCK")
    if len(policies) > gateway.quotas["API_POLICY_NUM_LIMIT"]:
        raise invalid(f"an API takes at most {gateway.quotas['API_POLICY_NUM_LIMIT']} policy backends")
    if len({policy["name"] for policy in policies}) < len(policies):
        raise invalid("the names of the policy backends must differ")
    for policy in policies:
        _check_policy(gateway, body, policy)
    rest = [api for api in state.apis.values() if api.gateway == gateway.id and api.id != own]
    others = sum(len(api.body.get("policy_functions", [])) for api in rest)
    if gateway.policy_quota is not None and others + len(policies) > gateway.policy_quota:
        raise invalid(f"the gateway takes at most {gateway.policy_quota} policy backends")


def _check_policy(gateway: Gateway, body: Json, policy: Json) -> None:
    _check_function(gateway, policy)
    if not POLICY_NAME.fullmatch(policy["name"]):
        raise invalid("the name of a policy backend is a letter, then letters, digits and _")
    if not policy["conditions"]:
        raise invalid("a policy backend needs a condition")
    for condition in policy["conditions"]:
        _check_condition(body, condition)


def _check_condition(body: Json, condition: Json) -> None:
    origin = condition["condition_origin"]
    if origin not in {"param", "source", "system", "cookie", "frontend_authorizer"}:
        raise invalid(f"{origin} is not the origin of a condition")
    if origin != "source" and condition.get("condition_type") not in {"exact", "enum", "pattern"}:
        raise invalid("condition_type must be exact, enum or pattern")
    declared = {one["name"] for one in body.get("req_params", [])}
    if origin == "param" and condition.get("req_param_name") not in declared:
        raise invalid("a condition on a request parameter needs its declaration in req_params")
    if origin == "system" and condition.get("sys_param_name") not in {"req_path", "req_method"}:
        raise invalid("sys_param_name must be req_path or req_method")
    if origin == "cookie" and not condition.get("cookie_param_name"):
        raise invalid("cookie_param_name is mandatory")
    if origin == "frontend_authorizer":
        if body["auth_type"] != "AUTHORIZER":
            raise invalid("a condition on the authorizer needs auth_type AUTHORIZER")
        if not AUTHORIZER_PARAMETER.fullmatch(condition.get("frontend_authorizer_param_name", "")):
            raise invalid("frontend_authorizer_param_name must be $context.authorizer.frontend.<name>")


def _check_function(gateway: Gateway, backend: Json) -> None:
    _check_choices(backend, FUNCTION_ALLOWED)
    for name in ("function_urn", "alias_urn"):
        if backend.get(name) and not FUNCTION_URN.fullmatch(backend[name]):
            raise invalid(f"{name} is not the URN of a function")
    if not backend.get("version") and not backend.get("alias_urn"):
        raise invalid("a function backend needs a version or an alias")
    most = MILLISECONDS_V1
    feature = gateway.features.get("backend_timeout", {})
    if backend["network_type"] == "V2" and feature.get("enable"):
        most = int(feature.get("config") or most)
    if not 1 <= backend.get("timeout", 1) <= most:
        raise invalid(f"timeout must lie between 1 and {most} milliseconds")
