"""FunctionGraph: dependency packages. Every upload under one name is a new version."""

from __future__ import annotations

import re
from typing import Any

from huaweicloudsdkfunctiongraph.v2 import model

from tests.fake_cloud.dependency_rows import dependency_row
from tests.fake_cloud.errors import conflict, invalid, missing
from tests.fake_cloud.function_rules import DEPENDENCY_MEGABYTES, RUNTIMES, unpacked
from tests.fake_cloud.operations import Request, serves
from tests.fake_cloud.paging import marked
from tests.fake_cloud.sdk_models import known_members
from tests.fake_cloud.site import Site
from tests.fake_cloud.state import DependencyVersion, State, new_id

SERVICE = "functiongraph"
DEPENDENCY_NAME = re.compile(r"[A-Za-z]([A-Za-z0-9_.-]{0,94}[A-Za-z0-9])?")
DESCRIPTION_CHARACTERS = 512
PUBLIC = "public"


@serves(SERVICE)
def create_dependency_version(state: State, site: Site, request: Request) -> Any:
    """A zip, as base64; a name seen before gets its next version."""
    body = request.body
    if body["depend_type"] != "zip":
        raise invalid("only depend_type zip is played here")
    if not DEPENDENCY_NAME.fullmatch(body["name"]):
        raise invalid("the name of a dependency package is at most 96 letters, digits, _, . and -")
    if not RUNTIMES.fullmatch(body["runtime"]):
        raise invalid(f"runtime {body['runtime']} is not offered")
    if len(body.get("description", "")) > DESCRIPTION_CHARACTERS:
        raise invalid(f"description is longer than {DESCRIPTION_CHARACTERS} characters")
    content = unpacked(body.get("depend_file"), "depend_file", DEPENDENCY_MEGABYTES)
    earlier = [one for one in _own(state) if one.name == body["name"]]
    state.tick()
    dependency = DependencyVersion(
        id=new_id(),
        dep_id=earlier[0].dep_id if earlier else new_id(),
        name=body["name"],
        version=max((one.version for one in earlier), default=0) + 1,
        runtime=body["runtime"],
        description=body.get("description", ""),
        content=content,
        owner=site.project_id,
    )
    state.dependencies[dependency.id] = dependency
    row = dependency_row(site, dependency, state.changes)
    return known_members(model.CreateDependencyVersionResponse, row)


def _own(state: State) -> list[DependencyVersion]:
    return [dependency for dependency in state.dependencies.values() if dependency.owner != PUBLIC]


@serves(SERVICE)
def list_dependencies(state: State, site: Site, request: Request) -> Any:
    """One row a package, that of its newest version; ``id`` is the package's. Public ones are among them."""
    kind, name = request.query.get("dependency_type", "all"), request.query.get("name", "")
    newest = {one.dep_id: one for one in sorted(state.dependencies.values(), key=lambda one: one.version)}
    matching = [
        one
        for one in newest.values()
        if name in one.name
        and kind in {"all", "", PUBLIC if one.owner == PUBLIC else "private"}
        and request.query.get("runtime") in {None, "", one.runtime}
    ]
    rows, pages = marked(matching, site, request.query)
    shown = [{**dependency_row(site, one, state.changes), "id": one.dep_id} for one in rows]
    return {"dependencies": [known_members(model.ListDependenciesResult, row) for row in shown], **pages}


@serves(SERVICE)
def list_dependency_version(state: State, site: Site, request: Request) -> Any:
    """The versions of one package, newest first."""
    versions = [one for one in state.dependencies.values() if one.dep_id == request.path["depend_id"]]
    if not versions:
        raise missing("the dependency package", request.path["depend_id"])
    rows, pages = marked(sorted(versions, key=lambda one: -one.version), site, request.query)
    shown = [dependency_row(site, one, state.changes) for one in rows]
    return {"dependencies": [known_members(model.ListDependencyVersionsResult, row) for row in shown], **pages}


@serves(SERVICE)
def show_dependency_version(state: State, site: Site, request: Request) -> Any:
    """One version."""
    row = dependency_row(site, _with_version(state, request), state.changes)
    return known_members(model.ShowDependencyVersionResponse, {**row, "download_link": row["link"]})


@serves(SERVICE)
def delete_dependency_version(state: State, site: Site, request: Request) -> Any:
    """Unless a version of a function uses it."""
    dependency = _with_version(state, request)
    if dependency.owner == PUBLIC:
        raise invalid("a public dependency package cannot be deleted")
    for function in state.functions.values():
        if any(dependency.id in version.depend_version_list for version in function.versions.values()):
            raise conflict(f"the function {function.name} uses {dependency.name} {dependency.version}")
    state.tick()
    del state.dependencies[dependency.id]


def _with_version(state: State, request: Request) -> DependencyVersion:
    for dependency in state.dependencies.values():
        if (dependency.dep_id, str(dependency.version)) == (request.path["depend_id"], request.path["version"]):
            return dependency
    raise missing("the dependency version", f"{request.path['depend_id']} {request.path['version']}")
