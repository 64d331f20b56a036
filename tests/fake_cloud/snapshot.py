"""A state as a plain value that two runs of the same work share: names in the place of ids, no times, no contents."""

from __future__ import annotations

import hashlib
import re
from dataclasses import asdict
from typing import Any

from tests.fake_cloud.state import Json, State

ID = re.compile(r"[0-9a-f]{32}|al[0-9a-f]{22}")
VOLATILE = {"id", "modified", "changes", "resource_id", "sl_domain", "metric_data", "async_invocations", "statistics"}


def snapshot(state: State) -> Json:
    """``{kind: {name: content}}``; contents and secrets are there as digests."""
    names = _names(state)
    plain: Json = asdict(state)
    kinds = {
        kind: {_name(names, key): _plain(names, one) for key, one in entries.items()}
        for kind, entries in plain.items()
        if isinstance(entries, dict)
    }
    return {kind: dict(sorted(entries.items())) for kind, entries in kinds.items()}


def _names(state: State) -> dict[str, str]:
    """What every id stands for."""
    names = {one.id: f"<{one.name} {one.version}>" for one in state.dependencies.values()}
    names |= {one.dep_id: f"<{one.name}>" for one in state.dependencies.values()}
    for things in (state.gateways, state.environments, state.groups, state.certificates, state.log_groups):
        names |= {id_: f"<{thing.name}>" for id_, thing in things.items()}
    for bodied in (state.authorizers, state.apis, state.alarms):
        names |= {id_: f"<{thing.body['name']}>" for id_, thing in bodied.items()}
    for group in state.groups.values():
        names |= {id_: f"<{group.name} {response['name']}>" for id_, response in group.responses.items()}
        names |= {domain.id: f"<{domain.name}>" for domain in group.domains.values()}
    for logs in state.log_groups.values():
        names |= {id_: f"<{logs.name} {stream.name}>" for id_, stream in logs.streams.items()}
    for function in state.functions.values():
        for trigger in function.triggers.values():
            label = trigger.event_data.get("name") or trigger.event_data.get("log_topic_id", "")
            names[trigger.id] = f"<{trigger.type_code} {names.get(label, label)} on {trigger.qualifier}>"
    return names


def _name(names: dict[str, str], text: str) -> str:
    return ID.sub(lambda found: names.get(found[0], found[0]), text)


def _plain(names: dict[str, str], value: Any) -> Any:
    if isinstance(value, dict):
        return {
            _name(names, key): _marked(names, key, entry) for key, entry in sorted(value.items()) if key not in VOLATILE
        }
    if isinstance(value, list):
        return [_plain(names, entry) for entry in value]
    if isinstance(value, bytes):
        return hashlib.sha256(value).hexdigest()
    return _name(names, value) if isinstance(value, str) else value


def _marked(names: dict[str, str], key: str, entry: Any) -> Any:
    if key in {"encrypted_user_data", "private_key", "text"} and isinstance(entry, str):
        return hashlib.sha256(entry.encode()).hexdigest()
    return _plain(names, entry)
