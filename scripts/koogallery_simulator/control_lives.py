"""What may happen to a sold instance, by name."""

from __future__ import annotations

from collections.abc import Callable

from koogallery_simulator.caller import Attempt
from koogallery_simulator.documents import Fields
from koogallery_simulator.errors import BadRequest
from koogallery_simulator.shop import NotAccepted, Shop
from koogallery_simulator.times import parse_order_time

# event -> what it does, for help texts
EVENTS = {
    "renew": "renewal order, refreshInstance RENEWAL; unfreezes a frozen instance",
    "cancel-renewal": "refreshInstance UNSUBSCRIBE_RENEWAL_PERIOD to --expire",
    "convert-trial": "refreshInstance TRIAL_TO_FORMAL to --product",
    "change-on-renewal": "changeInstanceCheck, refreshInstance RENEWAL_CHANGE to --product",
    "upgrade": "CHANGE order, upgradeInstance to --product",
    "freeze": "updateInstanceStatus FREEZE",
    "unfreeze": "updateInstanceStatus UNFREEZE",
    "release": "releaseInstance after expiry",
    "unsubscribe": "unsubscription order, releaseInstance",
    "query": "queryInstance once",
}


def live(shop: Shop, fields: Fields) -> Attempt:
    """Carry the event out, with the guide's retries; the last attempt, accepted or not."""
    event, instance_id = fields.text("event"), fields.text("instance_id")
    shop.marketplace.instance(instance_id)
    if event not in EVENTS:
        raise BadRequest(f"no event {event[:64]!r}; there are: {', '.join(EVENTS)}")
    product, expire = fields.optional_text("product"), fields.optional_text("expire")
    fields.done()
    try:
        if event in _PLAIN:
            return _PLAIN[event](shop, instance_id)
        if event == "cancel-renewal":
            moment = parse_order_time(expire)
            if moment is None:
                raise BadRequest("expire must be yyyyMMddHHmmss")
            return shop.cancel_renewal(instance_id, moment)
        if product is None:
            raise BadRequest(f"{event} needs a product, by its name in the catalogue")
        return _TO_PRODUCT[event](shop, instance_id, product)
    except NotAccepted as exc:
        return exc.attempt


_PLAIN: dict[str, Callable[[Shop, str], Attempt]] = {
    "renew": Shop.renew,
    "freeze": Shop.freeze,
    "unfreeze": Shop.unfreeze,
    "release": Shop.release,
    "unsubscribe": Shop.unsubscribe,
    "query": Shop.query,
}
_TO_PRODUCT: dict[str, Callable[[Shop, str, str], Attempt]] = {
    "convert-trial": Shop.convert_trial,
    "change-on-renewal": Shop.change_on_renewal,
    "upgrade": Shop.upgrade,
}
