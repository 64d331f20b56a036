"""Functions as replies show them, and how URNs name them."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta, timezone
from typing import Any

from tests.fake_cloud.dependency_rows import dependency_row
from tests.fake_cloud.errors import invalid, missing
from tests.fake_cloud.site import Site
from tests.fake_cloud.state import LATEST, Function, FunctionVersion, Json, State

DOMAIN_ID = "d0d1d2d3d4d5d6d7d8d9dadbdcdddedf"
MASK = "******"
EPOCH = datetime(2026, 11, 1, tzinfo=timezone.utc)
URN_PARTS = 7


def moment(tick: int) -> str:
    """A tick of the state as a time."""
    return (EPOCH + timedelta(seconds=tick)).strftime("%Y-%m-%dT%H:%M:%SZ")


def found(state: State, site: Site, urn: str) -> tuple[Function, str]:
    """The function that a URN names, and the qualifier at its end: a version, ``!alias``, or nothing."""
    parts = urn.split(":")
    if len(parts) not in {URN_PARTS, URN_PARTS + 1} or parts[0:2] != ["urn", "fss"] or parts[4] != "function":
        raise invalid(f"{urn} is not the URN of a function")
    if parts[2:4] != [site.region, site.project_id]:
        raise missing("the function", urn)
    function = state.functions.get(":".join(parts[:URN_PARTS]))
    if function is None:
        raise missing("the function", urn)
    return function, parts[URN_PARTS] if len(parts) > URN_PARTS else ""


def version_of(function: Function, qualifier: str) -> FunctionVersion:
    """The version behind a qualifier; without one it is ``latest``."""
    name = qualifier or LATEST
    if name.startswith("!"):
        alias = function.aliases.get(name[1:])
        if alias is None:
            raise missing("the alias", name[1:])
        name = alias.version
    if name not in function.versions:
        raise missing("the version", name)
    return function.versions[name]


def version_row(state: State, site: Site, function: Function, version: FunctionVersion) -> Json:
    """Everything a reply may say about a version; each reply's model takes what it knows. Never the code."""
    vpc: dict[str, Any] = version.config.get("func_vpc", {})
    return {
        **version.config,
        "func_id": function.resource_id,
        "resource_id": function.resource_id,
        "func_urn": f"{function.urn}:{version.version}",
        "func_name": function.name,
        "package": function.package,
        "domain_id": DOMAIN_ID,
        "namespace": site.project_id,
        "project_name": site.region,
        "version": version.version,
        "version_description": version.description,
        "cpu": version.config["memory_size"] * 100 // 128,
        "image_name": "",
        "code_size": len(version.code),
        "digest": hashlib.sha512(version.code).hexdigest(),
        "encrypted_user_data": MASK if version.encrypted_user_data else "",
        "depend_version_list": list(version.depend_version_list),
        "dependencies": [
            dependency_row(site, state.dependencies[id_], state.changes)
            for id_ in version.depend_version_list
            if id_ in state.dependencies
        ],
        "func_vpc_id": vpc.get("vpc_id", ""),
        "last_modified": moment(version.modified),
    }
