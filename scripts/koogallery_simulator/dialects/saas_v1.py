"""SaaS access guide V1.0: its callbacks by GET, and their documented result codes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from koogallery_simulator.assumptions import (
    V1_CHARGING_MODES,
    V1_PROVISION_TYPE,
    V1_TRIAL_TO_ON_DEMAND,
    V1_TRIAL_TO_PERIOD,
)
from koogallery_simulator.catalogue import ChargingMode
from koogallery_simulator.dialects.base import Callback, InstanceLookup, Problem
from koogallery_simulator.dialects.saas_v1_answers import new_instance_problems, query_instance_problems
from koogallery_simulator.dialects.v1_wire import COMMON, SUCCESS, V1Dialect, extend_params, text_of
from koogallery_simulator.orders import Customer, OrderLine
from koogallery_simulator.retry import HOURLY, ONE_HOUR, Policies
from koogallery_simulator.times import order_time

NEW_INSTANCE = "newInstance"
REFRESH_INSTANCE = "refreshInstance"
EXPIRE_INSTANCE = "expireInstance"
RELEASE_INSTANCE = "releaseInstance"
UPGRADE = "upgrade"
INSTANCE_STATUS = "instanceStatus"
QUERY_INSTANCE = "queryInstance"
ACTIVITIES = (
    NEW_INSTANCE,
    REFRESH_INSTANCE,
    EXPIRE_INSTANCE,
    RELEASE_INSTANCE,
    UPGRADE,
    INSTANCE_STATUS,
    QUERY_INSTANCE,
)
FREEZE = "FREEZE"
NORMAL = "NORMAL"
ORDER_AMOUNT = "100"

_CREATING = COMMON | {"000100", "000101", "000102", "000103", "000104", "000105", "000106", "000107"}
_ABOUT_AN_INSTANCE = COMMON | {"000003"}

# SaaS guide V1.0, callback pages; instanceStatus and queryInstance have no rule
GUIDE: Policies = {
    NEW_INSTANCE: HOURLY,
    UPGRADE: HOURLY,
    REFRESH_INSTANCE: ONE_HOUR,
    EXPIRE_INSTANCE: ONE_HOUR,
    RELEASE_INSTANCE: ONE_HOUR,
}


# ------------------------------------------------------------------------------------------------------ the messages
def of_purchase(line: OrderLine, customer: Customer) -> dict[str, object]:
    """What newInstance and getLicense tell of a paid order line."""
    product = line.product
    return text_of(
        {
            "customerId": customer.customer_id,
            "customerName": customer.name,
            "orderId": line.order_id,
            "skuCode": product.sku_code,
            "productId": product.product_id,
            "trialFlag": "1" if product.trial else None,
            "expireTime": order_time(line.expire_time) if line.expire_time else None,
            "chargingMode": V1_CHARGING_MODES.get(line.mode.value),
            "saasExtendParams": extend_params(line.extend_params) if line.extend_params else None,
            "amount": line.linear_value,
            "periodType": product.period_type,
            "periodNumber": product.period_number,
            "provisionType": V1_PROVISION_TYPE,
        }
    )


def new_instance(line: OrderLine, customer: Customer, *, test: bool = False) -> Callback:
    """An order was paid: one call for each of its products. Phone and mail travel encrypted."""
    members = {
        **of_purchase(line, customer),
        "mobilePhone": customer.mobile_phone or None,
        "email": customer.email,
        "orderAmount": ORDER_AMOUNT,
    }
    return Callback(NEW_INSTANCE, text_of(members), test, line)


def refresh_instance(
    instance_id: str,
    line: OrderLine,
    expire_time: datetime,
    *,
    order_amount: str = ORDER_AMOUNT,
    trial_to_formal: bool = False,
    test: bool = False,
) -> Callback:
    """A new expiry by a new order; a cancelled renewal has a negative ``order_amount``."""
    members: dict[str, object] = {
        "orderId": line.order_id,
        "instanceId": instance_id,
        "productId": line.product.product_id,
        "expireTime": order_time(expire_time),
        "periodType": line.product.period_type,
        "periodNumber": line.product.period_number,
        "orderAmount": order_amount,
    }
    if trial_to_formal:
        by_use = line.mode is ChargingMode.ON_DEMAND
        members["trialToFormal"] = V1_TRIAL_TO_ON_DEMAND if by_use else V1_TRIAL_TO_PERIOD
    return Callback(REFRESH_INSTANCE, text_of(members), test, line)


def expire_instance(instance_id: str, order_id: str | None = None, *, test: bool = False) -> Callback:
    """The period is over; ``order_id`` of the subscription (the printed example leaves it out)."""
    return Callback(EXPIRE_INSTANCE, text_of({"instanceId": instance_id, "orderId": order_id}), test)


def release_instance(instance_id: str, order_id: str | None = None, *, test: bool = False) -> Callback:
    """The end; ``order_id`` of the subscription."""
    return Callback(RELEASE_INSTANCE, text_of({"instanceId": instance_id, "orderId": order_id}), test)


def upgrade(instance_id: str, line: OrderLine, *, test: bool = False) -> Callback:
    """Specification up or capacity out; ``amount`` is the target total."""
    members = {
        "instanceId": instance_id,
        "orderId": line.order_id,
        "skuCode": line.product.sku_code,
        "productId": line.product.product_id,
        "amount": line.linear_value,
        "saasExtendParams": extend_params(line.extend_params) if line.extend_params else None,
    }
    return Callback(UPGRADE, text_of(members), test, line)


def instance_status(instance_id: str, status: str, *, test: bool = False) -> Callback:
    """FREEZE or NORMAL."""
    return Callback(INSTANCE_STATUS, {"instanceId": instance_id, "instanceStatus": status}, test)


def query_instance(*instance_ids: str, test: bool = False) -> Callback:
    """Access data and usage of up to 100 instances."""
    return Callback(QUERY_INSTANCE, {"instanceId": ",".join(instance_ids)}, test)


# ------------------------------------------------------------------------------------------------------- the dialect
class SaasV1(V1Dialect):
    """SaaS 1.0."""

    name = "saas-1"
    policies = GUIDE
    read_only = frozenset({QUERY_INSTANCE})
    refunded = frozenset({NEW_INSTANCE})

    def documented_codes(self, activity: str) -> frozenset[str] | None:
        """Result code table of the guide."""
        if activity not in ACTIVITIES:
            return None
        return _CREATING if activity == NEW_INSTANCE else _ABOUT_AN_INSTANCE

    def lasting(self, callback: Callback) -> Mapping[str, str]:
        """An order keeps one instance for each of its products."""
        if callback.activity != NEW_INSTANCE or callback.test:
            return {}
        return {"instanceId": f"order {callback.members.get('orderId')}, product {callback.members.get('productId')}"}

    def problems(self, callback: Callback, answer: Mapping[str, object], known: InstanceLookup) -> Iterator[Problem]:
        """The field tables, and whether the encrypted fields can be read."""
        if answer.get("resultCode") != SUCCESS:
            return
        key = known.keys.current("v1")
        if callback.activity == NEW_INSTANCE:
            yield from new_instance_problems(callback, answer, key)
        elif callback.activity == QUERY_INSTANCE:
            yield from query_instance_problems(callback, answer, known, key)
