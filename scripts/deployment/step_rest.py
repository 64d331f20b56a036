"""Steps on logs, bucket and alarms."""

from __future__ import annotations

from typing import Any

from deployment.errors import NotFound
from deployment.read_rest import ALARM_PAGE, alarm_description, is_tagged
from deployment.resources import Alarm, Bucket, LogGroup, LogStream
from deployment.work import Work, first

CES = "ces"
MAJOR = 2
ONE_IN_A_ROW = 1


def write_log_group(work: Work, before: LogGroup | None, after: LogGroup) -> None:
    """The group, or its retention."""
    names, cloud = work.account.names, work.account.cloud
    about = f"log group {names.prefix}"
    if before is not None:
        identifier = work.found.ids[after.key]
        body: dict[str, Any] = {"ttl_in_days": after.ttl_days}
        cloud.call("lts", "update_log_group", about, log_group_id=identifier, body=body)
        return
    new = {"log_group_name": names.prefix, "ttl_in_days": after.ttl_days, "tags": names.tags}

    def look() -> str | None:
        rows = cloud.call("lts", "list_log_groups", about)["log_groups"] or []
        return first([row for row in rows if is_tagged(names, row)], "log_group_name", names.prefix, "log_group_id")

    def create() -> str:
        return str(cloud.call("lts", "create_log_group", about, once=True, body=new)["log_group_id"])

    work.found.ids[after.key] = work.ensure(look, create)


def write_log_stream(work: Work, _: LogStream | None, after: LogStream) -> None:
    """A stream of the group."""
    names, cloud = work.account.names, work.account.cloud
    about = f"log stream {after.name}"
    group = _group_id(work)
    body = {"log_stream_name": after.name, "tags": names.tags}

    def look() -> str | None:
        rows = cloud.call("lts", "list_log_stream", about, log_group_id=group)["log_streams"] or []
        return first([row for row in rows if is_tagged(names, row)], "log_stream_name", after.name, "log_stream_id")

    def create() -> str:
        return str(
            cloud.call("lts", "create_log_stream", about, once=True, log_group_id=group, body=body)["log_stream_id"]
        )

    work.found.ids[after.key] = work.ensure(look, create)


def _group_id(work: Work) -> str:
    return next(one for key, one in work.found.ids.items() if key[0] == LogGroup.kind)


def delete_log_stream(work: Work, stream: LogStream) -> None:
    """With the lines in it."""
    try:
        work.account.cloud.call(
            "lts",
            "delete_log_stream",
            f"log stream {stream.name}",
            log_group_id=_group_id(work),
            log_stream_id=work.found.ids[stream.key],
        )
    except NotFound:
        return


def delete_log_group(work: Work, group: LogGroup) -> None:
    """With its streams."""
    about = f"log group {work.account.names.prefix}"
    try:
        work.account.cloud.call("lts", "delete_log_group", about, log_group_id=work.found.ids[group.key])
    except NotFound:
        return


def write_bucket(work: Work, before: Bucket | None, after: Bucket) -> None:
    """The bucket and how long it keeps objects."""
    buckets = work.account.buckets
    if before is None or not before.marked:
        buckets.create(work.account.names, after.name)
    if (before.expiration_days if before else None) != after.expiration_days:
        buckets.expire(after.name, after.expiration_days)


def write_alarm(work: Work, before: Alarm | None, after: Alarm) -> None:
    """A rule. One that differs is replaced: the new one first, so that nothing goes unwatched."""
    cloud, full = work.account.cloud, work.account.names.full(after.name)
    about = f"alarm {full}"
    old = work.found.ids[after.key].split(",") if before else []
    body = _alarm_body(work, after)

    def look() -> str | None:
        rows = cloud.offset_pages(CES, "list_alarm_rules", "alarms", "count", ALARM_PAGE, name=full)
        mine = [row for row in rows if row["alarm_id"] not in old and row["description"] == body["description"]]
        return first(mine, "name", full, "alarm_id")

    def create() -> str:
        return str(cloud.call(CES, "create_alarm_rules", about, once=True, body=body)["alarm_id"])

    work.found.ids[after.key] = work.ensure(look, create)
    if old:
        _delete_alarm(work, old, about)


def _alarm_body(work: Work, alarm: Alarm) -> dict[str, Any]:
    names = work.account.names
    policy = {
        "metric_name": alarm.metric,
        "period": alarm.period,
        "filter": alarm.statistic,
        "comparison_operator": alarm.comparison,
        "value": alarm.threshold,
        "count": ONE_IN_A_ROW,
        "level": MAJOR,
    }
    return {
        "name": names.full(alarm.name),
        "description": alarm_description(names, alarm),
        "namespace": alarm.namespace,
        "type": "MULTI_INSTANCE",
        "resources": [[{"name": alarm.dimension[0], "value": alarm.dimension[1]}]],
        "policies": [policy],
        "enabled": alarm.enabled,
        "notification_enabled": False,
        "tags": names.tags,
    }


def delete_alarm(work: Work, alarm: Alarm) -> None:
    """A rule that the template no longer has."""
    _delete_alarm(work, work.found.ids[alarm.key].split(","), f"alarm {work.account.names.full(alarm.name)}")


def _delete_alarm(work: Work, identifiers: list[str], about: str) -> None:
    try:
        work.account.cloud.call(CES, "batch_delete_alarm_rules", about, body={"alarm_ids": identifiers})
    except NotFound:
        return
