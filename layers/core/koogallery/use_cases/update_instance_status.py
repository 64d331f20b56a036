"""updateInstanceStatus: freeze and unfreeze."""

from __future__ import annotations

from koogallery.answers import Answer
from koogallery.callback import Call
from koogallery.instance_store import change_instance
from koogallery.instances import lifecycle
from koogallery.messages.callbacks import UpdateInstanceStatus, UpdateInstanceStatusV1
from koogallery.services import Services


def update_instance_status(services: Services, call: Call) -> Answer:
    """At most two writes."""
    message: UpdateInstanceStatus = call.message
    expired = isinstance(message, UpdateInstanceStatusV1) and message.expired
    outcome = change_instance(
        services.state,
        message.instance_id,
        lambda before: lifecycle.change_status(before, message.status, call.request, expired=expired),
        now=call.request.now,
    )
    return Answer(outcome.result_code, outcome.message)
