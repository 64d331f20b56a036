"""Settlement: the marketplace's answer to a batch, read record by record. Pure.

A 200 is not acceptance: every record needs its own answer. Errors are judged by code, never by HTTP status.
A duplicate answer to our own identical record means delivered; to a record never sent, or with another value on
file, it means conflict: alarm, never corrected silently (open API guide, per-record codes).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Protocol

from koogallery import times
from koogallery.ledger.batch import CONFLICT, DELIVERED, EXPIRED, REJECTED, Batch, Fate

DUPLICATE_CODES = frozenset({"005", "010"})
LATER_CODES = frozenset({"013"})
TOO_OLD_CODES = frozenset({"007"})

MAYBE_BOOKED = "an earlier attempt may have been booked: look in the Seller Console"
"""A report made again would then be billed beside it."""
MEANING = {
    "001": "instance does not exist",
    "002": "time format wrong",
    "003": "usage value wrong",
    "004": "unique record id missing",
    "005": "unique record id repeated",
    "006": "product delisted",
    "007": "record time too old",
    "008": "unknown to the marketplace",
    "009": "instance does not belong to this seller",
    "010": "duplicate record (same begin and end)",
    "011": "time range invalid",
    "012": "not a pay-per-use resource",
    "013": "instance in abnormal state",
}


class Abnormal(Protocol):
    """One item of the answer's list of abnormal records; members the marketplace left out are None."""

    @property
    def metering_sn(self) -> str | None: ...
    @property
    def instance_id(self) -> str | None: ...
    @property
    def begin_time(self) -> str | None: ...
    @property
    def end_time(self) -> str | None: ...
    @property
    def usage_value(self) -> str | None: ...
    @property
    def code(self) -> str: ...


@dataclass
class Settlement:
    """Fates by ``metering_sn``, records to send again later, and items that fit no record."""

    fates: dict[str, Fate] = field(default_factory=dict)
    later: list[dict[str, Any]] = field(default_factory=list)
    unmatched: int = 0


def settle(batch: Batch, abnormal: Sequence[Abnormal], now: datetime) -> Settlement:
    """Read the per-record answers to a batch the marketplace took. With ``unmatched`` items nothing is decided."""
    records = batch.open_records()
    found: dict[str, Abnormal] = {}
    settlement = Settlement()
    for item in abnormal:
        sn = _match(item, records)
        if sn is None:
            settlement.unmatched += 1
        else:
            found[sn] = item
    if settlement.unmatched:
        return settlement
    for record in records:
        sn = record["metering_sn"]
        if sn not in found:
            settlement.fates[sn] = Fate(DELIVERED, "", times.iso(now))
        elif found[sn].code in LATER_CODES:
            settlement.later.append(record)
        else:
            settlement.fates[sn] = _fate(found[sn], record, batch.may_have_been_sent, now)
    return settlement


def _match(item: Abnormal, records: list[dict[str, Any]]) -> str | None:
    by_sn = [r["metering_sn"] for r in records if r["metering_sn"] == item.metering_sn]
    by_interval = [
        r["metering_sn"]
        for r in records
        if (r["instance_id"], r["begin_time"], r["end_time"]) == (item.instance_id, item.begin_time, item.end_time)
    ]
    matches = by_sn or by_interval or ([records[0]["metering_sn"]] if len(records) == 1 else [])
    return matches[0] if matches else None


def _fate(item: Abnormal, record: dict[str, Any], sent_before: bool, now: datetime) -> Fate:
    note = MEANING.get(item.code, "a code the guides do not list")
    if item.code in DUPLICATE_CODES:
        if _other_content(item, record):
            return Fate(CONFLICT, item.code, times.iso(now), "the marketplace has another content on file")
        if not sent_before:
            return Fate(CONFLICT, item.code, times.iso(now), "called a duplicate at its very first sending")
        return Fate(DELIVERED, item.code, times.iso(now))
    status = EXPIRED if item.code in TOO_OLD_CODES else REJECTED
    return Fate(status, item.code, times.iso(now), f"{note}; {MAYBE_BOOKED}" if sent_before else note)


def _other_content(item: Abnormal, record: dict[str, Any]) -> bool:
    if item.metering_sn is not None and item.metering_sn != record["metering_sn"]:
        return True
    if item.usage_value is None:
        return False
    try:
        return Decimal(item.usage_value) != Decimal(record["usage_value"])
    except InvalidOperation:
        return True
