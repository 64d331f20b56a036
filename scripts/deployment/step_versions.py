"""Steps on published versions: named after their content, made once, deleted when no release needs them."""

from __future__ import annotations

import re

from deployment.errors import NotFound, Refused, Rejected
from deployment.read_functions import SERVICE
from deployment.resources import LiveAlias
from deployment.work import Work

MAX_VERSIONS = 20
_OWN_VERSION = re.compile(r"c[0-9a-f]{12}")
"""The lists tell no description of a version: its name is the mark."""


def publish_version(work: Work, function: str, version: str) -> None:
    """Freeze ``latest`` under the name of its content; room is made by deleting versions that no release needs."""
    names, cloud = work.account.names, work.account.cloud
    about, urn = f"function {names.full(function)} version {version}", names.urn(function)
    rows = _versions(work, function)
    if version in rows:
        return
    alias = work.found.of(LiveAlias).get(function)
    needed = {version, *(kept for _, kept in alias.history), alias.version} if alias else {version}
    for old in [one for one in rows if one not in needed and _OWN_VERSION.fullmatch(one)]:
        if _delete_version(work, function, old):
            rows.remove(old)
    if len(rows) >= MAX_VERSIONS:
        raise Refused(f"{about}: it has its {MAX_VERSIONS} versions; delete some in the console that no alias uses")

    def look() -> str | None:
        return version if version in _versions(work, function) else None

    def create() -> str:
        body = {"version": version, "description": names.mark()}
        return str(
            cloud.call(SERVICE, "create_function_version", about, once=True, function_urn=urn, body=body)["version"]
        )

    work.ensure(look, create)


def _versions(work: Work, function: str) -> list[str]:
    urn = work.account.names.urn(function)
    try:
        rows = work.account.cloud.marked_pages(SERVICE, "list_function_versions", "versions", function_urn=urn)
    except NotFound:
        # A function made a moment ago may not be listed yet; it has no versions then either.
        return []
    return [row["version"] for row in rows]


def _delete_version(work: Work, function: str, version: str) -> bool:
    """Whether it is gone; one that somebody's alias points at stays."""
    names = work.account.names
    about = f"function {names.full(function)} version {version}"
    try:
        work.account.cloud.call(SERVICE, "delete_function", about, function_urn=names.urn(function, version))
    except NotFound:
        return True
    except Rejected as exc:
        work.report(f"{about} stays: {exc.problem}")
        return False
    return True


def prune_versions(work: Work, function: str) -> None:
    """Versions of the bundle's own that no remembered release has."""
    alias = work.found.of(LiveAlias)[function]
    needed = {alias.version, *(version for _, version in alias.history)}
    for version in _versions(work, function):
        if _OWN_VERSION.fullmatch(version) and version not in needed:
            _delete_version(work, function, version)
