"""APIG: custom authorizers."""

from __future__ import annotations

import re
from typing import Any

from tests.fake_cloud.errors import invalid, missing
from tests.fake_cloud.function_rows import moment
from tests.fake_cloud.gateways import gateway_of, taken
from tests.fake_cloud.operations import Request, serves
from tests.fake_cloud.paging import offset
from tests.fake_cloud.site import Site
from tests.fake_cloud.state import Authorizer, Gateway, Json, State, new_id

SERVICE = "apig"
NAME = re.compile(r"[^\W\d_]\w{2,63}")
MOST_TTL = 3600
FUNCTION_URN = re.compile(r"urn:fss:[^:]+:[^:]+:function:[^:]+:[^:]+(:[^:]+)?")


@serves(SERVICE)
def create_custom_authorizer_v2(state: State, site: Site, request: Request) -> Any:
    """Names are unique on a gateway."""
    gateway = gateway_of(state, request)
    _check(state, gateway, request.body)
    state.tick()
    authorizer = Authorizer(new_id(), gateway.id, dict(request.body))
    state.authorizers[authorizer.id] = authorizer
    return _row(authorizer)


def _check(state: State, gateway: Gateway, body: Json, own: str = "") -> None:
    if not NAME.fullmatch(body["name"]):
        raise invalid("the name of an authorizer is a letter, then 2 to 63 letters, digits and _")
    if any(
        (one.gateway, one.body["name"]) == (gateway.id, body["name"]) and one.id != own
        for one in state.authorizers.values()
    ):
        raise taken("the authorizer", body["name"])
    if body["type"] not in {"FRONTEND", "BACKEND"} or body["authorizer_type"] != "FUNC":
        raise invalid("an authorizer is FRONTEND or BACKEND, and FUNC")
    if body.get("network_type", "V1") not in {"V1", "V2"}:
        raise invalid("network_type must be V1 or V2")
    for name in ("authorizer_uri", "authorizer_alias_uri"):
        if body.get(name) and not FUNCTION_URN.fullmatch(body[name]):
            raise invalid(f"{name} is not the URN of a function")
    if not body.get("authorizer_version") and not body.get("authorizer_alias_uri"):
        raise invalid("an authorizer needs a version or an alias of its function")
    if not 0 <= body.get("ttl", 0) <= MOST_TTL:
        raise invalid(f"ttl must lie between 0 and {MOST_TTL}")
    if body.get("ttl", 0) and not body.get("identities"):
        raise invalid("a cache needs identities")


@serves(SERVICE)
def list_custom_authorizers_v2(state: State, site: Site, request: Request) -> Any:
    """``name`` finds every name that contains it."""
    gateway, query = gateway_of(state, request), request.query
    matching = [
        one
        for one in state.authorizers.values()
        if one.gateway == gateway.id
        and query.get("name", "") in one.body["name"]
        and query.get("id") in {None, one.id}
        and query.get("type") in {None, one.body["type"]}
    ]
    rows, pages = offset(matching, site, query)
    return {"authorizer_list": [_row(one) for one in rows], **pages}


@serves(SERVICE)
def show_details_of_custom_authorizers_v2(state: State, site: Site, request: Request) -> Any:
    """One authorizer."""
    return _row(_with_authorizer(state, request))


@serves(SERVICE)
def update_custom_authorizer_v2(state: State, site: Site, request: Request) -> Any:
    """The whole body; the type is fixed."""
    authorizer = _with_authorizer(state, request)
    _check(state, state.gateways[authorizer.gateway], request.body, authorizer.id)
    if request.body["type"] != authorizer.body["type"]:
        raise invalid("the type of an authorizer cannot be changed")
    state.tick()
    authorizer.body = dict(request.body)
    return _row(authorizer)


@serves(SERVICE)
def delete_custom_authorizer_v2(state: State, site: Site, request: Request) -> Any:
    """Unless an API uses it, also one that is only published so."""
    authorizer = _with_authorizer(state, request)
    for api in state.apis.values():
        bodies = [api.body, *(publication.body for publication in api.live.values())]
        if any(body.get("authorizer_id") == authorizer.id for body in bodies):
            raise invalid(f"the API {api.body['name']} uses the authorizer")
    state.tick()
    del state.authorizers[authorizer.id]


def _with_authorizer(state: State, request: Request) -> Authorizer:
    gateway = gateway_of(state, request)
    authorizer = state.authorizers.get(request.path["authorizer_id"])
    if authorizer is None or authorizer.gateway != gateway.id:
        raise missing("the authorizer", request.path["authorizer_id"])
    return authorizer


def _row(authorizer: Authorizer) -> Json:
    return {**authorizer.body, "id": authorizer.id, "create_time": moment(0)}
