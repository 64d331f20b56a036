"""The account as it is: the same values as desired, of what carries the mark."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

from deployment.buckets import Buckets
from deployment.cloud import Cloud
from deployment.found import Found, Row
from deployment.names import LOCK, Names
from deployment.read_functions import (
    function_rows,
    read_attached,
    read_functions,
    read_packages,
    read_reserved,
)
from deployment.read_gateway import (
    ApiReader,
    api_rows,
    group_rows,
    read_authorizers,
    read_group,
    read_group_parts,
)
from deployment.read_rest import read_alarms, read_logs
from deployment.resources import (
    Api,
    ApiGroup,
    AsyncConfig,
    Bucket,
    DependencyPackage,
    Function,
    LogGroup,
    LogTrigger,
    Publication,
    Resource,
    Timer,
)
from deployment.seal import seal_of, stamp_of

R = TypeVar("R", bound=Resource)


@dataclass(frozen=True)
class Account:
    """Where things are read and changed. ``gateway``: id of the dedicated gateway, empty without routes."""

    cloud: Cloud
    buckets: Buckets
    names: Names
    gateway: str


def of_kind(resources: Iterable[Resource], kind: type[R]) -> dict[str, R]:
    """The resources of one kind by name."""
    return {one.name: one for one in resources if isinstance(one, kind)}


def read_account(account: Account, desired: list[Resource], full: bool = False) -> Found:
    """Everything that carries the mark of this stage. ``full``: also what the seal vouches for."""
    cloud, names = account.cloud, account.names
    found = Found()
    functions = function_rows(cloud, names)
    apis = _read_group(account, desired, found)
    found.stamp = stamp_of([row for row in functions if names.owns(row["description"])], apis)
    full = full or not found.seal or found.seal != seal_of(found.stamp, desired)
    read_logs(cloud, names, of_kind(desired, LogGroup), found)
    for name in of_kind(desired, Bucket):
        account.buckets.read(names, name, found)
    read_packages(cloud, names, of_kind(desired, DependencyPackage), full, found)
    read_functions(cloud, names, functions, of_kind(desired, Function), full, found)
    read_reserved(cloud, names, found)
    with_async, with_triggers = _to_ask(desired, found, full)
    read_attached(cloud, names, with_async, with_triggers, found)
    if account.gateway:
        read_authorizers(cloud, names, account.gateway, found)
        ApiReader(cloud, names, account.gateway, of_kind(desired, Api), full).read(apis, found)
    read_alarms(cloud, names, found)
    if of_kind(found.resources.values(), ApiGroup):
        found.add(Publication("routes", found.seal))
    return found


def _read_group(account: Account, desired: list[Resource], found: Found) -> list[Row]:
    if not account.gateway:
        return []
    groups = group_rows(account.cloud, account.names, account.gateway)
    found.lock = str((groups.get(account.names.full(LOCK)) or {}).get("remark") or "")
    row = groups.get(account.names.prefix)
    if row is None or not read_group(account.names, row, of_kind(desired, ApiGroup), found):
        return []
    read_group_parts(account.cloud, account.names, account.gateway, row["id"], found)
    return api_rows(account.cloud, account.gateway, row["id"])


def _to_ask(desired: list[Resource], found: Found, full: bool) -> tuple[set[str], set[str]]:
    """Whose asynchronous configurations and triggers are asked for: those that shall have some, or all."""
    if full:
        everyone = set(found.of(Function))
        return everyone, everyone
    fired = {timer.function for timer in of_kind(desired, Timer).values()}
    fired |= {trigger.function for trigger in of_kind(desired, LogTrigger).values()}
    return set(of_kind(desired, AsyncConfig)), fired


def with_publication(desired: list[Resource], found: Found) -> list[Resource]:
    """The desired resources with the seal they would have over the account as listed."""
    if not of_kind(desired, ApiGroup):
        return desired
    return [*desired, Publication("routes", seal_of(found.stamp, desired))]
