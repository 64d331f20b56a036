"""releaseInstance: the end of an instance."""

from __future__ import annotations

from typing import Literal

from measures.rival.common import SUCCESS, Answer, Event, Id, Message, OptionalId, Reply, basic_message, respond
from measures.rival.idempotency import once
from measures.rival.instances import KNOWN, change_instance


class ReleaseInstance(Message):
    """The message; it names an order when an unsubscription is the cause."""

    activity: Literal["releaseInstance"]
    instance_id: Id
    order_id: OptionalId = ""
    order_line_id: OptionalId = ""


@once("instance_id")
def release(message: ReleaseInstance) -> Answer:
    """The item stays: a released instance is released again with success."""
    order = f"{message.order_id}#{message.order_line_id}"
    change_instance(message.instance_id, {"status": "released", "released": order}, condition=KNOWN)
    return SUCCESS


def handler(event: Event, _: object) -> Reply:
    """APIG event in, the marketplace's answer out."""
    return respond(event, basic_message, ReleaseInstance, release)
