"""The marketplace's time formats. All UTC, but for the kit."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone

HOUR_FORMAT = "%Y-%m-%dT%H"
_RECORD = re.compile(r"\d{8}T\d{6}Z", re.ASCII)
_ORDER = re.compile(r"\d{14}", re.ASCII)
_STATISTICAL = re.compile(r"\d{17}", re.ASCII)


def record_time(at: datetime) -> str:
    """``yyyyMMdd'T'HHmmss'Z'``: usage records and X-Sdk-Date."""
    return at.astimezone(timezone.utc).strftime("%Y%m%dT%H%M%SZ")


def order_time(at: datetime) -> str:
    """``yyyyMMddHHmmss``: order query and expireTime."""
    return at.astimezone(timezone.utc).strftime("%Y%m%d%H%M%S")


def kit_time(at: datetime, utc_offset_hours: int) -> str:
    """``yyyyMMddHHmmssSSS``: timeStamp of 1.0 (UTC) and of kit bodies (UTC+8)."""
    local = at.astimezone(timezone(timedelta(hours=utc_offset_hours)))
    return f"{local:%Y%m%d%H%M%S}{local.microsecond // 1000:03d}"


def spelled_time(at: datetime) -> str:
    """``yyyy-MM-dd HH:mm:ss z``: effectiveTime of getLicenseAsync."""
    return at.astimezone(timezone.utc).strftime("%Y-%m-%d %H:%M:%S z")


def milliseconds(at: datetime) -> str:
    """UNIX time in milliseconds, as text, exact."""
    since = at - datetime(1970, 1, 1, tzinfo=timezone.utc)
    return str((since.days * 86_400 + since.seconds) * 1000 + since.microseconds // 1000)


def hour_of(at: datetime) -> str:
    """``2026-11-21T10``, the hour a record is billed under."""
    return at.astimezone(timezone.utc).strftime(HOUR_FORMAT)


def parse_record_time(text: object) -> datetime | None:
    """Moment of a record time, or None when it has another form or names no real moment."""
    if not isinstance(text, str) or not _RECORD.fullmatch(text):
        return None
    return _parse(text, "%Y%m%dT%H%M%SZ")


def parse_order_time(text: object) -> datetime | None:
    """Moment of ``yyyyMMddHHmmss``, or None."""
    if not isinstance(text, str) or not _ORDER.fullmatch(text):
        return None
    return _parse(text, "%Y%m%d%H%M%S")


def is_statistical_time(text: object) -> bool:
    """Whether it is ``yyyyMMddHHmmssSSS`` and a real moment."""
    return isinstance(text, str) and bool(_STATISTICAL.fullmatch(text)) and parse_order_time(text[:14]) is not None


def _parse(text: str, form: str) -> datetime | None:
    try:
        return datetime.strptime(text, form).replace(tzinfo=timezone.utc)
    except ValueError:
        return None
