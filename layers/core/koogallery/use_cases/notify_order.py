"""orderNotify: acknowledged at once; deliver_events queries the order and tells the seller's product."""

from __future__ import annotations

from koogallery.answers import Answer
from koogallery.callback import Call
from koogallery.messages.notifications import OrderNotify
from koogallery.order_notice import notice_id, notify
from koogallery.outbox import Outbox
from koogallery.outbox_owners import ORDER, OwnerRef, tell
from koogallery.result_codes import SUCCESS
from koogallery.services import Services


def notify_order(services: Services, call: Call) -> Answer:
    """At most two writes; none for an order line that was told of."""
    message: OrderNotify = call.message

    def transition(before: Outbox | None) -> Outbox:
        return before or notify(message.order_id, message.order_line_id, call.request.now, call.request.callback)

    ref = OwnerRef(ORDER, notice_id(message.order_id, message.order_line_id))
    tell(services.state, ref, transition, now=call.request.now)
    return Answer(SUCCESS, "success")
