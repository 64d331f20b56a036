"""Steps on what hangs on a function's live alias: asynchronous configuration, reserved instances, triggers."""

from __future__ import annotations

import json
from typing import Any

from deployment.errors import NotFound
from deployment.read_functions import ACTIVE, SERVICE
from deployment.resources import AsyncConfig, LogGroup, LogStream, LogTrigger, ReservedInstances, Timer
from deployment.work import Work, first

TIMER, LTS = "TIMER", "LTS"


def write_async(work: Work, _: AsyncConfig | None, config: AsyncConfig) -> None:
    """Retries and the place of failed events."""
    body: dict[str, Any] = {
        "max_async_event_age_in_seconds": config.max_age_seconds,
        "max_async_retry_attempts": config.max_retries,
    }
    if config.failure_bucket:
        place = {"bucket": config.failure_bucket, "prefix": config.failure_prefix, "expires": 0}
        body["destination_config"] = {"on_failure": {"destination": "OBS", "param": json.dumps(place)}}
    _call(work, "update_function_async_invoke_config", config.name, body=body)


def delete_async(work: Work, config: AsyncConfig) -> None:
    """Back to the service's defaults."""
    _forgiving(work, "delete_function_async_invoke_config", config.name)


def reserve(work: Work, _: ReservedInstances | None, reserved: ReservedInstances) -> None:
    """So many instances kept ready."""
    _call(work, "update_function_reserved_instances_count", reserved.name, body={"count": reserved.count})


def drop_reserved(work: Work, reserved: ReservedInstances) -> None:
    """No instance is kept ready any more."""
    reserve(work, reserved, ReservedInstances(reserved.name, 0))


def write_timer(work: Work, before: Timer | None, after: Timer) -> None:
    """A new timer; of one that is there only its status can be changed."""
    if before is not None and _content(before) == _content(after):
        _activate(work, TIMER, after.function, work.found.id_of(Timer, after.name), after.active)
        return
    if before is not None:
        delete_trigger(work, before)
    names = work.account.names
    data = {
        "name": names.full(after.name),
        "schedule_type": after.schedule_type,
        "schedule": after.schedule,
        "user_event": after.user_event,
    }
    _create(work, TIMER, after.function, data, "name")


def _content(timer: Timer) -> tuple[str, str, str]:
    return timer.schedule_type, timer.schedule, timer.user_event


def write_log_trigger(work: Work, before: LogTrigger | None, after: LogTrigger) -> None:
    """The function is handed the lines of a stream."""
    if before is not None:
        _activate(work, LTS, after.function, work.found.id_of(LogTrigger, after.name), after.active)
        return
    group = next(one for key, one in work.found.ids.items() if key[0] == LogGroup.kind)
    data = {"log_group_id": group, "log_topic_id": work.found.id_of(LogStream, after.stream)}
    _create(work, LTS, after.function, data, "log_topic_id")


def _create(work: Work, kind: str, function: str, data: dict[str, Any], unique: str) -> None:
    body = {"trigger_type_code": kind, "trigger_status": ACTIVE, "event_data": data}

    def look() -> str | None:
        rows = _call(work, "list_function_triggers", function)["body"] or []
        found = [{**row["event_data"], "id": row["trigger_id"]} for row in rows if row["trigger_type_code"] == kind]
        return first(found, unique, data[unique], "id")

    def create() -> str:
        return str(_call(work, "create_function_trigger", function, once=True, body=body)["trigger_id"])

    work.ensure(look, create)


def _activate(work: Work, kind: str, function: str, identifier: str, active: bool) -> None:
    body = {"trigger_status": ACTIVE if active else "DISABLED"}
    _call(work, "update_trigger", function, trigger_type_code=kind, trigger_id=identifier, body=body)


def delete_trigger(work: Work, trigger: Timer | LogTrigger) -> None:
    """A timer or a log trigger."""
    kind = TIMER if isinstance(trigger, Timer) else LTS
    identifier = work.found.ids[trigger.key]
    _forgiving(work, "delete_function_trigger", trigger.function, trigger_type_code=kind, trigger_id=identifier)


def _call(work: Work, operation: str, function: str, **parameters: Any) -> Any:
    names = work.account.names
    about = f"function {names.full(function)}"
    return work.account.cloud.call(SERVICE, operation, about, function_urn=names.alias_urn(function), **parameters)


def _forgiving(work: Work, operation: str, function: str, **parameters: Any) -> None:
    """What shall go may have gone."""
    try:
        _call(work, operation, function, **parameters)
    except NotFound:
        return
