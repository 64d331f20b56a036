"""What may happen to a sold instance or authorization code, by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from koogallery_simulator.caller import Attempt
from koogallery_simulator.documents import Fields
from koogallery_simulator.errors import BadRequest
from koogallery_simulator.license_shops import LicenseShopC
from koogallery_simulator.selling import NotAccepted, Selling
from koogallery_simulator.shops import Shops
from koogallery_simulator.times import parse_order_time

# event -> what it does, for help texts; a guide that has no such call refuses it
EVENTS = {
    "renew": "renewal order, refreshInstance, refreshLicense or refreshLicenseCode; unfreezes a frozen one",
    "cancel-renewal": "refreshInstance UNSUBSCRIBE_RENEWAL_PERIOD (1.0: with a negative amount) to --expire",
    "convert-trial": "refreshInstance TRIAL_TO_FORMAL to --product",
    "change-on-renewal": "changeInstanceCheck, refreshInstance RENEWAL_CHANGE to --product",
    "upgrade": "CHANGE order, upgradeInstance or upgrade to --product",
    "freeze": "updateInstanceStatus, instanceStatus or updateLicenseCodeStatus FREEZE",
    "unfreeze": "the same with UNFREEZE or NORMAL",
    "expire": "expireInstance or expireLicense of the 1.0 guides",
    "release": "releaseInstance, releaseLicense or releaseLicenseCode after expiry",
    "unsubscribe": "unsubscription order, then the release",
    "query": "queryInstance once",
    "apply-license": "getLicenseAsync for a device; the licence is then uploaded by the seller",
}
_PLAIN = ("renew", "freeze", "unfreeze", "expire", "release", "unsubscribe", "query")
_TO_PRODUCT = ("convert-trial", "change-on-renewal", "upgrade")


def live(shops: Shops, fields: Fields) -> Attempt:
    """Carry the event out, with the guide's retries; the last attempt, accepted or not."""
    event, instance_id = fields.text("event"), fields.text("instance_id")
    shop = shops.of_instance(instance_id)
    if event not in EVENTS:
        raise BadRequest(f"no event {event[:64]!r}; there are: {', '.join(EVENTS)}")
    product, expire = fields.optional_text("product"), fields.optional_text("expire")
    fields.done()
    try:
        return _carry_out(shop, event, instance_id, product, expire)
    except NotAccepted as exc:
        return exc.attempt


def _carry_out(shop: Selling, event: str, instance_id: str, product: str | None, expire: str | None) -> Attempt:
    if event in _PLAIN:
        return cast("Callable[[str], Attempt]", _method(shop, event))(instance_id)
    if event == "cancel-renewal":
        moment = parse_order_time(expire)
        if moment is None:
            raise BadRequest("expire must be yyyyMMddHHmmss")
        return cast("Callable[[str, object], Attempt]", _method(shop, event))(instance_id, moment)
    if event == "apply-license":
        return _apply(shop, instance_id)
    if product is None:
        raise BadRequest(f"{event} needs a product, by its name in the catalogue")
    return cast("Callable[[str, str], Attempt]", _method(shop, event))(instance_id, product)


def _method(shop: Selling, event: str) -> object:
    found = getattr(shop, event.replace("-", "_"), None)
    if found is None:
        raise BadRequest(f"{shop.interface.value} has no {event}")
    return found


def _apply(shop: Selling, instance_id: str) -> Attempt:
    if not isinstance(shop, LicenseShopC):
        raise BadRequest(f"{shop.interface.value} has no apply-license")
    shop.apply(instance_id, fingerprint="00-00-5E-00-53-01|disk-0001|board-0001|cpu-0001")
    return shop.caller.attempts[-1]
