"""refreshInstance: a new expiry date, and on a change at renewal a new product."""

from __future__ import annotations

from koogallery.answers import Answer
from koogallery.callback import Call
from koogallery.instance_store import change_instance
from koogallery.instances import lifecycle
from koogallery.messages.callbacks import RefreshInstance
from koogallery.services import Services


def refresh_instance(services: Services, call: Call) -> Answer:
    """At most two writes; none for a repetition."""
    message: RefreshInstance = call.message
    order = (message.order_id, message.order_line_id)
    expire, product_id = message.expire_time, message.product_id
    outcome = change_instance(
        services.state,
        message.instance_id,
        lambda before: lifecycle.refresh(before, message.scene, order, expire, call.request, product_id=product_id),
        now=call.request.now,
    )
    return Answer(outcome.result_code, outcome.message)
