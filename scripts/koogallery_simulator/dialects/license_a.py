"""The old licence guide ("1.0"): GET like SaaS 1.0; the seller makes the licence and answers with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from koogallery_simulator.dialects.base import Callback, InstanceLookup, Problem
from koogallery_simulator.dialects.saas_v1 import of_purchase
from koogallery_simulator.dialects.saas_v2_answers import new_instance_problems
from koogallery_simulator.dialects.v1_wire import COMMON, SUCCESS, V1Dialect, text_of
from koogallery_simulator.orders import Customer, OrderLine
from koogallery_simulator.retry import HOURLY, ONCE, ONE_HOUR, Policies
from koogallery_simulator.times import order_time

GET_LICENSE = "getLicense"
REFRESH_LICENSE = "refreshLicense"
EXPIRE_LICENSE = "expireLicense"
RELEASE_LICENSE = "releaseLicense"
ACTIVITIES = (GET_LICENSE, REFRESH_LICENSE, EXPIRE_LICENSE, RELEASE_LICENSE)
MACHINE_CODE = "identificationCode"
LONGEST_LICENSE = 1024
_ABOUT_AN_INSTANCE = COMMON | {"000003"}

# Old licence guide; the expiry call by analogy with SaaS 1.0
GUIDE: Policies = {
    GET_LICENSE: HOURLY,
    REFRESH_LICENSE: ONCE,
    EXPIRE_LICENSE: ONE_HOUR,
    RELEASE_LICENSE: ONCE,
}


def get_license(line: OrderLine, customer: Customer, *, test: bool = False) -> Callback:
    """An order was paid: the seller makes the licence. The machine code is an extension parameter of the line."""
    return Callback(GET_LICENSE, of_purchase(line, customer), test, line)


def refresh_license(instance_id: str, line: OrderLine, expire_time: datetime, *, test: bool = False) -> Callback:
    """A renewal order: a new expiry for the same licence."""
    members: dict[str, object] = {
        "orderId": line.order_id,
        "instanceId": instance_id,
        "productId": line.product.product_id,
        "expireTime": order_time(expire_time),
        "periodType": line.product.period_type,
        "periodNumber": line.product.period_number,
    }
    return Callback(REFRESH_LICENSE, text_of(members), test, line)


def expire_license(instance_id: str, order_id: str | None = None, *, test: bool = False) -> Callback:
    """The period is over."""
    return Callback(EXPIRE_LICENSE, text_of({"instanceId": instance_id, "orderId": order_id}), test)


def release_license(instance_id: str, order_id: str, *, test: bool = False) -> Callback:
    """The end; ``order_id`` of the purchase."""
    return Callback(RELEASE_LICENSE, {"instanceId": instance_id, "orderId": order_id}, test)


class LicenseA(V1Dialect):
    """Licence guide A. A failed order is not refunded: it waits for a person."""

    name = "license-a"
    policies = GUIDE
    read_only: frozenset[str] = frozenset()
    refunded: frozenset[str] = frozenset()
    creating = GET_LICENSE

    def documented_codes(self, activity: str) -> frozenset[str] | None:
        """Taken to be those of SaaS 1.0."""
        if activity not in ACTIVITIES:
            return None
        return COMMON if activity == GET_LICENSE else _ABOUT_AN_INSTANCE

    def lasting(self, callback: Callback) -> Mapping[str, str]:
        """The same order gets the same licence and instance."""
        if callback.activity != GET_LICENSE or callback.test:
            return {}
        order = f"order {callback.members.get('orderId')}, product {callback.members.get('productId')}"
        return {"instanceId": order, "license": order}

    def problems(self, callback: Callback, answer: Mapping[str, object], known: InstanceLookup) -> Iterator[Problem]:
        """getLicense answers with a licence and an instance."""
        if callback.activity != GET_LICENSE or answer.get("resultCode") != SUCCESS:
            return
        yield from new_instance_problems(answer)
        licence = answer.get("license")
        if not isinstance(licence, str) or not 0 < len(licence) <= LONGEST_LICENSE:
            yield "license", "000000 without a license of 1 to 1024 characters"
