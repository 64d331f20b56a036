"""APIG: API groups, their debug domain and the answers they give in the place of an API."""

from __future__ import annotations

import re
from typing import Any

from tests.fake_cloud.errors import invalid, missing
from tests.fake_cloud.function_rows import moment
from tests.fake_cloud.gateways import gateway_of, taken
from tests.fake_cloud.operations import Request, serves
from tests.fake_cloud.paging import offset
from tests.fake_cloud.site import Site
from tests.fake_cloud.state import Domain, Group, Json, State, new_id

SERVICE = "apig"
# Letters of any script, as the documentation allows Chinese ones (their brackets too, which nobody here uses).
NAME = re.compile(r"[^\W_][\w\-./:()]{2,254}")
RESPONSE_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
RESPONSE_TYPES = {
    *("AUTH_FAILURE", "AUTH_HEADER_MISSING", "UNAUTHORIZED", "ACCESS_DENIED", "THROTTLED", "NOT_FOUND"),
    *("AUTHORIZER_FAILURE", "AUTHORIZER_CONF_FAILURE", "AUTHORIZER_IDENTITIES_FAILURE"),
    *("BACKEND_UNAVAILABLE", "BACKEND_TIMEOUT", "REQUEST_PARAMETERS_FAILURE", "DEFAULT_4XX", "DEFAULT_5XX"),
}


def group_of(state: State, request: Request) -> Group:
    """The group that the path names."""
    gateway = gateway_of(state, request)
    group = state.groups.get(request.path["group_id"])
    if group is None or group.gateway != gateway.id:
        raise missing("the API group", request.path["group_id"])
    return group


def group_row(group: Group) -> Json:
    """A group as replies show it."""
    return {
        "id": group.id,
        "name": group.name,
        "status": 1,
        "sl_domain": group.sl_domain,
        "sl_domains": [group.sl_domain],
        "sl_domain_access_enabled": group.sl_domain_access_enabled,
        "register_time": moment(0),
        "update_time": moment(0),
        "on_sell_status": 2,
        "is_default": 2,
        "version": "V1",
        "remark": group.remark,
        "url_domains": [_domain_row(domain) for domain in group.domains.values()],
    }


def _domain_row(domain: Domain) -> Json:
    ssl = domain.certificates[-1] if domain.certificates else None
    return {
        "id": domain.id,
        "domain": domain.name,
        "cname_status": domain.cname_status,
        "min_ssl_version": domain.settings["min_ssl_version"],
        **({"ssl_id": ssl, "ssl_infos": [{"ssl_id": one} for one in domain.certificates]} if ssl else {}),
    }


@serves(SERVICE)
def create_api_group_v2(state: State, site: Site, request: Request) -> Any:
    """A group, with a debug domain of its own."""
    gateway, body = gateway_of(state, request), request.body
    _check_name(state, gateway.id, body["name"])
    if sum(one.gateway == gateway.id for one in state.groups.values()) >= gateway.quotas["APIGROUP_NUM_LIMIT"]:
        raise invalid("the gateway has its API groups")
    state.tick()
    id_ = new_id()
    domain = f"{id_}.apic.{site.region}.example.test"
    state.groups[id_] = Group(id_, body["name"], gateway.id, domain, body.get("remark", ""))
    return group_row(state.groups[id_])


def _check_name(state: State, gateway: str, name: str) -> None:
    if not NAME.fullmatch(name):
        raise invalid(f"{name} cannot be the name of a group")
    if any((one.gateway, one.name) == (gateway, name) for one in state.groups.values()):
        raise taken("the API group name", name, "APIG.3201")


@serves(SERVICE)
def list_api_groups_v2(state: State, site: Site, request: Request) -> Any:
    """``name`` finds every name that contains it unless ``precise_search`` says name."""
    gateway, query = gateway_of(state, request), request.query
    exact = "name" in query.get("precise_search", "").split(",")
    matching = [
        one
        for one in state.groups.values()
        if one.gateway == gateway.id
        and query.get("id") in {None, one.id}
        and (query["name"] == one.name if exact and "name" in query else query.get("name", "") in one.name)
    ]
    rows, pages = offset(matching, site, query)
    return {"groups": [group_row(one) for one in rows], **pages}


@serves(SERVICE)
def show_details_of_api_group_v2(state: State, site: Site, request: Request) -> Any:
    """One group."""
    return group_row(group_of(state, request))


@serves(SERVICE)
def update_api_group_v2(state: State, site: Site, request: Request) -> Any:
    """Name and remark."""
    group, body = group_of(state, request), request.body
    if body["name"] != group.name:
        _check_name(state, group.gateway, body["name"])
    state.tick()
    group.name, group.remark = body["name"], body.get("remark", "")
    return group_row(group)


@serves(SERVICE)
def delete_api_group_v2(state: State, site: Site, request: Request) -> Any:
    """Once it holds no API."""
    group = group_of(state, request)
    if any(api.body["group_id"] == group.id for api in state.apis.values()):
        raise invalid("the API group contains APIs")
    state.tick()
    del state.groups[group.id]


@serves(SERVICE)
def update_sl_domain_setting_v2(state: State, site: Site, request: Request) -> Any:
    """Opens or shuts the debug domain."""
    group = group_of(state, request)
    state.tick()
    group.sl_domain_access_enabled = request.body["sl_domain_access_enabled"]


@serves(SERVICE)
def create_gateway_response_v2(state: State, site: Site, request: Request) -> Any:
    """Answers in the place of an API, by type of failure."""
    group = group_of(state, request)
    _check_response(group, request.body)
    state.tick()
    id_ = new_id()
    group.responses[id_] = dict(request.body)
    return _response_row(group, id_)


def _check_response(group: Group, body: Json, own: str = "") -> None:
    if not RESPONSE_NAME.fullmatch(body["name"]):
        raise invalid("the name of a response is 1 to 64 letters, digits, _ and -")
    if any(one["name"] == body["name"] for id_, one in group.responses.items() if id_ != own):
        raise taken("the response", body["name"])
    if unknown := body.get("responses", {}).keys() - RESPONSE_TYPES:
        raise invalid(f"there is no response type {', '.join(sorted(unknown))}")


@serves(SERVICE)
def list_gateway_responses_v2(state: State, site: Site, request: Request) -> Any:
    """The responses of one group."""
    group = group_of(state, request)
    rows, pages = offset([_response_row(group, id_) for id_ in group.responses], site, request.query)
    return {"responses": rows, **pages}


@serves(SERVICE)
def show_details_of_gateway_response_v2(state: State, site: Site, request: Request) -> Any:
    """One response."""
    return _response_row(*_with_response(state, request))


@serves(SERVICE)
def update_gateway_response_v2(state: State, site: Site, request: Request) -> Any:
    """The whole response."""
    group, id_ = _with_response(state, request)
    _check_response(group, request.body, id_)
    state.tick()
    group.responses[id_] = dict(request.body)
    return _response_row(group, id_)


@serves(SERVICE)
def delete_gateway_response_v2(state: State, site: Site, request: Request) -> Any:
    """Unless an API uses it."""
    group, id_ = _with_response(state, request)
    if any(api.body.get("response_id") == id_ for api in state.apis.values()):
        raise invalid("an API uses the response")
    state.tick()
    del group.responses[id_]


def _with_response(state: State, request: Request) -> tuple[Group, str]:
    group, id_ = group_of(state, request), request.path["response_id"]
    if id_ not in group.responses:
        raise missing("the response", id_)
    return group, id_


def _response_row(group: Group, id_: str) -> Json:
    return {**group.responses[id_], "id": id_, "default": False, "create_time": moment(0), "update_time": moment(0)}
