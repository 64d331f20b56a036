"""APIG: gateways, their features and quotas, and environments."""

from __future__ import annotations

import re
from typing import Any

from huaweicloudsdkapig.v2 import model

from tests.fake_cloud.errors import Refused, invalid, missing
from tests.fake_cloud.function_rows import moment
from tests.fake_cloud.operations import Request, serves
from tests.fake_cloud.paging import offset
from tests.fake_cloud.sdk_models import known_members
from tests.fake_cloud.site import Site
from tests.fake_cloud.state import RELEASE, Environment, Gateway, Json, State, new_id

SERVICE = "apig"
ENVIRONMENT_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{2,63}")
RUNNING = 6


def gateway_of(state: State, request: Request) -> Gateway:
    """The gateway that the path names."""
    gateway = state.gateways.get(request.path["instance_id"])
    if gateway is None:
        raise missing("the gateway", request.path["instance_id"])
    return gateway


def taken(what: str, name: str, code: str | None = None) -> Refused:
    """APIG calls a name that is in use a wrong parameter."""
    return Refused(400, f"{what} {name} already exists", code)


def _row(site: Site, gateway: Gateway) -> Json:
    return {
        "id": gateway.id,
        "project_id": site.project_id,
        "instance_name": gateway.name,
        "status": gateway.status,
        "instance_status": RUNNING,
        "type": "apig",
        "spec": gateway.spec,
        "create_time": 0,
        "enterprise_project_id": "0",
        "eip_address": gateway.eip_address,
        "supported_features": gateway.supported_features,
    }


@serves(SERVICE)
def list_instances_v2(state: State, site: Site, request: Request) -> Any:
    """The account's dedicated gateways."""
    query = request.query
    matching = [
        one
        for one in state.gateways.values()
        if query.get("instance_id") in {None, one.id} and query.get("instance_name", "") in one.name
    ]
    rows, pages = offset(matching, site, query)
    shown = [known_members(model.RespInstanceBase, _row(site, one)) for one in rows]
    return {"instances": shown, **pages}


@serves(SERVICE)
def show_details_of_instance_v2(state: State, site: Site, request: Request) -> Any:
    """One gateway."""
    gateway = gateway_of(state, request)
    return {**_row(site, gateway), **gateway.details}


@serves(SERVICE)
def list_instance_features(state: State, site: Site, request: Request) -> Any:
    """The names of the features that this gateway has."""
    rows, pages = offset(gateway_of(state, request).supported_features, site, request.query)
    return {"features": rows, **pages}


@serves(SERVICE)
def list_features_v2(state: State, site: Site, request: Request) -> Any:
    """Features that were switched on or off."""
    gateway = gateway_of(state, request)
    rows, pages = offset([_feature(gateway, name) for name in gateway.features], site, request.query)
    return {"features": rows, **pages}


@serves(SERVICE)
def create_feature_v2(state: State, site: Site, request: Request) -> Any:
    """Switches a feature; a second time it replaces the first."""
    gateway = gateway_of(state, request)
    body: Json = request.body
    if body["name"] not in gateway.supported_features:
        raise invalid(f"the gateway has no feature {body['name']}")
    state.tick()
    gateway.features[body["name"]] = {"enable": body["enable"], "config": body.get("config", "")}
    return _feature(gateway, body["name"])


def _feature(gateway: Gateway, name: str) -> Json:
    return {"id": f"feature-{name}", "name": name, "instance_id": gateway.id, **gateway.features[name]}


@serves(SERVICE)
def list_project_cofigs_v2(state: State, site: Site, request: Request) -> Any:
    """The quotas of a gateway and what is used of them."""
    gateway = gateway_of(state, request)
    used = {
        "API_NUM_LIMIT": sum(api.gateway == gateway.id for api in state.apis.values()),
        "APIGROUP_NUM_LIMIT": sum(group.gateway == gateway.id for group in state.groups.values()),
    }
    configs = [
        {"config_id": name.lower(), "config_name": name, "config_value": str(value), "used": used.get(name, 0)}
        for name, value in gateway.quotas.items()
    ]
    rows, pages = offset(configs, site, request.query)
    return {"configs": rows, **pages}


@serves(SERVICE)
def list_environments_v2(state: State, site: Site, request: Request) -> Any:
    """RELEASE is always there."""
    gateway = gateway_of(state, request)
    release = Environment(RELEASE, "RELEASE", gateway.id)
    others = [one for one in state.environments.values() if one.gateway == gateway.id]
    matching = [one for one in (release, *others) if request.query.get("name", "") in one.name]
    rows, pages = offset(matching, site, request.query)
    return {"envs": [_environment(one) for one in rows], **pages}


@serves(SERVICE)
def create_environment_v2(state: State, site: Site, request: Request) -> Any:
    """Another place to publish."""
    gateway, name = gateway_of(state, request), request.body["name"]
    if not ENVIRONMENT_NAME.fullmatch(name):
        raise invalid("the name of an environment is a letter, then 2 to 63 letters, digits and _")
    if name == "RELEASE" or any((one.gateway, one.name) == (gateway.id, name) for one in state.environments.values()):
        raise taken("the environment", name)
    state.tick()
    environment = Environment(new_id(), name, gateway.id, request.body.get("remark", ""))
    state.environments[environment.id] = environment
    return _environment(environment)


@serves(SERVICE)
def delete_environment_v2(state: State, site: Site, request: Request) -> Any:
    """Unless something is published there."""
    gateway, id_ = gateway_of(state, request), request.path["env_id"]
    if id_ not in state.environments or state.environments[id_].gateway != gateway.id:
        raise missing("the environment", id_)
    if any(id_ in api.live for api in state.apis.values()):
        raise invalid("APIs are published in the environment")
    state.tick()
    del state.environments[id_]


def _environment(one: Environment) -> Json:
    return {"id": one.id, "name": one.name, "remark": one.remark, "create_time": moment(0)}
