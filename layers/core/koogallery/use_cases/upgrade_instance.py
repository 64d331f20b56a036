"""upgradeInstance, and the question before a change at renewal: changeInstanceCheck."""

from __future__ import annotations

from koogallery.answers import Answer
from koogallery.callback import Call
from koogallery.instance_store import change_instance, load_instance
from koogallery.instances import lifecycle
from koogallery.messages.callbacks import ChangeInstanceCheck, UpgradeInstance
from koogallery.services import Services
from koogallery.use_cases.new_instance import order_facts


def upgrade_instance(services: Services, call: Call) -> Answer:
    """At most two writes; none for a repetition."""
    message: UpgradeInstance = call.message
    order = (message.order_id, message.order_line_id)
    facts = order_facts(services, call, message.instance_id)
    outcome = change_instance(
        services.state,
        message.instance_id,
        lambda before: lifecycle.upgrade(before, order, call.request, facts),
        now=call.request.now,
    )
    return Answer(outcome.result_code, outcome.message)


def change_instance_check(services: Services, call: Call) -> Answer:
    """One read, no write."""
    message: ChangeInstanceCheck = call.message
    instance, _ = load_instance(services.state, message.instance_id)
    outcome = lifecycle.check_change(instance)
    return Answer(outcome.result_code, outcome.message)
