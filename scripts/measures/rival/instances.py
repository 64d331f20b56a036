"""Instances in the table."""

from __future__ import annotations

from typing import Any

from measures.rival.common import CLIENT, TABLE, UnknownInstance

KNOWN = "attribute_exists(id)"
ALIVE = "attribute_exists(id) AND attribute_not_exists(released)"


def instance_key(instance_id: str) -> dict[str, Any]:
    """Key of its item."""
    return {"id": {"S": f"instance#{instance_id}"}}


def find_instance(instance_id: str) -> dict[str, Any]:
    """Its item; raises UnknownInstance."""
    item = CLIENT.get_item(TableName=TABLE, Key=instance_key(instance_id), ConsistentRead=True).get("Item")
    if item is None or "released" in item:
        raise UnknownInstance(instance_id)
    return dict(item)


def change_instance(instance_id: str, changes: dict[str, str], condition: str = ALIVE) -> None:
    """Set texts of an instance; raises UnknownInstance unless the condition holds."""
    try:
        CLIENT.update_item(
            TableName=TABLE,
            Key=instance_key(instance_id),
            UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in changes),
            ConditionExpression=condition,
            ExpressionAttributeNames={f"#{name}": name for name in changes},
            ExpressionAttributeValues={f":{name}": {"S": value} for name, value in changes.items()},
        )
    except CLIENT.exceptions.ConditionalCheckFailedException as error:
        raise UnknownInstance(instance_id) from error
