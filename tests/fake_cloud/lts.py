"""LTS: log groups and their streams. Lists have no pages."""

from __future__ import annotations

import re
from typing import Any

from tests.fake_cloud.errors import conflict, invalid, missing
from tests.fake_cloud.operations import Request, serves
from tests.fake_cloud.site import Site
from tests.fake_cloud.state import Json, LogGroup, LogStream, State, new_id

SERVICE = "lts"
# The SDK says nothing of names; the product's pages do.
NAME = re.compile(r"[A-Za-z0-9_一-龥-][A-Za-z0-9_.一-龥-]{0,63}")
MOST_DAYS = 365


@serves(SERVICE)
def create_log_group(state: State, site: Site, request: Request) -> Any:
    """A group; logs are kept for ``ttl_in_days``."""
    body: Json = request.body
    _check(body["log_group_name"], body["ttl_in_days"])
    if any(group.name == body["log_group_name"] for group in state.log_groups.values()):
        raise conflict(f"the log group {body['log_group_name']} already exists")
    state.tick()
    group = LogGroup(new_id(), body["log_group_name"], body["ttl_in_days"], _tags(body))
    state.log_groups[group.id] = group
    return {"log_group_id": group.id}


def _check(name: str, days: int) -> None:
    if not NAME.fullmatch(name):
        raise invalid(f"{name} cannot be a name in LTS")
    if not 1 <= days <= MOST_DAYS:
        raise invalid(f"ttl_in_days must lie between 1 and {MOST_DAYS}")


def _tags(body: Json) -> dict[str, str]:
    return {tag["key"]: tag.get("value", "") for tag in body.get("tags", [])}


@serves(SERVICE)
def list_log_groups(state: State, site: Site, request: Request) -> Any:
    """All of them."""
    rows = [
        {
            "creation_time": 0,
            "log_group_id": group.id,
            "log_group_name": group.name,
            "ttl_in_days": group.ttl_in_days,
            "tag": group.tags,
        }
        for group in state.log_groups.values()
    ]
    return {"log_groups": rows}


@serves(SERVICE)
def update_log_group(state: State, site: Site, request: Request) -> Any:
    """Days, and tags where given."""
    group, body = _group(state, request), request.body
    _check(group.name, body["ttl_in_days"])
    state.tick()
    group.ttl_in_days = body["ttl_in_days"]
    if "tags" in body:
        group.tags = _tags(body)
    return {"log_group_id": group.id, "log_group_name": group.name, "ttl_in_days": group.ttl_in_days}


@serves(SERVICE)
def delete_log_group(state: State, site: Site, request: Request) -> Any:
    """With all its streams, unless a function logs there."""
    group = _group(state, request)
    _check_unused(state, {"log_group_id": group.id})
    state.tick()
    del state.log_groups[group.id]


def _check_unused(state: State, members: dict[str, str]) -> None:
    """Stricter than the pages, which are silent: what a function's trigger listens to stays."""
    trigger_members = {{"log_stream_id": "log_topic_id"}.get(name, name): id_ for name, id_ in members.items()}
    for function in state.functions.values():
        for trigger in function.triggers.values():
            if trigger_members.items() <= trigger.event_data.items():
                raise conflict(f"the function {function.name} has a trigger on it")


@serves(SERVICE)
def create_log_stream(state: State, site: Site, request: Request) -> Any:
    """A stream of a group."""
    group, body = _group(state, request), request.body
    _check(body["log_stream_name"], body.get("ttl_in_days", group.ttl_in_days))
    if any(stream.name == body["log_stream_name"] for stream in group.streams.values()):
        raise conflict(f"the log stream {body['log_stream_name']} already exists")
    state.tick()
    days = body.get("ttl_in_days", group.ttl_in_days)
    stream = LogStream(new_id(), body["log_stream_name"], days, _tags(body))
    group.streams[stream.id] = stream
    return {"log_stream_id": stream.id}


@serves(SERVICE)
def list_log_stream(state: State, site: Site, request: Request) -> Any:
    """The streams of one group."""
    return {"log_streams": [_row(stream) for stream in _group(state, request).streams.values()]}


@serves(SERVICE)
def list_log_streams(state: State, site: Site, request: Request) -> Any:
    """The streams of all groups; names are matched exactly."""
    rows = [
        {**_row(stream), "log_group_id": group.id}
        for group in state.log_groups.values()
        for stream in group.streams.values()
        if request.query.get("log_group_name") in {None, group.name}
        and request.query.get("log_stream_name") in {None, stream.name}
    ]
    return {"log_streams": rows}


@serves(SERVICE)
def update_log_stream(state: State, site: Site, request: Request) -> Any:
    """Days, and tags where given."""
    group, body = _group(state, request), request.body
    stream = _stream(group, request)
    _check(stream.name, body["ttl_in_days"])
    state.tick()
    stream.ttl_in_days = body["ttl_in_days"]
    if "tags" in body:
        stream.tags = _tags(body)
    return {"log_topic_id": stream.id, "log_topic_name": stream.name, "ttl_in_days": stream.ttl_in_days}


@serves(SERVICE)
def delete_log_stream(state: State, site: Site, request: Request) -> Any:
    """Unless a function's trigger listens to it."""
    group = _group(state, request)
    stream = _stream(group, request)
    _check_unused(state, {"log_group_id": group.id, "log_stream_id": stream.id})
    state.tick()
    del group.streams[stream.id]


def _group(state: State, request: Request) -> LogGroup:
    group = state.log_groups.get(request.path["log_group_id"])
    if group is None:
        raise missing("the log group", request.path["log_group_id"])
    return group


def _stream(group: LogGroup, request: Request) -> LogStream:
    stream = group.streams.get(request.path["log_stream_id"])
    if stream is None:
        raise missing("the log stream", request.path["log_stream_id"])
    return stream


def _row(stream: LogStream) -> Json:
    return {
        "creation_time": 0,
        "log_stream_id": stream.id,
        "log_stream_name": stream.name,
        "ttl_in_days": stream.ttl_in_days,
        "tag": stream.tags,
        "filter_count": 0,
    }
