"""Online licence opening (client software guide): callbacks like SaaS 2.0, and getLicenseAsync.

The licence itself is uploaded by the seller afterwards: ``license_upload``.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Literal

from koogallery_simulator.dialects.base import Addresses, Answer, Callback, InstanceLookup, OutgoingRequest, Problem
from koogallery_simulator.dialects.saas_v2 import (
    ABOUT_AN_INSTANCE,
    CREATING,
    NEW_INSTANCE,
    PENDING,
    REFRESH_INSTANCE,
    RELEASE_INSTANCE,
    SUCCESS,
    UPDATE_INSTANCE_STATUS,
)
from koogallery_simulator.dialects.saas_v2_answers import new_instance_problems
from koogallery_simulator.dialects.v2_wire import signed_post
from koogallery_simulator.retry import TWO_MINUTES, Policies
from koogallery_simulator.settings import Keys
from koogallery_simulator.times import order_time, spelled_time

GET_LICENSE_ASYNC = "getLicenseAsync"
ACTIVITIES = (NEW_INSTANCE, REFRESH_INSTANCE, UPDATE_INSTANCE_STATUS, RELEASE_INSTANCE, GET_LICENSE_ASYNC)
_MAY_BE_PENDING = frozenset({NEW_INSTANCE, GET_LICENSE_ASYNC})
_OF_LICENSES = frozenset({"000900", "000901", "000902", "000903"})

# "2 h, every 2 minutes": create, update, update status
GUIDE: Policies = dict.fromkeys((NEW_INSTANCE, REFRESH_INSTANCE, UPDATE_INSTANCE_STATUS), TWO_MINUTES)


def get_license_async(
    instance_id: str,
    event_id: str,
    effective_time: datetime,
    expire_time: datetime | None = None,
    *,
    fingerprint: str | None = None,
    test: bool = False,
) -> Callback:
    """A buyer applies for a licence; ``fingerprint`` of his device. The times are in the guide's two forms."""
    members: dict[str, object] = {
        "instanceId": instance_id,
        "eventId": event_id,
        "effectiveTime": spelled_time(effective_time),
        "expireTime": order_time(expire_time) if expire_time else None,
        "deviceFingerprint": fingerprint,
    }
    kept = {name: value for name, value in members.items() if value is not None}
    return Callback(GET_LICENSE_ASYNC, kept, test)


class LicenseC:
    """Licence guide C. ``key``: which class signs is not stated, so it can be the licence key or the basic one."""

    name = "license-c"
    policies = GUIDE
    read_only: frozenset[str] = frozenset()
    refunded: frozenset[str] = frozenset()

    def __init__(self, key: Literal["license", "access"] = "license") -> None:
        self._key = key

    def request(self, callback: Callback, keys: Keys, addresses: Addresses, now: datetime) -> OutgoingRequest:
        """As 2.0 callbacks travel."""
        message = {"activity": callback.activity, **callback.members}
        if callback.activity == NEW_INSTANCE:
            message.setdefault("businessId", str(uuid.uuid4()))
        message.setdefault("testFlag", "1" if callback.test else None)
        return signed_post(addresses.production, keys.current(self._key), message, now)

    def accepted(self, callback: Callback, code: str) -> bool:
        """000000; 000004 too where the rest follows later."""
        return code == SUCCESS or (code == PENDING and callback.activity in _MAY_BE_PENDING and not callback.test)

    def documented_codes(self, activity: str) -> frozenset[str] | None:
        """Result code table of the guide."""
        if activity not in ACTIVITIES:
            return None
        if activity == GET_LICENSE_ASYNC:
            return ABOUT_AN_INSTANCE | _OF_LICENSES
        return CREATING if activity == NEW_INSTANCE else ABOUT_AN_INSTANCE

    def lasting(self, callback: Callback) -> Mapping[str, str]:
        """An order line keeps its instance."""
        if callback.activity != NEW_INSTANCE or callback.test:
            return {}
        return {"instanceId": f"order line {callback.members.get('orderLineId')}"}

    def form_problems(self, answer: Answer, keys: Keys) -> Iterator[Problem]:
        """2.0 answers carry no signature."""
        return iter(())

    def problems(self, callback: Callback, answer: Mapping[str, object], known: InstanceLookup) -> Iterator[Problem]:
        """newInstance answers with an instance."""
        if callback.activity == NEW_INSTANCE and answer.get("resultCode") in (SUCCESS, PENDING):
            yield from new_instance_problems(answer)
