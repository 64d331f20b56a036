"""orderNotify: acknowledged; the order is kept for a worker that asks for it."""

from __future__ import annotations

from typing import Literal

from measures.rival.common import SUCCESS, Answer, Event, Id, Message, Reply, basic_message, respond, write
from measures.rival.idempotency import once


class OrderNotify(Message):
    """The message."""

    activity: Literal["orderNotify"]
    order_id: Id
    order_line_id: Id


@once("order_id", "order_line_id")
def acknowledge(message: OrderNotify) -> Answer:
    """One item for each order line."""
    key = f"order#{message.order_id}#{message.order_line_id}"
    write({"id": {"S": key}, "status": {"S": "notified"}})
    return SUCCESS


def handler(event: Event, _: object) -> Reply:
    """APIG event in, the marketplace's answer out."""
    return respond(event, basic_message, OrderNotify, acknowledge)
