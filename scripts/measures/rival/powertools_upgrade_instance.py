"""upgradeInstance: the order is kept for a worker that asks what was bought."""

from __future__ import annotations

from typing import Literal

from measures.rival.common import SUCCESS, Answer, Event, Id, Message, Reply, basic_message, respond
from measures.rival.idempotency import once
from measures.rival.instances import change_instance


class UpgradeInstance(Message):
    """The message; the target is in the order."""

    activity: Literal["upgradeInstance"]
    instance_id: Id
    order_id: Id
    order_line_id: Id


@once("instance_id", "order_id", "order_line_id")
def upgrade(message: UpgradeInstance) -> Answer:
    """The instance keeps its id."""
    change_instance(message.instance_id, {"upgrade": f"{message.order_id}#{message.order_line_id}"})
    return SUCCESS


def handler(event: Event, _: object) -> Reply:
    """APIG event in, the marketplace's answer out."""
    return respond(event, basic_message, UpgradeInstance, upgrade)
