"""FunctionGraph: published versions and aliases."""

from __future__ import annotations

import hashlib
import re
from typing import Any

from huaweicloudsdkfunctiongraph.v2 import model

from tests.fake_cloud.errors import conflict, invalid, missing
from tests.fake_cloud.function_rows import found, moment, version_row
from tests.fake_cloud.operations import Request, serves
from tests.fake_cloud.paging import marked
from tests.fake_cloud.sdk_models import known_members
from tests.fake_cloud.site import Site
from tests.fake_cloud.state import LATEST, Alias, Function, FunctionVersion, Json, State

SERVICE = "functiongraph"
VERSION_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,40}[A-Za-z0-9])?")
ALIAS_NAME = re.compile(r"[A-Za-z]([A-Za-z0-9_-]{0,61}[A-Za-z0-9])?")


@serves(SERVICE)
def create_function_version(state: State, site: Site, request: Request) -> Any:
    """Freezes ``latest``; equal content makes another version all the same."""
    function, qualifier = found(state, site, request.path["function_urn"])
    body: Json = request.body
    if qualifier not in {"", LATEST}:
        raise invalid("only latest can be published")
    if len(function.versions) >= site.versions:
        raise conflict(f"the function has its {site.versions} versions")
    latest = function.latest
    if body.get("digest", "") not in {"", hashlib.md5(latest.code, usedforsecurity=False).hexdigest()}:
        raise invalid("digest is not the MD5 of the code")
    state.tick()
    # Without a name the service makes one of the time.
    name = body.get("version") or f"v{state.changes:08d}"
    if not VERSION_NAME.fullmatch(name) or name == LATEST:
        raise invalid(f"{name} cannot be the name of a version")
    if name in function.versions:
        raise conflict(f"version {name} already exists")
    published = FunctionVersion(
        version=name,
        config=dict(latest.config),
        code=latest.code,
        depend_version_list=list(latest.depend_version_list),
        encrypted_user_data=latest.encrypted_user_data,
        description=body.get("description", ""),
        modified=state.changes,
    )
    function.versions[name] = published
    return known_members(model.CreateFunctionVersionResponse, version_row(state, site, function, published))


@serves(SERVICE)
def list_function_versions(state: State, site: Site, request: Request) -> Any:
    """All versions, ``latest`` among them."""
    function, _ = found(state, site, request.path["function_urn"])
    rows, pages = marked(list(function.versions.values()), site, request.query)
    shown = [version_row(state, site, function, version) for version in rows]
    return {"versions": [known_members(model.ListFunctionVersionResult, row) for row in shown], **pages}


@serves(SERVICE)
def create_version_alias(state: State, site: Site, request: Request) -> Any:
    """A new name for an existing version."""
    function, _ = found(state, site, request.path["function_urn"])
    name = request.body["name"]
    if not ALIAS_NAME.fullmatch(name):
        raise invalid(f"{name} cannot be the name of an alias")
    if name in function.aliases:
        raise conflict(f"the alias {name} already exists")
    if len(function.aliases) >= site.aliases:
        raise conflict(f"the function has its {site.aliases} aliases")
    state.tick()
    function.aliases[name] = _alias(function, name, request.body)
    return _alias_row(state, function, function.aliases[name])


@serves(SERVICE)
def update_version_alias(state: State, site: Site, request: Request) -> Any:
    """The whole alias: what is left out is gone."""
    function, alias = _with_alias(state, site, request)
    state.tick()
    function.aliases[alias.name] = _alias(function, alias.name, request.body)
    row = _alias_row(state, function, function.aliases[alias.name])
    return known_members(model.UpdateVersionAliasResponse, row)


def _alias(function: Function, name: str, body: Json) -> Alias:
    weights: dict[str, int] = body.get("additional_version_weights") or {}
    for version in (body["version"], *weights):
        if version not in function.versions:
            raise missing("the version", version)
    if len(weights) > 1 or LATEST in weights or not all(0 <= weight <= 100 for weight in weights.values()):
        raise invalid("additional_version_weights takes one published version and 0 to 100")
    strategy = body.get("additional_version_strategy", {})
    return Alias(name, body["version"], body.get("description", ""), weights, strategy)


@serves(SERVICE)
def list_version_aliases(state: State, site: Site, request: Request) -> Any:
    """All aliases at once, as a bare list."""
    function, _ = found(state, site, request.path["function_urn"])
    rows = [_alias_row(state, function, alias) for alias in function.aliases.values()]
    return [known_members(model.ListVersionAliasResult, row) for row in rows]


@serves(SERVICE)
def show_version_alias(state: State, site: Site, request: Request) -> Any:
    """One alias."""
    return _alias_row(state, *_with_alias(state, site, request))


@serves(SERVICE)
def delete_version_alias(state: State, site: Site, request: Request) -> Any:
    """Unless triggers or reserved instances hang on it."""
    function, alias = _with_alias(state, site, request)
    qualifier = f"!{alias.name}"
    if qualifier in function.reserved or any(one.qualifier == qualifier for one in function.triggers.values()):
        raise conflict(f"the alias {alias.name} has triggers or reserved instances")
    state.tick()
    del function.aliases[alias.name]
    function.async_invoke.pop(qualifier, None)


def _with_alias(state: State, site: Site, request: Request) -> tuple[Function, Alias]:
    function, _ = found(state, site, request.path["function_urn"])
    alias = function.aliases.get(request.path["alias_name"])
    if alias is None:
        raise missing("the alias", request.path["alias_name"])
    return function, alias


def _alias_row(state: State, function: Function, alias: Alias) -> Json:
    return {
        "name": alias.name,
        "version": alias.version,
        "description": alias.description,
        "additional_version_weights": alias.additional_version_weights,
        "additional_version_strategy": alias.additional_version_strategy,
        "last_modified": moment(state.changes),
        "alias_urn": f"{function.urn}:!{alias.name}",
    }
