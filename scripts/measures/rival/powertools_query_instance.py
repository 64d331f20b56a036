"""queryInstance: access data, opened for the answer, and usage of up to a hundred instances. It changes nothing."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from measures.rival.common import (
    CLIENT,
    PROCESSING,
    SUCCESS,
    TABLE,
    Answer,
    Event,
    Id,
    Message,
    Reply,
    UnknownInstance,
    basic_message,
    respond,
)
from measures.rival.instances import instance_key
from measures.rival.sealing import opened


def _parts(joined: object) -> object:
    return [part.strip() for part in joined.split(",")] if isinstance(joined, str) else joined


class QueryInstance(Message):
    """The message; several ids are joined by commas."""

    activity: Literal["queryInstance"]
    instance_id: Annotated[list[Id], BeforeValidator(_parts), Field(max_length=100)]


def query(message: QueryInstance) -> Answer:
    """None known: no such instance. None with access data yet: in process. Else those that have some."""
    keys = [instance_key(instance_id) for instance_id in dict.fromkeys(message.instance_id)]
    found = CLIENT.batch_get_item(RequestItems={TABLE: {"Keys": keys, "ConsistentRead": True}})
    if found.get("UnprocessedKeys"):
        return PROCESSING
    alive = [item for item in found["Responses"].get(TABLE, []) if "released" not in item]
    if not alive:
        raise UnknownInstance
    info = [_info(item) for item in alive if "access" in item]
    return {**SUCCESS, "info": info} if info else PROCESSING


def _info(item: dict[str, Any]) -> dict[str, Any]:
    key = item["id"]["S"]
    info = {"instanceId": key.removeprefix("instance#"), "appInfo": json.loads(opened(item["access"], key))}
    if "usage" in item:
        usage = {"usageValue": float(item["usage"]["N"]), "statisticalTime": item["usage_time"]["S"]}
        info["usageInfo"] = [usage]
    return info


def handler(event: Event, _: object) -> Reply:
    """APIG event in, the marketplace's answer out."""
    return respond(event, basic_message, QueryInstance, query)
