"""Messages of the seller interface: usage events and access data, as the seller's product sends them."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from koogallery import times
from koogallery.app_info import NAMES
from koogallery.errors import PermanentError
from koogallery.ledger.booking import Refusal
from koogallery.ledger.entries import UsageEvent
from koogallery.ledger.quantity import parse_quantity

MAX_EVENTS = 1000
MAX_ID = 128
MAX_INSTANCE_ID = 64
_PRINTABLE = re.compile(r"[^\x00-\x1f\x7f]+")
_WEB_ADDRESS = re.compile(r"https?://[^\s/]+\S*", re.ASCII | re.IGNORECASE)


class MalformedRequest(PermanentError):
    """The body of a call is not what the interface takes; the text says why."""

    code = "malformed_request"


def parse_events(body: dict[str, Any]) -> list[dict[str, Any]]:
    """The list of a usage report, 0 to 1000 JSON objects; raises ``MalformedRequest``."""
    events = body.get("events")
    if not isinstance(events, list):
        raise MalformedRequest("events must be a list")
    if len(events) > MAX_EVENTS:
        raise MalformedRequest(f"events may hold at most {MAX_EVENTS} entries a call")
    for position, event in enumerate(events):
        if not isinstance(event, dict):
            raise MalformedRequest(f"events[{position}] must be an object")
    return events


def parse_event(fields: dict[str, Any]) -> tuple[str, UsageEvent] | Refusal:
    """Instance id and event of one entry, or why it cannot be read."""
    event_id = _id(fields.get("id"), MAX_ID)
    if event_id is None:
        shown = fields.get("id")
        shown = shown[:MAX_ID] if isinstance(shown, str) else ""
        return Refusal(shown, "invalid_id", f"id must be a text of 1 to {MAX_ID} characters")
    instance_id = _id(fields.get("instance_id"), MAX_INSTANCE_ID)
    if instance_id is None:
        return Refusal(event_id, "invalid_instance_id", "instance_id must be a text of 1 to 64 characters")
    package = "" if fields.get("package_instance_id") is None else _id(fields["package_instance_id"], MAX_INSTANCE_ID)
    if package is None:
        text = "package_instance_id must be a text of 1 to 64 characters"
        return Refusal(event_id, "invalid_package_instance_id", text)
    try:
        quantity = parse_quantity(fields.get("quantity"))
    except ValueError as error:
        return Refusal(event_id, "invalid_quantity", str(error))
    try:
        moment = _moment(fields.get("time"))
    except ValueError:
        return Refusal(event_id, "invalid_time", "time must be UTC, such as 2026-11-21T10:05:00Z")
    return instance_id, UsageEvent(event_id, quantity, moment, package)


def _moment(value: object) -> datetime:
    if not isinstance(value, str):
        raise ValueError("not a text")
    return times.whole_second(times.parse_iso(value))


def _id(value: object, longest: int) -> str | None:
    """The value if it is an id: printable text of 1 to ``longest`` characters."""
    if isinstance(value, str) and 0 < len(value) <= longest and _PRINTABLE.fullmatch(value):
        return value
    return None


def is_encodable(text: str) -> bool:
    """Whether a text is Unicode: JSON can hold half a surrogate pair, which nothing can send or encrypt."""
    return not any("\ud800" <= character <= "\udfff" for character in text)


def parse_access(body: dict[str, Any]) -> dict[str, str]:
    """Access data by the seller's names (``front_end_url`` mandatory); raises ``MalformedRequest``."""
    access: dict[str, str] = {}
    for name, (_, longest) in NAMES.items():
        value = body.get(name)
        if value is None:
            continue
        if not isinstance(value, str) or len(value) > longest or not is_encodable(value):
            raise MalformedRequest(f"{name} must be a text of at most {longest} characters")
        access[name] = value
    for name in ("front_end_url", "admin_url"):
        if access.get(name) and not _WEB_ADDRESS.fullmatch(access[name]):
            raise MalformedRequest(f"{name} must be a web address")
    if not access.get("front_end_url"):
        raise MalformedRequest("front_end_url is missing")
    return access
