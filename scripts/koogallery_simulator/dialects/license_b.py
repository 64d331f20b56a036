"""The authorization code guide (licence 2.0): the marketplace makes the codes, and tells what becomes of each.

Activation, query and usage of a code are calls of the seller: ``license_endpoints``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from koogallery_simulator.dialects.base import Addresses, Answer, Callback, InstanceLookup, OutgoingRequest, Problem
from koogallery_simulator.dialects.saas_v2 import ABOUT_AN_INSTANCE
from koogallery_simulator.dialects.v2_wire import signed_post
from koogallery_simulator.orders import OrderLine
from koogallery_simulator.retry import TWO_MINUTES, Policies
from koogallery_simulator.settings import Keys
from koogallery_simulator.times import order_time

REFRESH_LICENSE_CODE = "refreshLicenseCode"
UPDATE_LICENSE_CODE_STATUS = "updateLicenseCodeStatus"
RELEASE_LICENSE_CODE = "releaseLicenseCode"
ACTIVITIES = (REFRESH_LICENSE_CODE, UPDATE_LICENSE_CODE_STATUS, RELEASE_LICENSE_CODE)
RENEWAL = "RENEWAL"
UNSUBSCRIBE_RENEWAL_PERIOD = "UNSUBSCRIBE_RENEWAL_PERIOD"
FREEZE = "FREEZE"
UNFREEZE = "UNFREEZE"
SUCCESS = "000000"

# "60 times, every 2 minutes, then manual restart"
GUIDE: Policies = dict.fromkeys(ACTIVITIES, TWO_MINUTES)


def refresh_license_code(
    code: str, line: OrderLine, expire_time: datetime, scene: str = RENEWAL, *, test: bool = False
) -> Callback:
    """A new expiry for a code, by a new order."""
    members = {
        "scene": scene,
        "orderId": line.order_id,
        "orderLineId": line.order_line_id,
        "license": code,
        "productId": line.product.product_id,
        "expireTime": order_time(expire_time),
    }
    return Callback(REFRESH_LICENSE_CODE, members, test, line)


def update_license_code_status(code: str, status: str, *, test: bool = False) -> Callback:
    """FREEZE when it expired beyond the grace period, UNFREEZE when it was renewed."""
    return Callback(UPDATE_LICENSE_CODE_STATUS, {"license": code, "status": status}, test)


def release_license_code(code: str, line: OrderLine | None = None, *, test: bool = False) -> Callback:
    """The end; ``line`` when an unsubscription order caused it."""
    order = {"orderId": line.order_id, "orderLineId": line.order_line_id} if line else {}
    return Callback(RELEASE_LICENSE_CODE, {"license": code, **order}, test, line)


class LicenseB:
    """Licence guide B, signed with the licence key."""

    name = "license-b"
    policies = GUIDE
    read_only: frozenset[str] = frozenset()
    refunded: frozenset[str] = frozenset()

    def request(self, callback: Callback, keys: Keys, addresses: Addresses, now: datetime) -> OutgoingRequest:
        """As 2.0 callbacks travel."""
        message = {"activity": callback.activity, **callback.members}
        message.setdefault("testFlag", "1" if callback.test else None)
        return signed_post(addresses.production, keys.current("license"), message, now)

    def accepted(self, callback: Callback, code: str) -> bool:
        """Only 000000."""
        return code == SUCCESS

    def documented_codes(self, activity: str) -> frozenset[str] | None:
        """000003: the code does not exist."""
        return ABOUT_AN_INSTANCE if activity in ACTIVITIES else None

    def lasting(self, callback: Callback) -> Mapping[str, str]:
        """Answers carry nothing but the result."""
        return {}

    def form_problems(self, answer: Answer, keys: Keys) -> Iterator[Problem]:
        """2.0 answers carry no signature."""
        return iter(())

    def problems(self, callback: Callback, answer: Mapping[str, object], known: InstanceLookup) -> Iterator[Problem]:
        """Answers carry nothing but the result."""
        return iter(())
