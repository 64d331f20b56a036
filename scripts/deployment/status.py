"""What runs where."""

from __future__ import annotations

from typing import Any

from deployment.actual import Account
from deployment.names import read_mark
from deployment.read_functions import read_attached, read_reserved
from deployment.read_gateway import group_rows
from deployment.releases import live_release
from deployment.resources import Function, LiveAlias, ReservedInstances, Timer
from deployment.rollback import known_releases, read_aliases


def status(account: Account) -> dict[str, Any]:
    """The release, and of every function the live version, timers and reserved instances."""
    found = read_aliases(account)
    names = set(found.of(Function))
    read_reserved(account.cloud, account.names, found)
    read_attached(account.cloud, account.names, set(), names, found)
    aliases, reserved = found.of(LiveAlias), found.of(ReservedInstances)
    timers = found.of(Timer).values()
    groups = group_rows(account.cloud, account.names, account.gateway) if account.gateway else {}
    row = groups.get(account.names.prefix)
    noted = read_mark(row["remark"]) if row else {}
    domains = [one["domain"] for one in (row["url_domains"] or [])] if row else []
    return {
        "stage": account.names.stage,
        "release": live_release(aliases.values()),
        "releases": known_releases(aliases),
        "prepared": noted.get("prepared"),
        "confirmed": bool(noted.get("seal")),
        "domains": domains,
        "functions": [
            {
                "name": name,
                "version": aliases[name].version if name in aliases else None,
                "release": aliases[name].release or None if name in aliases else None,
                "reserved": reserved[name].count if name in reserved else 0,
                "timers": [
                    f"{timer.schedule_type} {timer.schedule}{'' if timer.active else ' (disabled)'}"
                    for timer in timers
                    if timer.function == name
                ],
            }
            for name in sorted(names)
        ],
    }
