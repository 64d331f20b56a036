"""updateInstanceStatus: freeze and unfreeze."""

from __future__ import annotations

from typing import Literal

from measures.rival.common import SUCCESS, Answer, Event, Id, Message, Reply, basic_message, respond
from measures.rival.idempotency import once
from measures.rival.instances import change_instance


class UpdateInstanceStatus(Message):
    """The message and the nonce of its call: an instance that is frozen a second time is no repetition."""

    activity: Literal["updateInstanceStatus"]
    instance_id: Id
    status: Literal["FREEZE", "UNFREEZE"]
    nonce: str


@once("instance_id", "status", "nonce")
def change_status(message: UpdateInstanceStatus) -> Answer:
    """Writing the same status again changes nothing; a replay writes nothing."""
    change_instance(message.instance_id, {"status": "frozen" if message.status == "FREEZE" else "active"})
    return SUCCESS


def handler(event: Event, _: object) -> Reply:
    """APIG event in, the marketplace's answer out."""
    return respond(event, basic_message, UpdateInstanceStatus, change_status)
