"""Order of the syncs: what is older than what is stored is ignored (joint kit: no order of calls is promised)."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import NamedTuple

from koogallery import times
from koogallery.inferred import KIT_CLOCK_TOLERANCE

ZONE = timezone(timedelta(hours=8))
"""timeStamp and currentSyncTime are UTC+8 (joint kit, common body rules)."""

Moment = tuple[str, int]
"""``(timeStamp, signed time)``: what calls of different kinds are compared by."""


class Stamp(NamedTuple):
    """When a sync was made: ``currentSyncTime`` (authSync alone), ``timeStamp``, signed UNIX ms (0 in 1.0).

    The first two as ``stamp_time`` gives them: 17 digits, UTC.
    The signed time decides between calls of the same ``timeStamp``: a replayed call is older than what came after it.
    """

    synced: str
    sent: str
    signed: int

    @property
    def moment(self) -> Moment:
        """Without currentSyncTime."""
        return self.sent, self.signed


def read_time(text: str) -> datetime:
    """The moment of ``yyyyMMddHHmmssSSS`` or ``yyyyMMddHHmmss``, UTC; raises ValueError."""
    local = times.parse_wire(text).replace(tzinfo=ZONE)
    try:
        return (local + timedelta(milliseconds=int(text[14:] or 0))).astimezone(timezone.utc)
    except OverflowError:
        raise ValueError("not a time that exists") from None


def stamp_time(text: str, now: datetime) -> str:
    """17 digits, UTC, that sort by time. A time far ahead counts as now: it would shut out every later sync."""
    moment = read_time(text)
    counted = now if moment - now > KIT_CLOCK_TOLERANCE else moment
    return times.wire_millis(counted)
