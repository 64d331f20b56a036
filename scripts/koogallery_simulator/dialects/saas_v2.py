"""SaaS access guide V2.0: the callbacks, their signature, and their documented result codes."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from koogallery_simulator.assumptions import NOTIFY_RETRY_EVERY
from koogallery_simulator.catalogue import Product
from koogallery_simulator.dialects.base import Addresses, Answer, Callback, InstanceLookup, OutgoingRequest, Problem
from koogallery_simulator.dialects.saas_v2_answers import new_instance_problems, query_instance_problems
from koogallery_simulator.dialects.v2_wire import signed_post
from koogallery_simulator.orders import OrderLine
from koogallery_simulator.retry import HOURLY, ONE_HOUR, TWO_MINUTES, Policies, RetryPolicy
from koogallery_simulator.settings import Keys
from koogallery_simulator.times import order_time

NEW_INSTANCE = "newInstance"
QUERY_INSTANCE = "queryInstance"
REFRESH_INSTANCE = "refreshInstance"
UPDATE_INSTANCE_STATUS = "updateInstanceStatus"
RELEASE_INSTANCE = "releaseInstance"
UPGRADE_INSTANCE = "upgradeInstance"
CHANGE_INSTANCE_CHECK = "changeInstanceCheck"
ORDER_NOTIFY = "orderNotify"
ACTIVITIES = (
    NEW_INSTANCE,
    QUERY_INSTANCE,
    REFRESH_INSTANCE,
    UPDATE_INSTANCE_STATUS,
    RELEASE_INSTANCE,
    UPGRADE_INSTANCE,
    CHANGE_INSTANCE_CHECK,
    ORDER_NOTIFY,
)
READ_ONLY = frozenset({QUERY_INSTANCE, CHANGE_INSTANCE_CHECK})

TRIAL_TO_FORMAL = "TRIAL_TO_FORMAL"
RENEWAL = "RENEWAL"
UNSUBSCRIBE_RENEWAL_PERIOD = "UNSUBSCRIBE_RENEWAL_PERIOD"
RENEWAL_CHANGE = "RENEWAL_CHANGE"
SCENES = (TRIAL_TO_FORMAL, RENEWAL, UNSUBSCRIBE_RENEWAL_PERIOD, RENEWAL_CHANGE)
FREEZE = "FREEZE"
UNFREEZE = "UNFREEZE"

SUCCESS = "000000"
PENDING = "000004"
COMMON = frozenset({SUCCESS, "000001", "000002", PENDING, "000005"})
ABOUT_AN_INSTANCE = COMMON | {"000003"}
CREATING = COMMON | {"000100", "000101", "000102", "000103", "000104", "000105", "000106", "000107"}

# SaaS guide V2.0, callback pages
GUIDE: Policies = {
    NEW_INSTANCE: HOURLY,
    REFRESH_INSTANCE: ONE_HOUR,
    UPDATE_INSTANCE_STATUS: ONE_HOUR,
    RELEASE_INSTANCE: ONE_HOUR,
    UPGRADE_INSTANCE: HOURLY,
    ORDER_NOTIFY: RetryPolicy(NOTIFY_RETRY_EVERY, timedelta(hours=3)),
}
# The licence guide's twin pages: every two minutes for two hours
LICENCE_TWIN: Policies = dict.fromkeys(GUIDE, TWO_MINUTES)


# ------------------------------------------------------------------------------------------------------ the messages
def new_instance(line: OrderLine, *, test: bool = False) -> Callback:
    """An order line was paid."""
    return Callback(NEW_INSTANCE, _of_line(line), test, line)


def query_instance(*instance_ids: str, test: bool = False) -> Callback:
    """Is it there, where, and what was used? Up to 100 ids."""
    return Callback(QUERY_INSTANCE, {"instanceId": ",".join(instance_ids)}, test)


def refresh_instance(
    instance_id: str,
    line: OrderLine,
    expire_time: datetime,
    scene: str = RENEWAL,
    *,
    product_id: str | None = None,
    test: bool = False,
) -> Callback:
    """A new expiry date; ``scene`` is one of SCENES."""
    members = {"instanceId": instance_id, "scene": scene, "expireTime": order_time(expire_time), **_of_line(line)}
    if product_id is not None:
        members["productId"] = product_id
    return Callback(REFRESH_INSTANCE, members, test, line)


def update_instance_status(instance_id: str, status: str, *, test: bool = False) -> Callback:
    """FREEZE or UNFREEZE."""
    return Callback(UPDATE_INSTANCE_STATUS, {"instanceId": instance_id, "status": status}, test)


def release_instance(instance_id: str, line: OrderLine | None = None, *, test: bool = False) -> Callback:
    """The end; ``line`` only when an unsubscription order caused it."""
    return Callback(RELEASE_INSTANCE, {"instanceId": instance_id, **(_of_line(line) if line else {})}, test, line)


def upgrade_instance(instance_id: str, line: OrderLine, *, test: bool = False) -> Callback:
    """Specification up or capacity out, by a CHANGE order."""
    return Callback(UPGRADE_INSTANCE, {"instanceId": instance_id, **_of_line(line)}, test, line)


def change_instance_check(
    instance_id: str, product: Product, linear_value: int | None = None, *, test: bool = False
) -> Callback:
    """May this renewal change happen? The members of productInfo are not published: the likely ones are sent."""
    info: dict[str, object] = {"productId": product.product_id, "skuCode": product.sku_code}
    if linear_value is not None:
        info["linearValue"] = linear_value
    return Callback(CHANGE_INSTANCE_CHECK, {"instanceId": instance_id, "productInfo": info}, test)


def order_notify(line: OrderLine, *, test: bool = False) -> Callback:
    """General interface: there is an order to query."""
    return Callback(ORDER_NOTIFY, _of_line(line), test, line)


def _of_line(line: OrderLine) -> dict[str, str]:
    return {"orderId": line.order_id, "orderLineId": line.order_line_id}


# ------------------------------------------------------------------------------------------------------- the dialect
class SaasV2:
    """``real_test_flag``: what real calls carry as testFlag; absent by default, "0" on the European site."""

    name = "saas-2"
    policies = GUIDE
    read_only = READ_ONLY
    refunded = frozenset({NEW_INSTANCE})

    def __init__(self, real_test_flag: str | None = None) -> None:
        self._real_test_flag = real_test_flag

    def request(self, callback: Callback, keys: Keys, addresses: Addresses, now: datetime) -> OutgoingRequest:
        """POST, JSON body, signature in the query; a fresh businessId, timestamp and nonce."""
        message = self._message(callback)
        if callback.activity == ORDER_NOTIFY:
            return signed_post(addresses.notify, keys.current("notify"), message, now, "utf-8")
        return signed_post(addresses.production, keys.current("access"), message, now)

    def _message(self, callback: Callback) -> dict[str, object]:
        message: dict[str, object] = {"activity": callback.activity, **callback.members}
        if callback.activity == NEW_INSTANCE:
            message.setdefault("businessId", str(uuid.uuid4()))
        real = "0" if callback.activity == ORDER_NOTIFY else self._real_test_flag
        message.setdefault("testFlag", "1" if callback.test else real)
        return message

    def accepted(self, callback: Callback, code: str) -> bool:
        """000000; on a real newInstance also 000004, the asynchronous answer."""
        return code == SUCCESS or (code == PENDING and callback.activity == NEW_INSTANCE and not callback.test)

    def documented_codes(self, activity: str) -> frozenset[str] | None:
        """Result code table of the guide."""
        if activity not in ACTIVITIES:
            return None
        if activity == NEW_INSTANCE:
            return CREATING
        return COMMON if activity == ORDER_NOTIFY else ABOUT_AN_INSTANCE

    def lasting(self, callback: Callback) -> Mapping[str, str]:
        """An order line keeps its instance."""
        if callback.activity != NEW_INSTANCE or callback.test:
            return {}
        return {"instanceId": f"order line {callback.members.get('orderLineId')}"}

    def form_problems(self, answer: Answer, keys: Keys) -> Iterator[Problem]:
        """2.0 answers carry no signature."""
        return iter(())

    def problems(self, callback: Callback, answer: Mapping[str, object], known: InstanceLookup) -> Iterator[Problem]:
        """The fields the platform checks."""
        code = answer.get("resultCode")
        if callback.activity == NEW_INSTANCE and code in (SUCCESS, PENDING):
            yield from new_instance_problems(answer)
        elif callback.activity == QUERY_INSTANCE and code == SUCCESS:
            yield from query_instance_problems(callback, answer, known)
