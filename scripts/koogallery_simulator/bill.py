"""The bill and the list of abnormal records (Seller Console, SDR management)."""

from __future__ import annotations

import bisect
import threading
from collections import defaultdict, deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from koogallery_simulator.times import hour_of

MOST_ABNORMAL = 100_000


@dataclass(frozen=True)
class UsageRecord:
    """One accepted record; ``text`` is the value as it was sent."""

    instance_id: str
    metering_sn: str
    begin: datetime
    end: datetime
    value: Decimal
    text: str
    package: str | None = None


@dataclass(frozen=True)
class AbnormalRecord:
    """One line of SDR management: members as sent (bounded) and the code."""

    code: str
    members: Mapping[str, str]


class Bill:
    """Accepted records by id and interval; exact totals per instance and hour. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._by_sn: dict[str, UsageRecord] = {}
        self._by_interval: dict[tuple[str, datetime, datetime], UsageRecord] = {}
        self._spans: dict[str, list[tuple[datetime, datetime]]] = defaultdict(list)
        self._hours: dict[str, dict[str, Decimal]] = defaultdict(dict)
        self._packages: dict[str, Decimal] = defaultdict(Decimal)
        self._revoked: set[str] = set()
        self._abnormal: deque[AbnormalRecord] = deque(maxlen=MOST_ABNORMAL)

    def book(self, record: UsageRecord) -> bool:
        """Charge it; True when its interval overlaps one already charged (it is then billed twice)."""
        with self._lock:
            overlaps = self._overlaps(record)
            self._by_sn[record.metering_sn] = record
            self._by_interval[record.instance_id, record.begin, record.end] = record
            bisect.insort(self._spans[record.instance_id], (record.begin, record.end))
            self._charge(record, record.value)
            return overlaps

    def _charge(self, record: UsageRecord, value: Decimal) -> None:
        hours, hour = self._hours[record.instance_id], hour_of(record.begin)
        hours[hour] = hours.get(hour, Decimal(0)) + value
        if not hours[hour]:
            del hours[hour]
        if record.package is not None:
            self._packages[record.package] += value

    def _overlaps(self, record: UsageRecord) -> bool:
        spans = self._spans[record.instance_id]
        place = bisect.bisect_left(spans, (record.begin, record.end))
        near = spans[max(0, place - 1) : place + 1]
        return any(record.begin < end and begin < record.end for begin, end in near)

    def by_sn(self, metering_sn: str) -> UsageRecord | None:
        """The record first accepted under this id."""
        with self._lock:
            return self._by_sn.get(metering_sn)

    def by_interval(self, instance_id: str, begin: datetime, end: datetime) -> UsageRecord | None:
        """The record first accepted for exactly this interval."""
        with self._lock:
            return self._by_interval.get((instance_id, begin, end))

    def mark_abnormal(self, metering_sn: str, code: str) -> bool:
        """The later check: list an accepted record as abnormal and take its value off the bill; False if not billed."""
        with self._lock:
            record = self._by_sn.get(metering_sn)
            if record is None or metering_sn in self._revoked:
                return False
            self._revoked.add(metering_sn)
            self._charge(record, -record.value)
            self.list_abnormal(code, {"metering_sn": metering_sn, "instance_id": record.instance_id})
            return True

    def list_abnormal(self, code: str, members: Mapping[str, object]) -> None:
        """Put a record on the list of abnormal ones."""
        shown = {str(name)[:64]: str(value)[:64] for name, value in list(members.items())[:16]}
        with self._lock:
            self._abnormal.append(AbnormalRecord(code, shown))

    def abnormal(self) -> list[AbnormalRecord]:
        """SDR management: abnormal records, oldest first."""
        with self._lock:
            return list(self._abnormal)

    def records(self, instance_id: str | None = None) -> list[UsageRecord]:
        """Charged records in the order they came."""
        with self._lock:
            charged = [record for sn, record in self._by_sn.items() if sn not in self._revoked]
        return [record for record in charged if instance_id in (None, record.instance_id)]

    def hours(self, instance_id: str) -> dict[str, Decimal]:
        """Charged usage per hour (``2026-11-21T10``), ascending."""
        with self._lock:
            return dict(sorted(self._hours.get(instance_id, {}).items()))

    def total(self, instance_id: str | None = None) -> Decimal:
        """Charged usage of one instance, or of all."""
        with self._lock:
            wanted = self._hours if instance_id is None else [instance_id]
            return sum((value for one in wanted for value in self._hours.get(one, {}).values()), Decimal(0))

    def package_used(self, package_instance_id: str) -> Decimal:
        """What was deducted from a package."""
        with self._lock:
            return self._packages.get(package_instance_id, Decimal(0))

    def document(self) -> dict[str, object]:
        """The bill as JSON: per instance its hours and total, quantities as decimal text."""
        with self._lock:
            return {
                "instances": {
                    instance_id: {
                        "hours": {hour: f"{value:f}" for hour, value in sorted(hours.items())},
                        "total": f"{sum(hours.values(), Decimal(0)):f}",
                    }
                    for instance_id, hours in sorted(self._hours.items())
                },
                "packages": {package: f"{value:f}" for package, value in sorted(self._packages.items())},
                "total": f"{self.total():f}",
                "abnormal": [{"code": found.code, **found.members} for found in self._abnormal],
            }
