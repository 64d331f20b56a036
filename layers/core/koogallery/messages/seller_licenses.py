"""Messages of the seller interface about licences, as the seller's product sends them."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from koogallery import times
from koogallery.messages.seller import MalformedRequest, is_encodable

MAX_LICENSE = 1024
MAX_FILE_BYTES = 131_072
"""What one item of the state holds with ease; licences are far smaller."""
MAX_CODE = 64
MAX_ENTRIES = 100
MAX_USAGE_ID = 256
MAX_ACTIVE = 999_999_999
_PRINTABLE = re.compile(r"[^\x00-\x1f\x7f]+")
_FILE_NAME = re.compile(r'[^\x00-\x1f\x7f"\\/]{1,255}')

Content = dict[str, str]
"""A licence: ``{"license"}`` or ``{"file_name", "content_base64"}``."""


def parse_content(body: Mapping[str, Any]) -> Content:
    """The licence of a body; raises ``MalformedRequest``."""
    if "license" in body and "content_base64" not in body:
        return {"license": _license(body["license"])}
    if "license" in body or "content_base64" not in body:
        raise MalformedRequest("send license, or file_name and content_base64")
    name = body.get("file_name")
    if not isinstance(name, str) or not _FILE_NAME.fullmatch(name) or not is_encodable(name) or name in (".", ".."):
        raise MalformedRequest("file_name must be a plain file name of at most 255 characters")
    return {"file_name": name, "content_base64": _file(body["content_base64"])}


def _license(value: object) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= MAX_LICENSE or not is_encodable(value):
        raise MalformedRequest(f"license must be a text of 1 to {MAX_LICENSE} characters")
    return value


def _file(value: object) -> str:
    try:
        content = base64.b64decode(value, validate=True) if isinstance(value, str) else b""
    except (binascii.Error, ValueError):
        content = b""
    if not 0 < len(content) <= MAX_FILE_BYTES:
        raise MalformedRequest(f"content_base64 must be the base64 of 1 to {MAX_FILE_BYTES} bytes")
    return base64.b64encode(content).decode()


def parse_code(fields: Mapping[str, Any], where: str = "license") -> str:
    """The authorization code of a call."""
    value = fields.get("license")
    if not isinstance(value, str) or not _is_text(value, MAX_CODE):
        raise MalformedRequest(f"{where} must be a text of 1 to {MAX_CODE} characters")
    return value


def parse_real_effect_time(body: Mapping[str, Any]) -> datetime | None:
    """When the buyer really got the software, UTC; None when it is left out."""
    value = body.get("real_effect_time")
    if value is None:
        return None
    try:
        return times.parse_iso(value) if isinstance(value, str) and "-" in value else times.parse_wire(str(value))
    except ValueError as error:
        raise MalformedRequest("real_effect_time must be UTC, such as 2026-11-21T10:05:00Z") from error


def parse_software_usage(body: Mapping[str, Any]) -> list[dict[str, Any]]:
    """1 to 100 entries, all with ``ids`` or all with ``active_num`` (the marketplace takes one kind a call)."""
    usage = body.get("usage")
    if not isinstance(usage, list) or not 0 < len(usage) <= MAX_ENTRIES:
        raise MalformedRequest(f"usage must be a list of 1 to {MAX_ENTRIES} entries")
    entries = [_entry(position, entry) for position, entry in enumerate(usage)]
    if len({"ids" in entry for entry in entries}) > 1:
        raise MalformedRequest("a call reports either ids or active_num, not both")
    return entries


def _entry(position: int, entry: object) -> dict[str, Any]:
    where = f"usage[{position}]"
    if not isinstance(entry, dict):
        raise MalformedRequest(f"{where} must be an object")
    code = parse_code(entry, f"{where}.license")
    if ("ids" in entry) == ("active_num" in entry):
        raise MalformedRequest(f"{where} must have either ids or active_num")
    if "ids" in entry:
        return {"license": code, "ids": _ids(where, entry["ids"])}
    number = entry["active_num"]
    if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number <= MAX_ACTIVE:
        raise MalformedRequest(f"{where}.active_num must be a whole number of at most 9 digits")
    return {"license": code, "active_num": number}


def _ids(where: str, ids: object) -> list[str]:
    if not isinstance(ids, list) or not 0 < len(ids) <= MAX_ENTRIES:
        raise MalformedRequest(f"{where}.ids must be a list of 1 to {MAX_ENTRIES} texts")
    if not all(isinstance(id_, str) and _is_text(id_, MAX_USAGE_ID) for id_ in ids):
        raise MalformedRequest(f"{where}.ids must hold texts of 1 to {MAX_USAGE_ID} characters")
    return list(ids)


def _is_text(value: str, longest: int) -> bool:
    return 0 < len(value) <= longest and bool(_PRINTABLE.fullmatch(value)) and is_encodable(value)
