"""APIG: APIs, and what the environments serve of them."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from huaweicloudsdkapig.v2 import model

from tests.fake_cloud.api_rules import check_api
from tests.fake_cloud.errors import Refused, invalid, missing
from tests.fake_cloud.function_rows import moment
from tests.fake_cloud.gateways import gateway_of
from tests.fake_cloud.operations import Request, serves
from tests.fake_cloud.paging import offset
from tests.fake_cloud.sdk_models import known_members
from tests.fake_cloud.site import Site
from tests.fake_cloud.state import RELEASE, Api, Gateway, Json, Publication, State, new_id

SERVICE = "apig"
MOST_AT_ONCE = 1000


@serves(SERVICE)
def create_api_v2(state: State, site: Site, request: Request) -> Any:
    """Defined, not yet served: that takes publishing."""
    gateway = gateway_of(state, request)
    check_api(state, gateway, request.body)
    if sum(api.gateway == gateway.id for api in state.apis.values()) >= gateway.quotas["API_NUM_LIMIT"]:
        raise invalid("the gateway has its APIs")
    api = Api(new_id(), gateway.id, deepcopy(request.body), modified=state.tick())
    state.apis[api.id] = api
    return _row(state, api)


@serves(SERVICE)
def update_api_v2(state: State, site: Site, request: Request) -> Any:
    """The whole body; what is served changes with the next publishing only."""
    api = _with_api(state, request)
    check_api(state, state.gateways[api.gateway], request.body, api.id)
    if request.body["group_id"] != api.body["group_id"]:
        raise invalid("an API cannot move to another group")
    api.modified = state.tick()
    api.body = deepcopy(request.body)
    return _row(state, api)


@serves(SERVICE)
def show_details_of_api_v2(state: State, site: Site, request: Request) -> Any:
    """The one reply with the backends."""
    return _row(state, _with_api(state, request))


@serves(SERVICE)
def list_apis_v2(state: State, site: Site, request: Request) -> Any:
    """Rows without backends; ``name`` finds every name that contains it unless ``precise_search`` says name."""
    gateway, query = gateway_of(state, request), request.query
    matching = [api for api in state.apis.values() if api.gateway == gateway.id and _meets(api, query)]
    rows, pages = offset(matching, site, query)
    return {"apis": [known_members(model.ApiInfoPerPage, _brief(state, api)) for api in rows], **pages}


def _meets(api: Api, query: Json) -> bool:
    exact = query.get("precise_search", "").split(",")
    for name in ("name", "req_uri"):
        if name in query and not (query[name] == api.body[name] if name in exact else query[name] in api.body[name]):
            return False
    equal = ("group_id", "req_protocol", "req_method", "auth_type", "type")
    if any(name in query and query[name] != api.body[name] for name in equal):
        return False
    tags = set(query["tags"].split(",")) if query.get("tags") else set()
    if tags and not tags & set(api.body.get("tags", [])):
        return False
    return query.get("id") in {None, api.id} and (query.get("env_id") in {None, *api.live})


def _brief(state: State, api: Api) -> Json:
    row = _row(state, api)
    return {name: value for name, value in row.items() if name not in {"req_params", "backend_params"}}


@serves(SERVICE)
def delete_api_v2(state: State, site: Site, request: Request) -> Any:
    """Once it is served nowhere."""
    api = _with_api(state, request)
    if api.live:
        raise invalid(f"the API {api.body['name']} is published")
    state.tick()
    del state.apis[api.id]


@serves(SERVICE)
def create_or_delete_publish_record_for_api_v2(state: State, site: Site, request: Request) -> Any:
    """Publishes an API as it stands, or takes it off."""
    gateway, body = gateway_of(state, request), request.body
    api = _api(state, gateway, body["api_id"])
    _check_action(state, gateway, body["action"], body["env_id"])
    state.tick()
    return _act(api, body["action"], body["env_id"], body.get("remark", ""))


@serves(SERVICE)
def batch_publish_or_offline_api_v2(state: State, site: Site, request: Request) -> Any:
    """The same for many APIs, or a whole group; one that fails does not hinder the others."""
    gateway, body, action = gateway_of(state, request), request.body, request.query["action"]
    _check_action(state, gateway, action, body["env_id"])
    if not body.get("apis") and not body.get("group_id"):
        raise invalid("apis or group_id must be given")
    group = body.get("group_id")
    ids = body.get("apis") or [api.id for api in state.apis.values() if api.body["group_id"] == group]
    if len(ids) > MOST_AT_ONCE:
        raise invalid(f"at most {MOST_AT_ONCE} APIs at once")
    state.tick()
    reply: Json = {"success": [], "failure": []}
    for id_ in ids:
        try:
            api = _api(state, gateway, id_)
            reply["success"].append(_act(api, action, body["env_id"], body.get("remark", "")))
        except Refused as refused:
            reply["failure"].append(
                {"api_id": id_, "error_code": refused.code_for(SERVICE), "error_msg": refused.message}
            )
    return reply


def _check_action(state: State, gateway: Gateway, action: str, env_id: str) -> None:
    if action not in {"online", "offline"}:
        raise invalid("action must be online or offline")
    environment = state.environments.get(env_id)
    if env_id != RELEASE and (environment is None or environment.gateway != gateway.id):
        raise missing("the environment", env_id)


def _act(api: Api, action: str, env_id: str, remark: str) -> Json:
    if action == "online":
        api.live[env_id] = Publication(new_id(), env_id, deepcopy(api.body), remark)
        publication = api.live[env_id]
    elif env_id in api.live:
        publication = api.live.pop(env_id)
    else:
        raise invalid(f"the API {api.body['name']} is not published there")
    return {
        "publish_id": publication.id,
        "version_id": publication.id,
        "api_id": api.id,
        "api_name": api.body["name"],
        "env_id": env_id,
        "remark": remark,
        "publish_time": moment(0),
    }


@serves(SERVICE)
def list_api_runtime_definition_v2(state: State, site: Site, request: Request) -> Any:
    """What an environment serves, RELEASE unless another is named."""
    api = _with_api(state, request)
    publication = api.live.get(request.query.get("env_id", RELEASE))
    if publication is None:
        raise missing("the publication of", api.id)
    group = state.groups[api.body["group_id"]]
    row = {**publication.body, "id": api.id, "publish_id": publication.id, "run_env_id": publication.env_id}
    row |= {"group_name": group.name, "sl_domain": group.sl_domain, "sl_domains": [group.sl_domain]}
    return known_members(model.ListApiRuntimeDefinitionV2Response, row)


def _api(state: State, gateway: Gateway, id_: str) -> Api:
    api = state.apis.get(id_)
    if api is None or api.gateway != gateway.id:
        raise missing("the API", id_)
    return api


def _with_api(state: State, request: Request) -> Api:
    return _api(state, gateway_of(state, request), request.path["api_id"])


def _row(state: State, api: Api) -> Json:
    group = state.groups[api.body["group_id"]]
    publications = list(api.live.values())
    return {
        "match_mode": "NORMAL",
        **deepcopy(api.body),
        "id": api.id,
        "status": 1,
        "group_name": group.name,
        "group_version": "V1",
        "register_time": moment(0),
        "update_time": moment(api.modified),
        "run_env_id": "|".join(one.env_id for one in publications),
        "run_env_name": "|".join("RELEASE" if one.env_id == RELEASE else one.env_id for one in publications),
        "publish_id": "|".join(one.id for one in publications),
    }
