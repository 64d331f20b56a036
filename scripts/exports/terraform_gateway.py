"""API group, domain, authorizers, answers and APIs as Terraform resources."""

from __future__ import annotations

from bundle_template import Bundle, Policy, Route
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
from bundle_template.naming import ALIAS, TAG
from exports.terraform_text import Block, attribute, literal, name, text, urn

GROUP, ANSWERS = "bundle", "marketplace"
RELEASE = "DEFAULT_ENVIRONMENT_RELEASE_ID"


def gateway_resources(bundle: Bundle) -> Block:
    """Resources by kind and name; none without routes."""
    if not bundle.routes:
        return {}
    found: Block = {
        "huaweicloud_apig_group": {GROUP: _group(bundle)},
        "huaweicloud_apig_response": {ANSWERS: _answers(bundle)},
        "huaweicloud_apig_custom_authorizer": {one: _authorizer(bundle, one) for one in authorizers_in_use(bundle)},
        "huaweicloud_apig_api": {route.name: _api(bundle, route) for route in bundle.routes},
        "huaweicloud_apig_api_publishment": {route.name: _published(bundle, route) for route in bundle.routes},
    }
    if bundle.gateway.get("domain"):
        found["huaweicloud_apig_group_domain_associate"] = {GROUP: _domain(bundle)}
    return {kind: members for kind, members in found.items() if members}


def _instance(bundle: Bundle) -> str:
    return text(bundle.gateway["instanceId"])


def _in_group(bundle: Bundle) -> Block:
    return {"instance_id": _instance(bundle), "group_id": attribute("apig_group", GROUP, "id")}


def _group(bundle: Bundle) -> Block:
    return {
        "instance_id": _instance(bundle),
        "name": name(),
        "description": f"{TAG}=${{var.stage}}",
        "domain_access_enabled": not bundle.gateway.get("domain"),
        "lifecycle": {"ignore_changes": ["url_domains"]},
    }


def _domain(bundle: Bundle) -> Block:
    return {
        **_in_group(bundle),
        "url_domain": text(bundle.gateway["domain"]),
        "min_ssl_version": "TLSv1.2",
        "ingress_http_port": -1,
        "ingress_https_port": 443,
    }


def _answers(bundle: Bundle) -> Block:
    rules = [{"error_type": one, "status_code": 200, "body": literal(FAILURE_BODY)} for one in FAILURES]
    return {**_in_group(bundle), "name": ANSWERS, "rule": rules}


def _authorizer(bundle: Bundle, authorizer: str) -> Block:
    one = bundle.authorizers[authorizer]
    # Without cache_age nothing is cached: the activity stands in the body, which is no part of a cache's key.
    return {
        "instance_id": _instance(bundle),
        "name": name(one.name),
        "type": "FRONTEND",
        **_function(one.function, "function_alias_uri"),
        "function_version": "latest",
        "network_type": "V2",
        "is_body_send": one.need_body,
    }


def _function(function: str, alias_member: str) -> Block:
    return {"function_urn": urn(function), alias_member: f"{urn(function)}:!{ALIAS}"}


def _backend(function: str, timeout: int) -> Block:
    return {
        **_function(function, "function_alias_urn"),
        "network_type": "V2",
        "invocation_type": "sync",
        "timeout": timeout,
    }


def _api(bundle: Bundle, route: Route) -> Block:
    authorizer, timeout = authorizer_of(route), timeout_of(bundle, route)
    block: Block = {
        **_in_group(bundle),
        "type": "Public",
        "name": name(route.name),
        "description": f"{TAG}=${{var.stage}}",
        "request_protocol": "HTTPS",
        "request_method": route.method,
        "request_path": literal(route.path),
        "matching": "Exact" if route.match_mode == "NORMAL" else "Prefix",
        "security_authentication": "AUTHORIZER" if authorizer else "NONE",
        "request_params": _parameters(route),
        "func_graph": [_backend(backend_of(route), timeout)],
        "func_graph_policy": [_policy(policy, timeout) for policy in policies_of(route)],
    }
    if authorizer:
        block["authorizer_id"] = attribute("apig_custom_authorizer", authorizer, "id")
    if answers_marketplace(bundle, route):
        block["response_id"] = attribute("apig_response", ANSWERS, "id")
    return {key: value for key, value in block.items() if value != []}


def _parameters(route: Route) -> list[Block]:
    return [
        *({"name": one, "location": "PATH", "type": "STRING", "required": True} for one in path_parameters(route)),
        *({"name": one, "location": "QUERY", "type": "STRING", "required": False} for one in route.query_parameters),
    ]


def _policy(policy: Policy, timeout: int) -> Block:
    member = "frontend_authorizer_name" if policy.origin == "frontend_authorizer" else "param_name"
    conditions = [
        {"source": policy.origin, member: parameter_of(policy), "type": "Equal", "value": literal(value)}
        for value in policy.values
    ]
    return {
        "name": policy.function,
        **_backend(policy.function, timeout),
        "effective_mode": "ANY",
        "conditions": conditions,
    }


def _published(bundle: Bundle, route: Route) -> Block:
    return {
        "instance_id": _instance(bundle),
        "env_id": RELEASE,
        "api_id": attribute("apig_api", route.name, "id"),
    }
