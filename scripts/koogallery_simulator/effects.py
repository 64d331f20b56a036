"""What a successful callback means to the marketplace itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from koogallery_simulator.dialects import saas_v2
from koogallery_simulator.dialects.base import Callback
from koogallery_simulator.marketplace import Marketplace
from koogallery_simulator.times import parse_order_time

Document = Mapping[str, object]


def apply(marketplace: Marketplace, callback: Callback, answer: Document) -> None:
    """Book the outcome of an accepted real call; calls about things not sold here leave no trace."""
    effect = _EFFECTS.get(callback.activity)
    if effect is not None and not callback.test:
        effect(marketplace, callback, answer)


def _instance_id(marketplace: Marketplace, callback: Callback) -> str | None:
    instance_id = str(callback.members.get("instanceId", ""))
    return instance_id if marketplace.find_instance(instance_id) else None


def _opened(marketplace: Marketplace, callback: Callback, answer: Document) -> None:
    instance_id = answer.get("instanceId")
    if callback.line is not None and isinstance(instance_id, str):
        marketplace.open_instance(callback.line, instance_id)


def _ready(marketplace: Marketplace, callback: Callback, answer: Document) -> None:
    info = answer.get("info")
    for entry in info if isinstance(info, list) else []:
        instance_id = entry.get("instanceId") if isinstance(entry, dict) else None
        if isinstance(instance_id, str) and marketplace.find_instance(instance_id):
            marketplace.set_ready(instance_id)


def _refreshed(marketplace: Marketplace, callback: Callback, answer: Document) -> None:
    instance_id = _instance_id(marketplace, callback)
    expire_time = parse_order_time(callback.members.get("expireTime"))
    if instance_id is None or expire_time is None:
        return
    marketplace.set_expiry(instance_id, expire_time)
    if callback.line is not None and callback.members.get("scene") != saas_v2.UNSUBSCRIBE_RENEWAL_PERIOD:
        marketplace.set_product(instance_id, callback.line.product)


def _status_changed(marketplace: Marketplace, callback: Callback, answer: Document) -> None:
    instance_id = _instance_id(marketplace, callback)
    if instance_id is not None:
        marketplace.set_frozen(instance_id, callback.members.get("status") == saas_v2.FREEZE)


def _released(marketplace: Marketplace, callback: Callback, answer: Document) -> None:
    instance_id = _instance_id(marketplace, callback)
    if instance_id is not None:
        marketplace.close_instance(instance_id)


def _upgraded(marketplace: Marketplace, callback: Callback, answer: Document) -> None:
    instance_id = _instance_id(marketplace, callback)
    if instance_id is not None and callback.line is not None:
        marketplace.set_product(instance_id, callback.line.product)


_EFFECTS: dict[str, Callable[[Marketplace, Callback, Document], None]] = {
    saas_v2.NEW_INSTANCE: _opened,
    saas_v2.QUERY_INSTANCE: _ready,
    saas_v2.REFRESH_INSTANCE: _refreshed,
    saas_v2.UPDATE_INSTANCE_STATUS: _status_changed,
    saas_v2.RELEASE_INSTANCE: _released,
    saas_v2.UPGRADE_INSTANCE: _upgraded,
}
