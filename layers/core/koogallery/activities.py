"""The marketplace's activities: which function serves each and which class of keys signs it."""

from __future__ import annotations

from typing import NamedTuple


class Activity(NamedTuple):
    """``keys`` is the setting with the keys of the interface class."""

    function: str
    keys: str


BASIC = "MARKETPLACE_ACCESS_KEYS"

ACTIVITIES: dict[str, Activity] = {
    "newInstance": Activity("new_instance", BASIC),
    "queryInstance": Activity("query_instance", BASIC),
    "refreshInstance": Activity("refresh_instance", BASIC),
    "updateInstanceStatus": Activity("update_instance_status", BASIC),
    "releaseInstance": Activity("release_instance", BASIC),
    "upgradeInstance": Activity("upgrade_instance", BASIC),
    "changeInstanceCheck": Activity("upgrade_instance", BASIC),
}
