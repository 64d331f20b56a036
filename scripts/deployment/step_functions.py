"""Steps on FunctionGraph: dependency packages, ``latest``, the live alias."""

from __future__ import annotations

from typing import Any

from bundle_template.naming import ALIAS, PACKAGE
from bundle_template.user_data import as_text
from deployment.errors import NotFound, Refused, Rejected
from deployment.read_functions import SERVICE, alias_from, package_rows, package_versions
from deployment.releases import with_live, write_history
from deployment.resources import (
    DependencyPackage,
    Function,
    LiveAlias,
    LogGroup,
    LogStream,
)
from deployment.work import Work, first, in_base64

ARCHITECTURE = "v2"


def upload_package(work: Work, _: DependencyPackage | None, package: DependencyPackage) -> None:
    """A version with this content, unless one is there."""
    cloud, names = work.account.cloud, work.account.names
    full, label = names.full(package.name), f"{package.name}@{package.digest}"
    body = {
        "name": full,
        "runtime": package.runtime,
        "depend_type": "zip",
        "depend_file": in_base64(package.path),
        "description": names.mark(sha256=package.digest),
    }

    def look() -> str | None:
        package_id = first(package_rows(cloud, full), "name", full, "id")
        versions = package_versions(cloud, package_id) if package_id else []
        return first(versions, "description", body["description"], "id")

    def create() -> str:
        about = f"dependency package {full}"
        return str(cloud.call(SERVICE, "create_dependency_version", about, once=True, body=body)["id"])

    work.found.package_versions[label] = look() or work.ensure(look, create)


def write_function(work: Work, before: Function | None, after: Function) -> None:
    """``latest`` as desired: first the code with its packages, then all settings at once."""
    about, urn = f"function {work.account.names.full(after.name)}", work.account.names.urn(after.name)
    cloud = work.account.cloud
    if before is None:
        _create_function(work, after)
    elif (before.code, before.packages) != (after.code, after.packages):
        cloud.call(SERVICE, "update_function_code", about, function_urn=urn, body=_code(work, after))
    if before is None or not before.secrets:
        # An alias for people and bills; what counts is the mark in the description.
        tags = {"tags": work.account.names.tags}
        cloud.call(SERVICE, "create_tags", about, resource_type="functions", resource_id=urn, body=tags)
    if before is None or _settings_facts(before) != _settings_facts(after):
        leaves_vpc = before is not None and bool(before.vpc_id) and not after.vpc_id
        body = {**_config(work, after, leaves_vpc), "description": _description(work, after)}
        body["strategy_config"] = {"concurrency": after.concurrency, "concurrent_num": 1}
        cloud.call(SERVICE, "update_function_config", about, function_urn=urn, body=body)


def _create_function(work: Work, after: Function) -> None:
    """The settings are marked as complete by the update that follows, not yet here."""
    names, cloud = work.account.names, work.account.cloud
    about = f"function {names.full(after.name)}"
    body = {
        **_config(work, after),
        **_code(work, after),
        "package": PACKAGE,
        "type": ARCHITECTURE,
        "description": names.mark(),
    }

    def look() -> str | None:
        try:
            row = cloud.call(SERVICE, "show_function_config", about, function_urn=names.urn(after.name))
        except NotFound:
            return None
        if not names.owns(row["description"]):
            raise Refused(f"{about}: made by somebody else meanwhile; it is not touched")
        return str(row["func_urn"])

    work.ensure(look, lambda: str(cloud.call(SERVICE, "create_function", about, once=True, body=body)["func_urn"]))


def _settings_facts(function: Function) -> dict[str, Any]:
    return {name: value for name, value in function.facts().items() if name not in {"code", "packages"}}


def _description(work: Work, after: Function) -> str:
    return work.account.names.mark(secrets=after.secrets)


def _code(work: Work, after: Function) -> dict[str, Any]:
    return {
        "code_type": "zip",
        "code_filename": f"{after.name}.zip",
        "func_code": {"file": in_base64(after.path)},
        "depend_version_list": [work.found.package_versions[label] for label in after.packages],
    }


def _config(work: Work, after: Function, leaves_vpc: bool = False) -> dict[str, Any]:
    """The settings that creation and update share; always all of them, since what is left out may be cleared."""
    names, found = work.account.names, work.found
    body: dict[str, Any] = {
        "func_name": names.full(after.name),
        "runtime": after.runtime,
        "timeout": after.timeout,
        "handler": after.handler,
        "memory_size": after.memory_size,
        "user_data": as_text(after.settings),
        "encrypted_user_data": as_text(after.secret_values),
        "xrole": after.xrole,
        "app_xrole": after.app_xrole,
    }
    if after.initializer_handler:
        body |= {"initializer_handler": after.initializer_handler, "initializer_timeout": after.initializer_timeout}
    if after.vpc_id or leaves_vpc:
        body["func_vpc"] = {"vpc_id": after.vpc_id, "subnet_id": after.subnet_id}
    if after.log_stream:
        body["enable_lts_log"] = True
        body["log_config"] = {
            "group_name": names.prefix,
            "group_id": next(one for key, one in found.ids.items() if key[0] == LogGroup.kind),
            "stream_name": after.log_stream,
            "stream_id": found.id_of(LogStream, after.log_stream),
        }
    return body


def move_alias(work: Work, _: LiveAlias | None, after: LiveAlias) -> None:
    """``live`` names the version, and remembers the releases before."""
    names, cloud = work.account.names, work.account.cloud
    name, version = after.name, after.version
    about, urn = f"function {names.full(name)} alias {ALIAS}", names.urn(name)
    before = work.found.of(LiveAlias).get(name)
    history = with_live(before.history if before else (), after.release, version)
    body: dict[str, Any] = {"version": version, "description": write_history(names, history)}
    if before is None:

        def look() -> str | None:
            rows = cloud.call(SERVICE, "list_version_aliases", about, function_urn=urn)["body"] or []
            return first(rows, "name", ALIAS, "alias_urn")

        def create() -> str:
            new = {"name": ALIAS, **body}
            return str(
                cloud.call(SERVICE, "create_version_alias", about, once=True, function_urn=urn, body=new)["alias_urn"]
            )

        work.ensure(look, create)
    else:
        if before.other_versions:
            # Whether a share that is left out goes is documented nowhere.
            body["additional_version_weights"] = {}
        cloud.call(SERVICE, "update_version_alias", about, function_urn=urn, alias_name=ALIAS, body=body)
    row = {**body, "additional_version_weights": {}}
    work.found.add(alias_from(name, row), names.alias_urn(name))


def prune_packages(work: Work, package: DependencyPackage) -> Rejected | None:
    """Delete the other versions of a package as far as nothing uses them; returns the last refusal.

    The service refuses to delete what is used, which is how one finds out. Two applies at once may have uploaded the
    same content twice.
    """
    names, cloud = work.account.names, work.account.cloud
    about = f"dependency package {names.full(package.name)}"
    package_id = work.found.ids.get(package.key)
    kept = work.found.package_versions.get(f"{package.name}@{package.digest}")
    refusal = None
    for row in package_versions(cloud, package_id) if package_id else []:
        if names.owns(row["description"]) and row["id"] != kept:
            refusal = _delete_package_version(work, package_id or "", row, about) or refusal
    return refusal


def _delete_package_version(work: Work, package_id: str, row: Any, about: str) -> Rejected | None:
    try:
        work.account.cloud.call(
            SERVICE, "delete_dependency_version", about, depend_id=package_id, version=str(row["version"])
        )
    except NotFound:
        return None
    except Rejected as exc:
        work.report(f"{about} version {row['version']} stays: {exc.problem}")
        return exc
    return None


def delete_package(work: Work, package: DependencyPackage) -> None:
    """All versions of a package; raises ``Rejected`` when one is used."""
    if refusal := prune_packages(work, DependencyPackage(package.name)):
        raise refusal


def delete_function(work: Work, function: Function) -> None:
    """With its versions, aliases and triggers."""
    names = work.account.names
    try:
        work.account.cloud.call(
            SERVICE, "delete_function", f"function {names.full(function.name)}", function_urn=names.urn(function.name)
        )
    except NotFound:
        return
