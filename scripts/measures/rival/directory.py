"""Tenants, users and departments in the table, and what the messages of the joint kit share."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from measures.rival.common import CLIENT, TABLE, Id, Message, OptionalId

BATCH = 25
"""DynamoDB's limit for one batch write."""
TRIES = 5
KitTime = Annotated[str, Field(pattern=r"^[0-9]{17}$")]
"""``yyyyMMddHHmmssSSS``, UTC+8."""
Flag = Annotated[int, Field(ge=0, le=3)]
REMOVE, UNAUTHORIZE = 0, 3


class NotWritten(Exception):
    """The table did not take a batch: the call fails, and the marketplace says so to the buyer's administrator."""


class KitMessage(Message):
    """What every sync has; the instance is empty while a credential is applied for."""

    instance_id: OptionalId
    tenant_id: Id
    time_stamp: KitTime


def kit_key(kind: str, message: KitMessage, *names: str) -> str:
    """Id of an item: the guide keys everything by instance and tenant."""
    return "#".join((kind, message.instance_id, message.tenant_id, *names))


def remove(key: str) -> None:
    """Delete an item; one that is not there is no error."""
    CLIENT.delete_item(TableName=TABLE, Key={"id": {"S": key}})


def write_all(items: list[dict[str, Any]]) -> None:
    """Store items in batches. Raises NotWritten for what the table leaves over again and again."""
    for begin in range(0, len(items), BATCH):
        left: dict[str, Any] = {TABLE: [{"PutRequest": {"Item": item}} for item in items[begin : begin + BATCH]]}
        for _ in range(TRIES):
            left = CLIENT.batch_write_item(RequestItems=left).get("UnprocessedItems", {})
            if not left:
                break
        else:
            raise NotWritten
