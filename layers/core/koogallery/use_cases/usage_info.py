"""usageInfo of queryInstance: what the buyer is shown of the usage (SaaS guide V2.0, queryInstance)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from koogallery import times
from koogallery.instances.instance import Instance
from koogallery.ledger.quantity import PLACES, ZERO, add
from koogallery.ledger.sums import Sums, read_used
from koogallery.marketplace.hosts import usage_info_in_query
from koogallery.services import Services
from koogallery.settings import Settings
from koogallery.slots import meter_key


def usage_info(services: Services, instances: Sequence[Instance], now: datetime) -> dict[str, list[dict[str, Any]]]:
    """Entries by instance id; empty where the site does not take them. One read for all meters."""
    if not _is_shown(services.settings):
        return {}
    wanted = {id_ for instance in instances for id_ in (instance.instance_id, *instance.metered_instances)}
    items = services.state.get_many([meter_key(id_) for id_ in sorted(wanted)])
    used = {key.sort: read_used(item.document) for key, item in items.items()}
    at = times.wire_millis(now)
    return {
        instance.instance_id: [{**entry, "statisticalTime": at} for entry in _entries(instance, used)]
        for instance in instances
    }


def _is_shown(settings: Settings) -> bool:
    if settings.query_usage_info:
        return settings.query_usage_info == "on"
    return usage_info_in_query(settings.require("MARKETPLACE_ENDPOINT"))


def _entries(instance: Instance, used: Mapping[str, Sums]) -> list[dict[str, Any]]:
    """Pay-per-use: the cumulative total; package: what was used of it, for each instance it serves."""
    if instance.charging_mode == "ON_DEMAND":
        return [{"usageValue": _shown(add(*used.get(instance.instance_id, {}).values()))}]
    entries = [
        {"relatedInstanceId": metered, "usageValue": _shown(used.get(metered, {}).get(instance.instance_id, ZERO))}
        for metered in instance.metered_instances
    ]
    return entries or [{"usageValue": _shown(ZERO)}]


def _shown(quantity: Decimal) -> float:
    """A JSON number with at most 4 places (Double(12,4)); shown to the buyer, never billed from."""
    return float(quantity.quantize(PLACES))
