"""getLicense of the old guide: the instance is created, the seller's product makes the licence behind the answer.

The order line keeps the instance id as for newInstance, so that every try arrives at the same instance and licence.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from koogallery.answers import Answer
from koogallery.callback import Call
from koogallery.instance_store import change_instance
from koogallery.instances import lifecycle
from koogallery.instances.instance import Instance
from koogallery.instances.lifecycle import Outcome
from koogallery.messages.licenses import GetLicense
from koogallery.result_codes import SUCCESS
from koogallery.services import Services
from koogallery.use_cases.new_instance import instance_id_of, order_facts

_MACHINE_CODE = "identificationCode"
_UNREADABLE = "raw"


def get_license(services: Services, call: Call) -> Answer:
    """At most three writes; none for an order whose licence was asked for."""
    message: GetLicense = call.message
    instance_id = instance_id_of(services.state, message)
    order = (message.order_id, message.order_line_id)

    def transition(before: Instance | None) -> Outcome:
        facts = None
        if before is None or not before.licensed:
            facts = order_facts(services, call, instance_id, machine_code(call.facts.get("extend_params", ())))
        return lifecycle.get_license(before, instance_id, order, call.request, facts)

    outcome = change_instance(services.state, instance_id, transition, now=call.request.now)
    members = {"instanceId": instance_id, "license": ""}
    if outcome.result_code == SUCCESS and outcome.instance is not None:
        members["license"] = services.sealer.open(outcome.instance.license, instance_id)
    return Answer(outcome.result_code, outcome.message, members)


def machine_code(params: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """What the buyer typed, several codes in one text perhaps; else the first parameter (old guide, getLicense)."""
    named = [param["value"] for param in params if param["name"] == _MACHINE_CODE]
    first = [param["value"] for param in params[:1] if param["name"] != _UNREADABLE]
    found = named or first
    return {"identification_code": found[0]} if found else {}
