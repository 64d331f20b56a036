"""A report made again: a refused record is replaced by a new one with an interval of its own. Pure.

The marketplace drops a second record with the same begin and end (open API guide, rules for usage records), so the
new one begins a second later. It stays inside the interval of the record it replaces, where no other record of the
instance can be.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from koogallery import times
from koogallery.ledger.booking import MAX_AGE
from koogallery.ledger.entries import Record, SealedHour
from koogallery.ledger.errors import NoIntervalLeft, TooOldToReport
from koogallery.ledger.sealing import metering_sn

_SECOND = timedelta(seconds=1)
UNBATCHED = ""
"""Batch of a record that waits for its pointer to be followed."""


def report_again(instance_id: str, hour: str, refused: Record, earlier: Iterable[Record], now: datetime) -> SealedHour:
    """The seal that reports ``refused`` again. ``earlier``: every other record of the instance in that hour.

    Raises ``TooOldToReport``, ``NoIntervalLeft``.
    """
    used = {(record.begin, record.end) for record in earlier}
    begin, end = times.parse_record(refused.begin) + _SECOND, times.parse_record(refused.end)
    while (times.record(begin), refused.end) in used:
        begin += _SECOND
    if begin >= end:
        raise NoIntervalLeft(
            f"record {refused.metering_sn} runs from {refused.begin} to {refused.end}: no second of it is free for a "
            "new report; settle it with the marketplace by hand, then use acknowledge"
        )
    if begin < now - MAX_AGE:
        raise TooOldToReport(
            f"record {refused.metering_sn} begins at {refused.begin}, more than 21 days ago: the marketplace takes "
            "nothing that old; settle it with the marketplace by hand, then use acknowledge"
        )
    span = (times.record(begin), refused.end)
    sn = metering_sn(instance_id, refused.package, span, refused.quantity)
    record = Record(sn, refused.package, *span, refused.quantity, UNBATCHED)
    return SealedHour(hour, times.iso_millis(now), {}, [record], [], again_of=refused.metering_sn)
