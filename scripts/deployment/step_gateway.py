"""Steps on the gateway: group, domain, answers, authorizers, routes, publishing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from deployment.cloud import Json
from deployment.errors import NotFinished, NotFound
from deployment.read_gateway import RELEASE_ENVIRONMENT, SERVICE
from deployment.resources import Api, ApiGroup, Authorizer, GatewayResponses, Policy
from deployment.work import Work, first

NETWORK = "V2"
OPTIONAL, REQUIRED, PUBLIC = 2, 1, 1
MIN_TLS = "TLSv1.2"


def _call(work: Work, operation: str, about: str, **parameters: Any) -> Json:
    return work.account.cloud.call(SERVICE, operation, about, instance_id=work.account.gateway, **parameters)


def _pages(work: Work, operation: str, rows: str, **parameters: Any) -> list[Json]:
    return work.account.cloud.offset_pages(SERVICE, operation, rows, instance_id=work.account.gateway, **parameters)


def group_id(work: Work) -> str:
    """The id of the API group, which is there by now."""
    return next(one for key, one in work.found.ids.items() if key[0] == ApiGroup.kind)


def write_group(work: Work, before: ApiGroup | None, after: ApiGroup) -> None:
    """The group, its own domain with the certificate, and the debug domain shut once there is an own one."""
    names = work.account.names
    about = f"API group {names.prefix}"
    if before is None:
        body = {"name": names.prefix, "remark": names.mark()}

        def look() -> str | None:
            rows = _pages(work, "list_api_groups_v2", "groups", name=names.prefix, precise_search="name")
            return first([row for row in rows if names.owns(row["remark"])], "name", names.prefix, "id")

        identifier = work.ensure(
            look, lambda: str(_call(work, "create_api_group_v2", about, once=True, body=body)["id"])
        )
        work.found.ids[after.key] = identifier
    if after.domain and (before is None or before.domain != after.domain):
        _bind_domain(work, after)
    if after.certificate_id and (before is None or before.certificate_id != after.certificate_id):
        bound = {"domains": [{"domain": after.domain, "instance_ids": [work.account.gateway]}]}
        work.account.cloud.call(
            SERVICE, "batch_associate_domains_v2", about, certificate_id=after.certificate_id, body=bound
        )
    if before is None or before.debug_domain != after.debug_domain:
        setting = {"sl_domain_access_enabled": after.debug_domain}
        _call(work, "update_sl_domain_setting_v2", about, group_id=group_id(work), body=setting)


def _bind_domain(work: Work, group: ApiGroup) -> None:
    about = f"domain {group.domain}"
    names = work.account.names
    body = {"url_domain": group.domain, "min_ssl_version": MIN_TLS, "is_http_redirect_to_https": False}

    def look() -> str | None:
        rows = _pages(work, "list_api_groups_v2", "groups", name=names.prefix, precise_search="name")
        mine: Json = next((row for row in rows if row["id"] == group_id(work)), {})
        return first(mine.get("url_domains") or [], "domain", group.domain, "id")

    def create() -> str:
        reply = _call(work, "associate_domain_v2", about, once=True, group_id=group_id(work), body=body)
        return str(reply["id"])

    work.ensure(look, create)


def seal(work: Work, text: str) -> None:
    """Note in the group's remark that everything was confirmed, and when the state was prepared."""
    names = work.account.names
    body = {"name": names.prefix, "remark": names.mark(seal=text, prepared=work.found.prepared)}
    _call(work, "update_api_group_v2", f"API group {names.prefix}", group_id=group_id(work), body=body)


def delete_group(work: Work, _: ApiGroup) -> None:
    """The empty group; its domain and answers go with it."""
    _forgiving(work, "delete_api_group_v2", f"API group {work.account.names.prefix}", group_id=group_id(work))


def write_responses(work: Work, _: GatewayResponses | None, after: GatewayResponses) -> None:
    """What the gateway answers in a function's place."""
    full = work.account.names.full(after.name)
    about, group = f"gateway responses {full}", group_id(work)
    kinds = {
        kind: {"status": status, "body": body, "headers": [{"key": "Content-Type", "value": "application/json"}]}
        for kind, (status, body) in after.responses.items()
    }
    body = {"name": full, "responses": kinds}

    def look() -> str | None:
        return first(_pages(work, "list_gateway_responses_v2", "responses", group_id=group), "name", full, "id")

    def create() -> str:
        return str(_call(work, "create_gateway_response_v2", about, once=True, group_id=group, body=body)["id"])

    known = work.found.ids.get(after.key)
    if known:
        _call(work, "update_gateway_response_v2", about, group_id=group, response_id=known, body=body)
    else:
        work.found.ids[after.key] = work.ensure(look, create)


def delete_responses(work: Work, responses: GatewayResponses) -> None:
    """Answers that no route uses any more."""
    about = f"gateway responses {work.account.names.full(responses.name)}"
    _forgiving(
        work, "delete_gateway_response_v2", about, group_id=group_id(work), response_id=work.found.ids[responses.key]
    )


def write_authorizer(work: Work, _: Authorizer | None, after: Authorizer) -> None:
    """The authorizer over its function's alias."""
    names = work.account.names
    full = names.full(after.name)
    about = f"authorizer {full}"
    body = {
        "name": full,
        "type": "FRONTEND",
        "authorizer_type": "FUNC",
        "authorizer_uri": after.function_urn.rpartition(":")[0],
        "authorizer_alias_uri": after.function_urn,
        "network_type": NETWORK,
        "ttl": after.ttl,
        "need_body": after.need_body,
        "user_data": names.mark(),
    }

    def look() -> str | None:
        rows = _pages(work, "list_custom_authorizers_v2", "authorizer_list", name=full)
        return first([row for row in rows if names.owns(row["user_data"])], "name", full, "id")

    def create() -> str:
        return str(_call(work, "create_custom_authorizer_v2", about, once=True, body=body)["id"])

    known = work.found.ids.get(after.key)
    if known:
        _call(work, "update_custom_authorizer_v2", about, authorizer_id=known, body=body)
    else:
        work.found.ids[after.key] = work.ensure(look, create)


def delete_authorizer(work: Work, authorizer: Authorizer) -> None:
    """An authorizer that no route uses any more."""
    about = f"authorizer {work.account.names.full(authorizer.name)}"
    _forgiving(work, "delete_custom_authorizer_v2", about, authorizer_id=work.found.ids[authorizer.key])


def write_api(work: Work, _: Api | None, after: Api) -> None:
    """The definition; callers meet it once it is published."""
    names = work.account.names
    full = names.full(after.name)
    about, group = f"API {full}", group_id(work)
    body = _api_body(work, after)

    def look() -> str | None:
        rows = _pages(work, "list_apis_v2", "apis", group_id=group, name=full, precise_search="name")
        return first([row for row in rows if names.owns(row["remark"])], "name", full, "id")

    def create() -> str:
        return str(_call(work, "create_api_v2", about, once=True, body=body)["id"])

    known = work.found.ids.get(after.key)
    if known:
        _call(work, "update_api_v2", about, api_id=known, body=body)
    else:
        work.found.ids[after.key] = work.ensure(look, create)


def _api_body(work: Work, api: Api) -> dict[str, Any]:
    body: dict[str, Any] = {
        "name": work.account.names.full(api.name),
        "type": PUBLIC,
        "req_protocol": "HTTPS",
        "req_method": api.method,
        "req_uri": api.path,
        "match_mode": api.match_mode,
        "auth_type": "AUTHORIZER" if api.authorizer else "NONE",
        "backend_type": "FUNCTION",
        "group_id": group_id(work),
        "remark": work.account.names.mark(),
        "tags": [work.account.names.label],
        "func_info": {**_backend(api.function_urn), "timeout": api.timeout},
        "req_params": [
            {"name": name, "type": "STRING", "location": place, "required": REQUIRED if place == "PATH" else OPTIONAL}
            for place, name in api.parameters
        ],
        "policy_functions": [_policy(policy, api.timeout) for policy in api.policies],
    }
    if api.authorizer:
        body["authorizer_id"] = work.found.id_of(Authorizer, api.authorizer)
    if api.responses:
        body["response_id"] = work.found.id_of(GatewayResponses, api.responses)
    return body


def _backend(alias_urn: str) -> dict[str, Any]:
    return {
        "function_urn": alias_urn.rpartition(":")[0],
        "alias_urn": alias_urn,
        "invocation_type": "sync",
        "network_type": NETWORK,
    }


def _policy(policy: Policy, timeout: int) -> dict[str, Any]:
    return {
        **_backend(policy.function_urn),
        "name": policy.name,
        "timeout": timeout,
        "effect_mode": policy.effect_mode,
        "conditions": [_condition(*condition) for condition in policy.conditions],
    }


def _condition(origin: str, parameter: str, value: str) -> dict[str, str]:
    place = "frontend_authorizer_param_name" if origin == "frontend_authorizer" else "req_param_name"
    return {"condition_origin": origin, place: parameter, "condition_type": "exact", "condition_value": value}


def publish(work: Work, apis: Iterable[Api]) -> None:
    """All routes in one call; each is served as defined from now on."""
    ids = [work.found.ids[api.key] for api in apis]
    if not ids:
        return
    reply = _batch(work, "online", ids)
    if failed := reply["failure"]:
        names = ", ".join(f"{one['api_name'] or one['api_id']}: {one['error_msg']}" for one in failed)
        raise NotFinished(f"not published: {names}; run apply again")


def delete_api(work: Work, api: Api) -> None:
    """Taken off first, else the gateway keeps it."""
    about = f"API {work.account.names.full(api.name)}"
    identifier = work.found.ids[api.key]
    if api.published:
        # One that is off already is among the failures, and that is as good.
        _batch(work, "offline", [identifier])
    _forgiving(work, "delete_api_v2", about, api_id=identifier)


def _batch(work: Work, action: str, ids: list[str]) -> Json:
    body = {"apis": ids, "env_id": RELEASE_ENVIRONMENT}
    return _call(work, "batch_publish_or_offline_api_v2", f"routes {action}", action=action, body=body)


def _forgiving(work: Work, operation: str, about: str, **parameters: Any) -> None:
    """What shall go may have gone."""
    try:
        _call(work, operation, about, **parameters)
    except NotFound:
        return
