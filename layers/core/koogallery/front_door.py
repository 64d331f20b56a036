"""Which callback function serves a call: what the gateway's routes and policies would say, without a gateway.

For sellers whose gateway has no policy backends to spare. Nothing is verified here and nothing is decided about trust:
the function that is chosen verifies, and answers a call it does not serve as it always does.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final, Protocol

from koogallery.activities import ACTIVITIES, LICENSE_ACTIVITIES, NOTIFICATIONS
from koogallery.apig import BodyTooLarge, MalformedEvent, Request
from koogallery.dialects.choice import KIT_PATH, LICENSE_PATH, NOTIFY_PATH

DEFAULT: Final = "new_instance"
LICENSE_DEFAULT: Final = "get_license"
"""Default backends of the routes: they get what names no activity of their address, and whatever is garbled."""


class _Served(Protocol):
    """An activity that says which function serves it."""

    @property
    def function(self) -> str:
        """Name of the function."""


def function_of(event: object) -> str:
    """Name of the function for an APIG event, also for one that is none."""
    path = event.get("path") if isinstance(event, dict) else None
    path = path.rstrip("/") if isinstance(path, str) else ""
    if KIT_PATH in path:
        from koogallery.dialects import kit

        return kit.FUNCTIONS.get(path.rpartition("/")[2], DEFAULT)
    if path == NOTIFY_PATH:
        return next(iter(NOTIFICATIONS.values())).function
    default = LICENSE_DEFAULT if path == LICENSE_PATH else DEFAULT
    try:
        request = Request.from_event(event)
    except (MalformedEvent, BodyTooLarge):
        return default
    table = _table(path == LICENSE_PATH, request.method)
    activity = _queried(request) if request.method == "GET" else _posted(request)
    return table[activity].function if activity in table else default


def _table(of_licenses: bool, method: str) -> Mapping[str, _Served]:
    """The activities of an address. Those of 1.0 are imported when one comes: a cold start pays for every import."""
    if method != "GET":
        return LICENSE_ACTIVITIES if of_licenses else ACTIVITIES
    if of_licenses:
        from koogallery.dialects import license_v1

        return license_v1.ACTIVITIES
    from koogallery.dialects import saas_v1

    return saas_v1.ACTIVITIES


def _queried(request: Request) -> str:
    """The query parameter; a repeated one meets no policy."""
    values = request.query_values.get("activity", [])
    return values[0] if len(values) == 1 else ""


def _posted(request: Request) -> str:
    """The member of the body, read as leniently as the authorizer does: the chosen function is the strict one."""
    try:
        message = json.loads(request.body)
    except (ValueError, RecursionError):
        return ""
    activity = message.get("activity") if isinstance(message, dict) else None
    return activity if isinstance(activity, str) else ""
