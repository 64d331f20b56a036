"""newInstance: the instance of an order line is stored once; a worker asks for the order later."""

from __future__ import annotations

from typing import Literal

from measures.rival.common import PROCESSING, Answer, Event, Id, Message, Reply, basic_message, respond, write
from measures.rival.idempotency import once
from measures.rival.instances import instance_key


class NewInstance(Message):
    """The message; ``business_id`` differs at every try."""

    activity: Literal["newInstance"]
    order_id: Id
    order_line_id: Id
    business_id: Id


@once("order_id", "order_line_id")
def create(message: NewInstance) -> Answer:
    """The first business id becomes the instance's."""
    order = {"S": f"{message.order_id}#{message.order_line_id}"}
    item = {**instance_key(message.business_id), "order": order, "status": {"S": "creating"}}
    write(item)
    return {**PROCESSING, "instanceId": message.business_id}


def handler(event: Event, _: object) -> Reply:
    """APIG event in, the marketplace's answer out."""
    return respond(event, basic_message, NewInstance, create)
