"""What a successful callback means to the marketplace itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from koogallery_simulator.catalogue import Interface
from koogallery_simulator.dialects import license_a, license_b, saas_v1, saas_v2
from koogallery_simulator.dialects.base import Callback
from koogallery_simulator.license_codes import LicenseCode
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
    if callback.line is None or not isinstance(instance_id, str):
        return
    instance = marketplace.open_instance(callback.line, instance_id)
    # Only SaaS 2.0 asks later, by queryInstance, whether the instance is there.
    if callback.line.product.interface is not Interface.SAAS_2:
        marketplace.set_ready(instance.instance_id)


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
    status = callback.members.get("status", callback.members.get("instanceStatus"))
    if instance_id is not None:
        marketplace.set_frozen(instance_id, status == saas_v2.FREEZE)


def _expired(marketplace: Marketplace, callback: Callback, answer: Document) -> None:
    instance_id = _instance_id(marketplace, callback)
    if instance_id is not None:
        marketplace.set_frozen(instance_id, True)


def _released(marketplace: Marketplace, callback: Callback, answer: Document) -> None:
    instance_id = _instance_id(marketplace, callback)
    if instance_id is not None:
        marketplace.close_instance(instance_id)


def _upgraded(marketplace: Marketplace, callback: Callback, answer: Document) -> None:
    instance_id = _instance_id(marketplace, callback)
    if instance_id is not None and callback.line is not None:
        marketplace.set_product(instance_id, callback.line.product)


def _code(marketplace: Marketplace, callback: Callback) -> LicenseCode | None:
    return marketplace.license_codes.find(callback.members.get("license"))


def _code_refreshed(marketplace: Marketplace, callback: Callback, answer: Document) -> None:
    code, expire_time = _code(marketplace, callback), parse_order_time(callback.members.get("expireTime"))
    if code is not None and expire_time is not None:
        code.expire_time = expire_time


def _code_status_changed(marketplace: Marketplace, callback: Callback, answer: Document) -> None:
    code = _code(marketplace, callback)
    if code is not None:
        code.frozen = callback.members.get("status") == license_b.FREEZE


def _code_released(marketplace: Marketplace, callback: Callback, answer: Document) -> None:
    code = _code(marketplace, callback)
    if code is not None:
        code.released = True


# Activities have one meaning in every dialect: an instance opened by one guide lives by its words only.
_EFFECTS: dict[str, Callable[[Marketplace, Callback, Document], None]] = {
    saas_v2.NEW_INSTANCE: _opened,
    saas_v2.QUERY_INSTANCE: _ready,
    saas_v2.REFRESH_INSTANCE: _refreshed,
    saas_v2.UPDATE_INSTANCE_STATUS: _status_changed,
    saas_v2.RELEASE_INSTANCE: _released,
    saas_v2.UPGRADE_INSTANCE: _upgraded,
    saas_v1.EXPIRE_INSTANCE: _expired,
    saas_v1.INSTANCE_STATUS: _status_changed,
    saas_v1.UPGRADE: _upgraded,
    license_a.GET_LICENSE: _opened,
    license_a.REFRESH_LICENSE: _refreshed,
    license_a.EXPIRE_LICENSE: _expired,
    license_a.RELEASE_LICENSE: _released,
    license_b.REFRESH_LICENSE_CODE: _code_refreshed,
    license_b.UPDATE_LICENSE_CODE_STATUS: _code_status_changed,
    license_b.RELEASE_LICENSE_CODE: _code_released,
}
