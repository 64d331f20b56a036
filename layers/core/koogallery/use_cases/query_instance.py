"""queryInstance: access data and usage from the state, two reads for a hundred instances."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from koogallery import times
from koogallery.answers import Answer
from koogallery.callback import Call
from koogallery.instances.instance import RELEASED, Instance
from koogallery.ledger.meter import Meter
from koogallery.ledger.quantity import PLACES, ZERO
from koogallery.messages.callbacks import QueryInstance
from koogallery.result_codes import NOT_FOUND, PROCESSING, SUCCESS
from koogallery.services import Services
from koogallery.settings import Settings
from koogallery.slots import meter_key
from koogallery.stores import load_instances
from koogallery.use_cases.access_data import open_access

METERED_MODES = ("ON_DEMAND", "ON_DEMAND_PKG")


def query_instance(services: Services, call: Call) -> Answer:
    """Unknown → 000003, still provisioning → 000004 without info, else the known ones that are open."""
    message: QueryInstance = call.message
    found = load_instances(services.state, dict.fromkeys(message.instance_id))
    alive = [instance for instance in found.values() if instance.status != RELEASED]
    if not alive:
        return Answer(NOT_FOUND, "the instance does not exist")
    opened = [instance for instance in alive if instance.access]
    if not opened:
        return Answer(PROCESSING, "provisioning")
    meters = _meters(services, opened)
    info = [_info(services, instance, meters, call) for instance in opened]
    return Answer(SUCCESS, "success", {"info": info})


def _meters(services: Services, instances: Iterable[Instance]) -> Mapping[str, Meter]:
    wanted: set[str] = set()
    for instance in instances:
        if _shows_usage(instance, services.settings):
            wanted |= {instance.instance_id, *instance.metered_instances}
    items = services.state.get_many([meter_key(id_) for id_ in sorted(wanted)]) if wanted else {}
    return {key.sort: Meter.from_document(item.document) for key, item in items.items()}


def _info(services: Services, instance: Instance, meters: Mapping[str, Meter], call: Call) -> dict[str, Any]:
    info: dict[str, Any] = {"instanceId": instance.instance_id, "appInfo": open_access(services, instance)}
    if _shows_usage(instance, services.settings):
        at = times.wire_millis(call.request.now)
        info["usageInfo"] = [{**entry, "statisticalTime": at} for entry in _usage(instance, meters)]
    return info


def _shows_usage(instance: Instance, settings: Settings) -> bool:
    if instance.charging_mode not in METERED_MODES:
        return False
    if settings.query_usage_info:
        return settings.query_usage_info == "on"
    # Imported here: most queries are about instances without usage, and a cold start pays for every import.
    from koogallery.marketplace.hosts import usage_info_in_query

    return usage_info_in_query(settings.require("MARKETPLACE_ENDPOINT"))


def _usage(instance: Instance, meters: Mapping[str, Meter]) -> list[dict[str, Any]]:
    """Pay-per-use: the cumulative total; package: what was used of it, for each instance it serves."""
    if instance.charging_mode == "ON_DEMAND":
        meter = meters.get(instance.instance_id)
        return [{"usageValue": _shown(meter.total_used() if meter else ZERO)}]
    entries = []
    for metered in instance.metered_instances:
        meter = meters.get(metered)
        used = meter.used.get(instance.instance_id, ZERO) if meter else ZERO
        entries.append({"relatedInstanceId": metered, "usageValue": _shown(used)})
    return entries or [{"usageValue": _shown(ZERO)}]


def _shown(quantity: Decimal) -> float:
    """A JSON number with at most 4 places (Double(12,4)); shown to the buyer, never billed from."""
    return float(quantity.quantize(PLACES))
