"""Back to the versions of an earlier release: only aliases move, so callers change over at once and all together.

Code of the newer release stays published; ``rollback`` again, or ``apply``, goes forward. Settings go back with the
versions, routes and timers stay as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from deployment.actual import Account
from deployment.errors import Refused
from deployment.found import Found
from deployment.read_functions import SERVICE, function_rows, read_functions
from deployment.releases import live_release, release_before, version_at
from deployment.resources import LiveAlias
from deployment.step_functions import move_alias
from deployment.work import Report, Work


def read_aliases(account: Account) -> Found:
    """Functions and their live aliases, no more."""
    found = Found()
    read_functions(account.cloud, account.names, function_rows(account.cloud, account.names), {}, False, found)
    return found


def rollback(account: Account, to: str | None, keep: Callable[[], None], report: Report) -> str:
    """Move every alias to its version of release ``to``, by default the one before; returns the release."""
    found = read_aliases(account)
    aliases = found.of(LiveAlias)
    target = to or _before(aliases)
    _check(account, aliases, target)
    work = Work(account, found, report)
    for name, alias in aliases.items():
        # A function that was not there yet keeps its version: no route of that time leads to it.
        version = version_at(alias, target) or alias.version
        if (alias.release, alias.version) != (target, version):
            keep()
            report(f"{name}: {alias.version} → {version}")
            move_alias(work, alias, LiveAlias(name, version, target))
    return target


def _before(aliases: Mapping[str, LiveAlias]) -> str:
    if live_release(aliases.values()) is None:
        raise Refused(
            f"the functions are at different releases ({', '.join(known_releases(aliases))}): an apply or a rollback "
            "was cut short, or an alias was moved by hand; say where to go with --to"
        )
    target = release_before(aliases)
    if target is None:
        raise Refused("there is no release before this one")
    return target


def known_releases(aliases: Mapping[str, LiveAlias]) -> list[str]:
    """Every release that some function remembers, the live ones first."""
    entries = [alias.history for alias in aliases.values()]
    deepest = max(map(len, entries), default=0)
    return list(dict.fromkeys(one[depth][0] for depth in range(deepest) for one in entries if depth < len(one)))


def _check(account: Account, aliases: Mapping[str, LiveAlias], target: str) -> None:
    """All versions are there before the first alias moves."""
    known = known_releases(aliases)
    if target not in known:
        raise Refused(f"no function remembers release {target}; there are {', '.join(known) or 'none'}")
    gone = []
    for name, alias in aliases.items():
        version = version_at(alias, target)
        if version and version != alias.version and version not in _versions(account, name):
            gone.append(f"{name} {version}")
    if gone:
        raise Refused(f"versions of release {target} were deleted: {', '.join(gone)}; apply that code instead")


def _versions(account: Account, function: str) -> set[str]:
    urn = account.names.urn(function)
    rows = account.cloud.marked_pages(SERVICE, "list_function_versions", "versions", function_urn=urn)
    return {row["version"] for row in rows}
