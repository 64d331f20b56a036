"""Logs and alarms."""

from __future__ import annotations

from collections.abc import Mapping

from bundle_template.naming import TAG
from deployment.cloud import Cloud
from deployment.found import Found, Row
from deployment.names import Names
from deployment.resources import Alarm, LogGroup, LogStream

ALARM_PAGE = 100
_RUNBOOK = "runbook"


def read_logs(cloud: Cloud, names: Names, wanted: Mapping[str, LogGroup], found: Found) -> None:
    """The log group of this stage and its streams."""
    rows = cloud.call("lts", "list_log_groups")["log_groups"] or []
    row = next((row for row in rows if row["log_group_name"] == names.prefix), None)
    if row is None:
        return
    name = next(iter(wanted), "logs")
    if not is_tagged(names, row):
        found.foreign[LogGroup.kind, name] = f"log group {names.prefix}"
        return
    found.add(LogGroup(name, row["ttl_in_days"]), row["log_group_id"])
    streams = cloud.call("lts", "list_log_stream", f"log group {names.prefix}", log_group_id=row["log_group_id"])
    for stream in streams["log_streams"] or []:
        if is_tagged(names, stream):
            found.add(LogStream(stream["log_stream_name"]), stream["log_stream_id"])


def is_tagged(names: Names, row: Row) -> bool:
    """Whether a log group or stream carries the tag of this stage."""
    return (row["tag"] or {}).get(TAG) == names.stage


def read_alarms(cloud: Cloud, names: Names, found: Found) -> None:
    """Alarm rules of this stage; rules of one name are one alarm with the ids of all, separated by commas."""
    rules: dict[str, list[Row]] = {}
    rows = cloud.offset_pages("ces", "list_alarm_rules", "alarms", "count", ALARM_PAGE, name=names.prefix)
    for row in rows:
        name = names.short(row["name"])
        if name is None:
            continue
        if not names.owns(row["description"]):
            found.foreign[Alarm.kind, name] = f"alarm {row['name']}"
            continue
        rules.setdefault(name, []).append(row)
    for name, mine in rules.items():
        found.add(_alarm(name, mine[0], len(mine)), ",".join(row["alarm_id"] for row in mine))


def _alarm(name: str, row: Row, copies: int) -> Alarm:
    policy: Row = (row["policies"] or [{}])[0]
    dimensions = ((row["resources"] or [{}])[0] or {}).get("dimensions") or [{}]
    words = (row["description"] or "").split(f"{_RUNBOOK}: ")
    return Alarm(
        name=name,
        namespace=row["namespace"],
        metric=policy.get("metric_name", ""),
        dimension=(dimensions[0].get("name", ""), dimensions[0].get("value") or ""),
        statistic=policy.get("filter", ""),
        period=policy.get("period", 0),
        comparison=policy.get("comparison_operator", ""),
        threshold=float(policy.get("value") or 0),
        enabled=row["enabled"] is not False,
        runbook=words[1] if len(words) > 1 else "",
        copies=copies,
    )


def alarm_description(names: Names, alarm: Alarm) -> str:
    """The mark and the page to read."""
    return f"{names.mark()} {_RUNBOOK}: {alarm.runbook}"
