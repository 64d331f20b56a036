"""releaseInstance: final. A metered instance gets a pointer for its final hour before it is written."""

from __future__ import annotations

from datetime import timedelta

from koogallery.answers import Answer
from koogallery.callback import Call
from koogallery.instance_store import change_instance
from koogallery.instances import lifecycle
from koogallery.instances.instance import Instance
from koogallery.instances.lifecycle import Outcome
from koogallery.ledger.closing import final_hour_due
from koogallery.messages.callbacks import ReleaseInstance
from koogallery.queues import USAGE, put_pointer
from koogallery.services import Services
from koogallery.spans import closing


def release_instance(services: Services, call: Call) -> Answer:
    """At most three writes; none for a repetition."""
    message: ReleaseInstance = call.message
    order = (message.order_id, message.order_line_id)

    def transition(before: Instance | None) -> Outcome:
        outcome = lifecycle.release(before, order, call.request)
        if outcome.instance is not None and outcome.instance is not before:
            _announce_final_hour(services, outcome.instance, call)
        return outcome

    outcome = change_instance(services.state, message.instance_id, transition, now=call.request.now)
    return Answer(outcome.result_code, outcome.message)


def _announce_final_hour(services: Services, released: Instance, call: Call) -> None:
    due = final_hour_due(released, closing(services.settings))
    if due is not None and released.charging_mode in ("", "ON_DEMAND"):
        put_pointer(
            services.state,
            USAGE,
            due=due + timedelta(milliseconds=1),
            now=call.request.now,
            owner=released.instance_id,
            subject="final",
        )
