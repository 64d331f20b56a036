"""The open APIs of authorization codes: activate, query (formerly heartbeat), software usage.

Source: authorization code guide, open APIs. The v1 calls are used where the v2 body is not published.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from koogallery.marketplace.answers import Answer, read_object
from koogallery.marketplace.client import MarketplaceClient

_BASE = "/api/mkp-openapi-public/global"
ACTIVATE_PATH = f"{_BASE}/v1/license/activate"
QUERY_PATH = f"{_BASE}/v1/license/heartbeat"
USAGE_PATH = f"{_BASE}/v2/license/software-usage-info"
MAX_ENTRIES = 100
"""Codes of one usage report, and items of one code."""
MAX_FAILED = 1000
_FAILED_PREFIX = "check_fail"
_DEPTH = 2


def activate(
    client: MarketplaceClient, license_: str, real_effect_time: str | None, *, timeout_seconds: float
) -> dict[str, Any]:
    """Activate a code; its information as the marketplace gives it. ``real_effect_time``: ``yyyyMMddHHmmss``, UTC."""
    body = {"license": license_, **({"real_effect_time": real_effect_time} if real_effect_time else {})}
    answer = client.post("licence activation", ACTIVATE_PATH, _json(body), timeout_seconds=timeout_seconds)
    info = _object(answer.members.get("data")).get("license_code_info")
    return (read_object(info.encode()) or {}) if isinstance(info, str) else _object(info)


def query(client: MarketplaceClient, license_: str, *, timeout_seconds: float) -> dict[str, Any]:
    """State and expiry of a code; raises ``MarketplaceAnswerUnreadable`` when the answer has no state."""
    answer = client.post("licence query", QUERY_PATH, _json({"license": license_}), timeout_seconds=timeout_seconds)
    info = _object(answer.members.get("data"))
    if not isinstance(info.get("status"), str):
        raise answer.unreadable("no status")
    return info


def report_usage(client: MarketplaceClient, usage: Sequence[Mapping[str, Any]], *, timeout_seconds: float) -> list[Any]:
    """Report the use of codes; what the marketplace did not take. ``usage``: license and ``ids`` or ``active_num``."""
    entries = [{"license": entry["license"], "software_usage_Info": _items(entry)} for entry in usage]
    answer = client.post("software usage", USAGE_PATH, _json({"usage_info": entries}), timeout_seconds=timeout_seconds)
    return _failures(answer)


def _items(entry: Mapping[str, Any]) -> list[dict[str, Any]]:
    if "ids" in entry:
        return [{"id": id_} for id_ in entry["ids"]]
    return [{"active_num": entry["active_num"]}]


def _failures(answer: Answer) -> list[Any]:
    """The member's name is not published: every one that starts with ``check_fail`` counts (*inferred*)."""
    found: list[Any] = []
    _collect(answer.members.get("data"), _DEPTH, found)
    return found[:MAX_FAILED]


def _collect(value: object, depth: int, found: list[Any]) -> None:
    if isinstance(value, list):
        for item in value:
            _collect(item, depth, found)
    if not isinstance(value, dict):
        return
    for name, member in value.items():
        if str(name).startswith(_FAILED_PREFIX):
            found += member if isinstance(member, list) else [member] if member else []
        elif depth:
            _collect(member, depth - 1, found)


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _json(body: Mapping[str, Any]) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
