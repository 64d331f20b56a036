"""Functions, and what hangs on them, as FunctionGraph tells."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from bundle_template.naming import ALIAS, PACKAGE
from deployment.cloud import Cloud
from deployment.found import Found, Row
from deployment.names import Names, read_mark
from deployment.releases import read_history
from deployment.resources import (
    AsyncConfig,
    DependencyPackage,
    Function,
    LiveAlias,
    LogStream,
    LogTrigger,
    ReservedInstances,
    Timer,
)

SERVICE = "functiongraph"
DEFAULT_CONCURRENCY = 400
ACTIVE = "ACTIVE"
_OWN_TIMER = re.compile(r".+_[0-9a-f]{8}")


def function_rows(cloud: Cloud, names: Names) -> list[Row]:
    """The rows of ``list_functions`` with names of this stage."""
    rows = cloud.marked_pages(SERVICE, "list_functions", "functions", package_name=PACKAGE, func_name=names.prefix)
    return [row for row in rows if names.short(row["func_name"])]


def read_packages(
    cloud: Cloud, names: Names, wanted: Mapping[str, DependencyPackage], full: bool, found: Found
) -> None:
    """Dependency packages; a package is at the wanted version when any of its versions is."""
    rows = cloud.marked_pages(
        SERVICE, "list_dependencies", "dependencies", name=names.prefix, dependency_type="private"
    )
    for row in rows:
        name = names.short(row["name"])
        if name is None:
            continue
        if not names.owns(row["description"]):
            found.foreign[DependencyPackage.kind, name] = f"dependency package {row['name']}"
            continue
        goal = wanted.get(name)
        digest = _digest(row)
        if full or goal is None or goal.digest != digest:
            digest = _read_versions(cloud, names, row["id"], name, goal, found) or digest
        found.add(DependencyPackage(name, digest, row["runtime"]), row["id"])


def package_rows(cloud: Cloud, name: str) -> list[Row]:
    """The newest version of every own package whose name contains ``name``."""
    return cloud.marked_pages(SERVICE, "list_dependencies", "dependencies", name=name, dependency_type="private")


def package_versions(cloud: Cloud, package_id: str) -> list[Row]:
    """Every version of a package, newest first."""
    rows = cloud.marked_pages(SERVICE, "list_dependency_version", "dependencies", depend_id=package_id)
    return sorted(rows, key=lambda row: -int(row["version"]))


def _digest(row: Row) -> str:
    return read_mark(row["description"]).get("sha256", "")


def _read_versions(
    cloud: Cloud, names: Names, package_id: str, name: str, goal: DependencyPackage | None, found: Found
) -> str:
    digests = set()
    for row in package_versions(cloud, package_id):
        if names.owns(row["description"]):
            digests.add(_digest(row))
            found.package_versions.setdefault(f"{name}@{_digest(row)}", row["id"])
    return goal.digest if goal and goal.digest in digests else ""


def read_functions(
    cloud: Cloud, names: Names, rows: Iterable[Row], wanted: Mapping[str, Function], full: bool, found: Found
) -> None:
    """``latest`` and the live alias of every function; without ``full`` what lists do not say is as wanted."""
    versions = {identifier: label for label, identifier in found.package_versions.items()}
    for row in rows:
        name = names.short(row["func_name"])
        if name is None:
            continue
        if not names.owns(row["description"]):
            found.foreign[Function.kind, name] = f"function {row['func_name']}"
            continue
        base = wanted.get(name, Function(name))
        if full:
            about = f"function {row['func_name']}"
            detail = cloud.call(SERVICE, "show_function_config", about, function_urn=names.urn(name))
            vpc = detail["func_vpc"] or {}
            base = replace(
                base,
                packages=tuple(
                    sorted(versions.get(one, f"unknown@{one}") for one in detail["depend_version_list"] or [])
                ),
                subnet_id=vpc.get("subnet_id") or "",
            )
            found.add(_function(base, {**detail, "func_vpc_id": vpc.get("vpc_id") or ""}, found), row["func_urn"])
        else:
            found.add(_function(base, row, found), row["func_urn"])
        _read_alias(cloud, names, name, found)


def _function(base: Function, row: Row, found: Found) -> Function:
    strategy = row["strategy_config"] or {}
    stream = row["log_stream_id"] or ""
    return replace(
        base,
        runtime=row["runtime"],
        handler=row["handler"],
        memory_size=row["memory_size"],
        timeout=row["timeout"],
        initializer_handler=row["initializer_handler"] or None,
        initializer_timeout=row["initializer_timeout"] if row["initializer_handler"] else None,
        code=row["digest"],
        settings=_settings(row["user_data"]),
        secrets=read_mark(row["description"]).get("secrets", ""),
        xrole=row["xrole"] or "",
        app_xrole=row["app_xrole"] or "",
        vpc_id=row["func_vpc_id"] or "",
        log_stream=(found.name_of(LogStream, stream) or f"unknown {stream}") if stream else "",
        concurrency=DEFAULT_CONCURRENCY if strategy.get("concurrency") is None else strategy["concurrency"],
        secret_values={},
        path=None,
    )


def _settings(text: str | None) -> Mapping[str, str]:
    try:
        values = json.loads(text or "{}")
    except ValueError:
        return {"(not JSON)": ""}
    return {str(name): str(value) for name, value in values.items()} if isinstance(values, dict) else {}


def _read_alias(cloud: Cloud, names: Names, name: str, found: Found) -> None:
    reply = cloud.call(SERVICE, "list_version_aliases", f"function {names.full(name)}", function_urn=names.urn(name))
    for row in reply["body"] or []:
        if row["name"] == ALIAS:
            found.add(alias_from(name, row), row["alias_urn"] or "")


def alias_from(name: str, row: Row) -> LiveAlias:
    """The alias as it stands; its release counts only while the version is the one noted with it."""
    history = read_history(row["description"])
    noted = bool(history) and history[0][1] == row["version"]
    return LiveAlias(
        name, row["version"], history[0][0] if noted else "", row["additional_version_weights"] or {}, history
    )


def read_reserved(cloud: Cloud, names: Names, found: Found) -> None:
    """Reserved instances of live aliases."""
    rows = cloud.marked_pages(SERVICE, "list_reserved_instance_configs", "reserved_instances", "limit")
    for row in rows:
        name = names.of_urn(row["function_urn"])
        is_live = (row["qualifier_type"], row["qualifier_name"]) == ("alias", ALIAS)
        if name and is_live and (Function.kind, name) in found.resources and row["min_count"]:
            found.add(ReservedInstances(name, row["min_count"]))


def read_attached(cloud: Cloud, names: Names, with_async: set[str], with_triggers: set[str], found: Found) -> None:
    """Asynchronous configurations and triggers of the live aliases of the functions named."""
    for name in sorted(found.of(LiveAlias)):
        about = f"function {names.full(name)}"
        if name in with_async:
            _read_async(cloud, names, name, found)
        if name in with_triggers:
            urn = names.alias_urn(name)
            for row in cloud.call(SERVICE, "list_function_triggers", about, function_urn=urn)["body"] or []:
                _add_trigger(names, name, row, found)


def _read_async(cloud: Cloud, names: Names, name: str, found: Found) -> None:
    operation, urn = "list_function_async_invoke_config", names.urn(name)
    for row in cloud.marked_pages(SERVICE, operation, "async_invoke_configs", "limit", function_urn=urn):
        if (row["func_urn"] or "").endswith(f":!{ALIAS}"):
            found.add(_async_config(name, row))


def _async_config(name: str, row: Row) -> AsyncConfig:
    failure = ((row["destination_config"] or {}).get("on_failure")) or {}
    parameters: Any = _settings(failure.get("param"))
    return AsyncConfig(
        name,
        row["max_async_retry_attempts"],
        row["max_async_event_age_in_seconds"],
        parameters.get("bucket", ""),
        parameters.get("prefix", ""),
    )


def _add_trigger(names: Names, function: str, row: Row, found: Found) -> None:
    data: Row = row["event_data"] or {}
    active = row["trigger_status"] == ACTIVE
    if row["trigger_type_code"] == "TIMER":
        name = names.short(data["name"] or "")
        if name and _OWN_TIMER.fullmatch(name):
            timer = Timer(name, function, data["schedule_type"], data["schedule"], data["user_event"] or "", active)
            found.add(timer, row["trigger_id"])
    elif row["trigger_type_code"] == "LTS":
        stream = found.name_of(LogStream, data["log_topic_id"])
        if stream:
            found.add(LogTrigger(f"{function}/{stream}", function, stream, active), row["trigger_id"])
