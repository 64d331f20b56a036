"""refreshInstance: a new expiry date, and on a change at renewal a new product."""

from __future__ import annotations

import logging

from koogallery.answers import Answer
from koogallery.callback import Call
from koogallery.instance_store import change_instance
from koogallery.instances import lifecycle
from koogallery.instances.instance import Instance
from koogallery.instances.lifecycle import Outcome
from koogallery.logs import log_line
from koogallery.messages.callbacks import RefreshInstance
from koogallery.services import Services

CANCELLATION = "UNSUBSCRIBE_RENEWAL_PERIOD"


def refresh_instance(services: Services, call: Call) -> Answer:
    """At most two writes; none for a repetition."""
    message: RefreshInstance = call.message
    order = (message.order_id, message.order_line_id)
    expire, product_id = message.expire_time, message.product_id
    earlier = ""

    def transition(before: Instance | None) -> Outcome:
        nonlocal earlier
        earlier = before.expire_time if before else ""
        return lifecycle.refresh(before, message.scene, order, expire, call.request, product_id=product_id)

    outcome = change_instance(services.state, message.instance_id, transition, now=call.request.now)
    if message.scene != CANCELLATION and outcome.instance is not None and outcome.instance.expire_time < earlier:
        # Perhaps an old renewal that came late, after the cancellation of a newer one: nobody but a person can tell.
        log_line(
            "expiry_shortened",
            level=logging.WARNING,
            alarm=True,
            instance_id=message.instance_id,
            scene=message.scene,
            before=earlier,
            after=outcome.instance.expire_time,
        )
    return Answer(outcome.result_code, outcome.message)
