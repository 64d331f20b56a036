"""Debug calls and dial tests (testFlag 1): verified like real ones, answered 000000, touching nothing.

The marketplace replays a seller's saved debugging cases every morning and afternoon, in any order, and freezes the
product after five failing days. So these answers depend on the call and the settings alone, never on the state.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from koogallery.answers import Answer
from koogallery.app_info import app_info
from koogallery.result_codes import SUCCESS
from koogallery.settings import Settings

_DEBUG_LICENSE = "DEBUG-LICENSE-0001"
_DEFAULT_ACCESS = {"front_end_url": "https://example.com/", "memo": "debug instance"}


def answer(activity: str, message: Any, settings: Settings) -> Answer:
    """The answer to a debug call."""
    access = app_info(json.loads(settings.debug_access) if settings.debug_access else _DEFAULT_ACCESS)
    if activity == "newInstance":
        instance_id = debug_instance_id(message.order_id, message.order_line_id or message.product_id)
        return Answer(SUCCESS, "success", {"instanceId": instance_id}, access)
    if activity == "getLicense":
        instance_id = debug_instance_id(message.order_id, message.product_id)
        return Answer(SUCCESS, "success", {"instanceId": instance_id, "license": _DEBUG_LICENSE})
    if activity == "queryInstance":
        info = [{"instanceId": id_, "appInfo": access} for id_ in message.instance_id]
        return Answer(SUCCESS, "success", {"info": info})
    return Answer(SUCCESS, "success")


def debug_instance_id(order_id: str, order_line_id: str) -> str:
    """The made-up instance of a debug order: always the same, and never the id of a real one."""
    return "debug-" + hashlib.sha256(f"{order_id}\n{order_line_id}".encode()).hexdigest()[:32]
