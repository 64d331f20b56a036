"""refreshInstance: a new expiry date, and the order it comes from, for a worker that asks what was bought."""

from __future__ import annotations

from typing import Literal

from measures.rival.common import (
    SUCCESS,
    Answer,
    Event,
    Id,
    Message,
    OptionalId,
    Reply,
    WireTime,
    basic_message,
    respond,
)
from measures.rival.idempotency import once
from measures.rival.instances import change_instance


class RefreshInstance(Message):
    """The message; the scene tells a renewal from its cancellation, which may name the same order."""

    activity: Literal["refreshInstance"]
    scene: Literal["TRIAL_TO_FORMAL", "RENEWAL", "UNSUBSCRIBE_RENEWAL_PERIOD", "RENEWAL_CHANGE"]
    instance_id: Id
    order_id: Id
    order_line_id: Id
    expire_time: WireTime
    product_id: OptionalId = ""


@once("instance_id", "scene", "order_id", "order_line_id")
def refresh(message: RefreshInstance) -> Answer:
    """Absolute: the date may be an earlier one."""
    changes = {
        "expire_time": message.expire_time,
        "scene": message.scene,
        "renewal": f"{message.order_id}#{message.order_line_id}",
    }
    change_instance(message.instance_id, changes | ({"product": message.product_id} if message.product_id else {}))
    return SUCCESS


def handler(event: Event, _: object) -> Reply:
    """APIG event in, the marketplace's answer out."""
    return respond(event, basic_message, RefreshInstance, refresh)
