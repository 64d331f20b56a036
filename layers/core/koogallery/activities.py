"""The marketplace's activities: which function serves each and which classes of keys sign it, by address.

A production address is registered per product, the order notification has an address of its own. The GET calls of
SaaS 1.0 and of the old licence guide have their tables in ``dialects.saas_v1`` and ``dialects.license_v1``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

BASIC = "MARKETPLACE_ACCESS_KEYS"
LICENSE = "MARKETPLACE_LICENSE_KEYS"
NOTIFY = "MARKETPLACE_NOTIFY_KEYS"


class Activity(NamedTuple):
    """``keys`` are the settings with the keys of the interface class; several are tried in turn."""

    function: str
    keys: tuple[str, ...]


Activities = Mapping[str, Activity]

_BASIC = (BASIC,)
_LICENSE = (LICENSE,)
_EITHER = (LICENSE, BASIC)
"""Which class signs the instance callbacks of a licence product is stated nowhere (*inferred*: either)."""

ACTIVITIES: Activities = {
    "newInstance": Activity("new_instance", _BASIC),
    "queryInstance": Activity("query_instance", _BASIC),
    "refreshInstance": Activity("refresh_instance", _BASIC),
    "updateInstanceStatus": Activity("update_instance_status", _BASIC),
    "releaseInstance": Activity("release_instance", _BASIC),
    "upgradeInstance": Activity("upgrade_instance", _BASIC),
    "changeInstanceCheck": Activity("upgrade_instance", _BASIC),
}
"""SaaS 2.0, at the production address of a SaaS product."""

NOTIFICATIONS: Activities = {"orderNotify": Activity("notify_order", (NOTIFY,))}
"""The general interface."""

LICENSE_ACTIVITIES: Activities = {
    "refreshLicenseCode": Activity("get_license", _LICENSE),
    "updateLicenseCodeStatus": Activity("get_license", _LICENSE),
    "releaseLicenseCode": Activity("get_license", _LICENSE),
    "getLicenseAsync": Activity("get_license", _EITHER),
    "newInstance": Activity("new_instance", _EITHER),
    "queryInstance": Activity("query_instance", _EITHER),
    "refreshInstance": Activity("refresh_instance", _EITHER),
    "updateInstanceStatus": Activity("update_instance_status", _EITHER),
    "releaseInstance": Activity("release_instance", _EITHER),
}
"""Authorization codes (the three ``…LicenseCode``) and online licence opening, at the address of a licence product."""
