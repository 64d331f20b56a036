"""The time formats of the wire, the seller interface and the ledger. All moments are aware and UTC.

| name       | form                         | used by                                   |
|------------|------------------------------|-------------------------------------------|
| iso        | 2026-11-21T10:05:00Z         | seller interface, state                   |
| hour       | 2026-11-21T10                | ledger: the half-open hour starting there |
| wire       | 20261121100500               | expireTime, createTime                    |
| wire millis| 20261121100500123            | statisticalTime                           |
| record     | 20261121T100500Z             | usage records, X-Sdk-Date                 |
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone

HOUR = timedelta(hours=1)
_ISO = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?(Z|[+-]\d{2}:\d{2})", re.ASCII | re.IGNORECASE
)
_WIRE = re.compile(r"\d{14}(\d{3})?", re.ASCII)


def iso(moment: datetime) -> str:
    """``2026-11-21T10:05:00Z``, fractions cut off."""
    return moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def iso_millis(moment: datetime) -> str:
    """``2026-11-21T10:05:00.123Z``: sorts as text like the moments themselves."""
    text = moment.astimezone(timezone.utc).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def parse_iso(text: str) -> datetime:
    """Read ``iso`` and ``iso_millis`` forms, any offset; raises ValueError."""
    found = _ISO.fullmatch(text)
    if not found:
        raise ValueError("not a time of the form 2026-11-21T10:05:00Z")
    year, month, day, hour, minute, second = (int(part) for part in found.groups()[:6])
    micros = int((found[7] or "0").ljust(6, "0")[:6])
    zone = timezone.utc if found[8] in "Zz" else _offset(found[8])
    moment = datetime(year, month, day, hour, minute, second, micros, zone)
    try:
        return moment.astimezone(timezone.utc)
    except OverflowError as error:
        raise ValueError("time out of range") from error


def _offset(text: str) -> timezone:
    sign = -1 if text[0] == "-" else 1
    return timezone(sign * timedelta(hours=int(text[1:3]), minutes=int(text[4:6])))


def hour_of(moment: datetime) -> str:
    """Name of the UTC hour a moment lies in."""
    return moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H")


def hour_start(hour: str) -> datetime:
    """First moment of an hour; raises ValueError for anything else."""
    return datetime.strptime(hour, "%Y-%m-%dT%H").replace(tzinfo=timezone.utc)


def hour_end(hour: str) -> datetime:
    """First moment after an hour."""
    return hour_start(hour) + HOUR


def previous_hour(hour: str) -> str:
    """Name of the hour before."""
    return hour_of(hour_start(hour) - HOUR)


def next_hour(hour: str) -> str:
    """Name of the following hour."""
    return hour_of(hour_end(hour))


def wire(moment: datetime) -> str:
    """``yyyyMMddHHmmss``, UTC."""
    return moment.astimezone(timezone.utc).strftime("%Y%m%d%H%M%S")


def wire_millis(moment: datetime) -> str:
    """``yyyyMMddHHmmssSSS``, UTC."""
    return wire(moment) + f"{moment.microsecond // 1000:03d}"


def parse_wire(text: str) -> datetime:
    """Read 14 or 17 digits (SaaS guide V2.0, refreshInstance prints both), keeping whole seconds."""
    if not _WIRE.fullmatch(text):
        raise ValueError("not a time of the form yyyyMMddHHmmss")
    # Not by strptime, whose first use loads three modules: refreshInstance would pay for it at every cold start.
    month, day, hour, minute, second = (int(text[at : at + 2]) for at in range(4, 14, 2))
    try:
        return datetime(int(text[:4]), month, day, hour, minute, second, tzinfo=timezone.utc)
    except ValueError:
        raise ValueError("not a time that exists") from None


def record(moment: datetime) -> str:
    """``yyyyMMdd'T'HHmmss'Z'``, UTC."""
    return moment.astimezone(timezone.utc).strftime("%Y%m%dT%H%M%SZ")


def parse_record(text: str) -> datetime:
    """Read the ``record`` form; raises ValueError."""
    return datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=timezone.utc)


def whole_second(moment: datetime) -> datetime:
    """The moment without its fraction."""
    return moment.replace(microsecond=0)


def next_whole_second(moment: datetime) -> datetime:
    """The moment itself when whole, else the second after."""
    cut = whole_second(moment)
    return cut if cut == moment else cut + timedelta(seconds=1)
