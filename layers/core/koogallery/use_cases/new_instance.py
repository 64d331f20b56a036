"""newInstance: no outbound call; order line, pointer and instance are stored, in this order, then answered.

A crash in between is repaired by the marketplace's next try: the order line keeps the instance id, so that every try
arrives at the same instance. Key: order and order line (SaaS guide V2.0, newInstance).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from types import MappingProxyType

from koogallery.answers import Answer
from koogallery.callback import Call
from koogallery.instance_store import change_instance
from koogallery.instances import lifecycle
from koogallery.instances.instance import Instance
from koogallery.instances.lifecycle import OrderFacts, Outcome
from koogallery.messages.callbacks import NewInstance
from koogallery.services import Services
from koogallery.slots import instance_key, order_key
from koogallery.state import Key, State
from koogallery.use_cases.access_data import open_access


def new_instance(services: Services, call: Call) -> Answer:
    """At most three writes; none for an order line that has its instance."""
    message: NewInstance = call.message
    instance_id = instance_id_of(services.state, message)

    def transition(before: Instance | None) -> Outcome:
        if before is not None:
            return lifecycle.answer_new(before)
        facts = order_facts(services, call, instance_id)
        order = (message.order_id, message.order_line_id)
        waits = message.waits_for_access
        created = lifecycle.create(instance_id, order, call.request, facts, waits_for_access=waits)
        answer = lifecycle.answer_new(created)
        return Outcome(answer.result_code, answer.message, created)

    outcome = change_instance(services.state, instance_id, transition, now=call.request.now)
    return Answer(
        outcome.result_code, outcome.message, {"instanceId": instance_id}, _access(services, outcome.instance)
    )


def order_facts(
    services: Services, call: Call, instance_id: str, more: Mapping[str, str] = MappingProxyType({})
) -> OrderFacts | None:
    """What 1.0 sent along, its personal part (and ``more``) encrypted; None for 2.0."""
    if not call.facts:
        return None
    personal = {"buyer": call.facts["buyer"], "extend_params": call.facts["extend_params"], **more}
    sealed = services.sealer.seal(json.dumps(personal), instance_id)
    return OrderFacts(call.facts["product"], call.facts["order_type"], sealed)


def _access(services: Services, instance: Instance | None) -> dict[str, str] | None:
    if instance is None or not instance.access or instance.released_at:
        return None
    return open_access(services, instance)


def instance_id_of(state: State, message: NewInstance) -> str:
    """The id kept for the order line; the first request's businessId becomes it, if it can be used as one."""
    key = order_key(message.order_id, message.order_line_id, message.product_id)
    wished = instance_key(message.business_id)
    found = state.get_many([key, wished])
    if key not in found:
        is_free = wished not in found and _can_be_id(message.business_id)
        proposal = message.business_id if is_free else _derived_id(message)
        if state.put_if_absent(key, json.dumps({"instance_id": proposal})):
            return proposal
        found = state.get_many([key])
    return str(json.loads(found[Key(key.partition, key.sort)].document)["instance_id"])


def _can_be_id(text: str) -> bool:
    """An id stands in lists that commas part (queryInstance) and in paths (seller interface)."""
    return text not in (".", "..") and text == text.strip() and not set(",/%") & set(text)


def _derived_id(message: NewInstance) -> str:
    """An id from the order line, where the businessId cannot be it."""
    text = "\n".join((message.order_id, message.order_line_id, message.product_id))
    return "inst-" + hashlib.sha256(text.encode()).hexdigest()[:40]
