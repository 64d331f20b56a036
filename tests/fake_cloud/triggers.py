"""FunctionGraph: triggers. TIMER and LTS are played; their data cannot be updated, only replaced."""

from __future__ import annotations

import re
from typing import Any

from tests.fake_cloud.errors import conflict, invalid, missing
from tests.fake_cloud.function_rows import found, moment, version_of
from tests.fake_cloud.operations import Request, serves
from tests.fake_cloud.site import Site
from tests.fake_cloud.state import LATEST, Function, Json, State, Trigger, new_id

SERVICE = "functiongraph"
TRIGGER_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")
RATE = re.compile(r"([1-9]|[1-5]\d|60)m|([1-9]|1\d|2[0-4])h|([1-9]|[12]\d|30)d")
CRON = re.compile(r"(CRON_TZ=\S+ )?(@every \d+[smh]|(\S+ ){4,5}\S+)")
USER_EVENT_BYTES = 2048
STATUSES = {"ACTIVE", "DISABLED"}


@serves(SERVICE)
def create_function_trigger(state: State, site: Site, request: Request) -> Any:
    """A trigger of the version or alias that the URN names."""
    function, qualifier = found(state, site, request.path["function_urn"])
    version_of(function, qualifier)
    qualifier = qualifier or LATEST
    if sum(trigger.qualifier == qualifier for trigger in function.triggers.values()) >= site.triggers:
        raise conflict(f"the version has its {site.triggers} triggers")
    body: Json = request.body
    status = body.get("trigger_status", "ACTIVE")
    if status not in STATUSES:
        raise invalid("trigger_status must be ACTIVE or DISABLED")
    if body["trigger_type_code"] == "TIMER":
        _check_timer(function, qualifier, body["event_data"])
    elif body["trigger_type_code"] == "LTS":
        _check_log_stream(state, function, qualifier, body["event_data"])
    else:
        raise invalid(f"triggers of type {body['trigger_type_code']} are not played here")
    state.tick()
    trigger = Trigger(new_id(), body["trigger_type_code"], status, dict(body["event_data"]), qualifier)
    function.triggers[trigger.id] = trigger
    return _row(state, trigger)


def _check_timer(function: Function, qualifier: str, data: Json) -> None:
    name = data.get("name", "")
    if not TRIGGER_NAME.fullmatch(name):
        raise invalid("a timer's name is a letter, then at most 63 letters, digits, - and _")
    if any(one.event_data.get("name") == name for one in function.triggers.values() if one.qualifier == qualifier):
        raise conflict(f"the trigger {name} already exists")
    pattern = {"Rate": RATE, "Cron": CRON}.get(data.get("schedule_type", ""))
    if pattern is None or not pattern.fullmatch(data.get("schedule", "")):
        raise invalid(f"{data.get('schedule')!r} is not a schedule of type {data.get('schedule_type')!r}")
    if len(data.get("user_event", "").encode()) >= USER_EVENT_BYTES:
        raise invalid(f"user_event must be shorter than {USER_EVENT_BYTES} bytes")


def _check_log_stream(state: State, function: Function, qualifier: str, data: Json) -> None:
    group = state.log_groups.get(data.get("log_group_id", ""))
    if group is None or data.get("log_topic_id") not in group.streams:
        raise invalid("log_group_id or log_topic_id does not exist")
    taken = [one.event_data.get("log_topic_id") for one in function.triggers.values() if one.qualifier == qualifier]
    if data["log_topic_id"] in taken:
        raise conflict("the log stream already triggers the function")


@serves(SERVICE)
def list_function_triggers(state: State, site: Site, request: Request) -> Any:
    """Without a qualifier the triggers of all versions and aliases, as a bare list."""
    function, qualifier = found(state, site, request.path["function_urn"])
    return [_row(state, one) for one in function.triggers.values() if qualifier in {"", one.qualifier}]


@serves(SERVICE)
def show_function_trigger(state: State, site: Site, request: Request) -> Any:
    """One trigger."""
    return _row(state, _with_trigger(state, site, request)[1])


@serves(SERVICE)
def update_trigger(state: State, site: Site, request: Request) -> Any:
    """Only the status: the body's event data are those of a stream, neither a timer's nor a log's."""
    _, trigger = _with_trigger(state, site, request)
    if request.body.get("event_data"):
        raise invalid(f"the data of a {trigger.type_code} trigger cannot be updated")
    status = request.body.get("trigger_status")
    if status not in STATUSES:
        raise invalid("trigger_status must be ACTIVE or DISABLED")
    state.tick()
    trigger.status = status
    return _row(state, trigger)


@serves(SERVICE)
def delete_function_trigger(state: State, site: Site, request: Request) -> Any:
    """One trigger."""
    function, trigger = _with_trigger(state, site, request)
    state.tick()
    del function.triggers[trigger.id]


@serves(SERVICE)
def batch_delete_function_triggers(state: State, site: Site, request: Request) -> Any:
    """Of one version or alias; without a qualifier, or with latest, those of the whole function."""
    function, qualifier = found(state, site, request.path["function_urn"])
    everything = qualifier in {"", LATEST}
    state.tick()
    function.triggers = {
        id_: one for id_, one in function.triggers.items() if not everything and one.qualifier != qualifier
    }


def _with_trigger(state: State, site: Site, request: Request) -> tuple[Function, Trigger]:
    function, _ = found(state, site, request.path["function_urn"])
    trigger = function.triggers.get(request.path["trigger_id"])
    if trigger is None or trigger.type_code != request.path["trigger_type_code"]:
        raise missing("the trigger", request.path["trigger_id"])
    return function, trigger


def _row(state: State, trigger: Trigger) -> Json:
    return {
        "trigger_id": trigger.id,
        "trigger_type_code": trigger.type_code,
        "trigger_status": trigger.status,
        "event_data": {**trigger.event_data, "triggerid": trigger.id},
        "last_updated_time": moment(state.changes),
        "created_time": moment(0),
    }
