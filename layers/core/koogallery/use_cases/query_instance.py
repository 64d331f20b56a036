"""queryInstance: access data and usage from the state, two reads for a hundred instances."""

from __future__ import annotations

from typing import Any

from koogallery.answers import Answer
from koogallery.callback import Call
from koogallery.instance_store import load_instances
from koogallery.instances.instance import RELEASED, Instance
from koogallery.instances.lifecycle import CREATED
from koogallery.messages.callbacks import QueryInstance
from koogallery.result_codes import INTERNAL_ERROR, NOT_FOUND, PROCESSING, SUCCESS
from koogallery.services import Services
from koogallery.use_cases.access_data import open_access

METERED_MODES = ("ON_DEMAND", "ON_DEMAND_PKG")


def query_instance(services: Services, call: Call) -> Answer:
    """Unknown → 000003, still provisioning → 000004 without info, given up → 000005, else the known ones that are open.

    Source: SaaS guide V2.0, queryInstance; the codes are concluded.
    """
    message: QueryInstance = call.message
    found = load_instances(services.state, dict.fromkeys(message.instance_id))
    alive = [instance for instance in found.values() if instance.status != RELEASED]
    if not alive:
        return Answer(NOT_FOUND, "the instance does not exist")
    opened = [instance for instance in alive if instance.activated_at]
    if not opened:
        if all(_is_given_up(instance) for instance in alive):
            return Answer(INTERNAL_ERROR, "provisioning failed")
        return Answer(PROCESSING, "provisioning")
    usage: dict[str, list[dict[str, Any]]] = {}
    metered = [instance for instance in opened if instance.charging_mode in METERED_MODES]
    if metered:
        # Imported here: most queries are about instances without usage, and a cold start pays for every import.
        from koogallery.use_cases.usage_info import usage_info

        usage = usage_info(services, metered, call.request.now)
    info = []
    for instance in opened:
        entry: dict[str, Any] = {"instanceId": instance.instance_id}
        if instance.access:  # A licence product has none.
            entry["appInfo"] = open_access(services, instance)
        if instance.instance_id in usage:
            entry["usageInfo"] = usage[instance.instance_id]
        info.append(entry)
    return Answer(SUCCESS, "success", {"info": info})


def _is_given_up(instance: Instance) -> bool:
    """Does the seller's product not know of it, since the event could not be delivered for three days?"""
    return any(event.type == CREATED for event in instance.dead_letters)
