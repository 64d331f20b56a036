"""The rules for one usage record and the per-record codes (open API guide, rules for usage records)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from koogallery_simulator.assumptions import (
    CODE_END_AFTER_CLOSE,
    CODE_PACKAGE_MISSING,
    OPENING_ROUNDING,
    VALUE_DECIMALS,
    VALUE_INTEGER_DIGITS,
)
from koogallery_simulator.bill import Bill, UsageRecord
from koogallery_simulator.catalogue import ChargingMode
from koogallery_simulator.instances import Instance
from koogallery_simulator.times import parse_record_time
from koogallery_simulator.violations import Violations

REPORTABLE = timedelta(days=21)
LONGEST_ID = 64
LONGEST_VALUE = 20
TIME_MEMBERS = ("record_time", "begin_time", "end_time")
REQUIRED = frozenset({"instance_id", "usage_value", "metering_sn", *TIME_MEMBERS})
KNOWN = REQUIRED | {"relate_pkg_instance"}
_VALUE = re.compile(rf"[0-9]{{1,{VALUE_INTEGER_DIGITS}}}(\.[0-9]{{1,{VALUE_DECIMALS}}})?", re.ASCII)

Raw = Mapping[str, object]


@dataclass(frozen=True)
class Refusal:
    """A per-record code; ``rule`` and ``detail`` say what the seller did wrong, rule "" when it did nothing wrong."""

    code: str
    rule: str = ""
    detail: str = ""


@dataclass(frozen=True)
class _Parsed:
    """A record whose members have the right form."""

    record: UsageRecord
    instance: Instance


class RecordRules:
    """Checks records one by one; the caller books what passes."""

    def __init__(self, instances: Mapping[str, Instance], bill: Bill, violations: Violations) -> None:
        self._instances = instances
        self._bill = bill
        self._violations = violations
        self._checks: tuple[Callable[[_Parsed, datetime], Refusal | None], ...] = (
            self._seller,
            self._known_sn,
            self._known_interval,
            self._resource,
            self._age,
            self._range,
            self._package,
        )

    def instance(self, instance_id: object) -> Instance | None:
        """The instance a record names."""
        return self._instances.get(instance_id) if isinstance(instance_id, str) else None

    def malformed(self, raw: Raw, now: datetime) -> Refusal | None:
        """What an interface can see at once: unknown instance, form of times and value, age."""
        parsed = self._parse(raw)
        return parsed if isinstance(parsed, Refusal) else self._age(parsed, now)

    def check(self, raw: Raw, now: datetime) -> UsageRecord | Refusal:
        """The record to book, or why not. ``now`` is the time of reporting."""
        surplus = sorted(str(name)[:LONGEST_ID] for name in raw.keys() - KNOWN)
        if surplus:
            self._violations.add("record-members", f"members no record has: {', '.join(surplus[:5])}")
        parsed = self._parse(raw)
        if isinstance(parsed, Refusal):
            return parsed
        for check in self._checks:
            refusal = check(parsed, now)
            if refusal is not None:
                return refusal
        self._watch_length(parsed)
        return parsed.record

    def _parse(self, raw: Raw) -> _Parsed | Refusal:
        metering_sn, instance_id = raw.get("metering_sn"), raw.get("instance_id")
        if not isinstance(metering_sn, str) or not 0 < len(metering_sn) <= LONGEST_ID:
            return Refusal("004", "record-metering-sn", "metering_sn is missing or not 1 to 64 characters")
        instance = self.instance(instance_id)
        if instance is None:
            return Refusal("001", "record-instance", f"no instance {str(instance_id)[:LONGEST_ID]!r}")
        made_at, begin, end = (parse_record_time(raw.get(name)) for name in TIME_MEMBERS)
        if made_at is None or begin is None or end is None:
            return Refusal("002", "record-time-format", f"{metering_sn}: a time is not yyyyMMdd'T'HHmmss'Z'")
        text = _value_text(raw.get("usage_value"))
        if text is None:
            return Refusal("003", "record-usage-value", f"{metering_sn}: usage_value is not above 0 with 8+4 digits")
        package = raw.get("relate_pkg_instance")
        if package is not None and not isinstance(package, str):
            return Refusal(CODE_PACKAGE_MISSING, "record-package", f"{metering_sn}: relate_pkg_instance is no string")
        record = UsageRecord(instance.instance_id, metering_sn, begin, end, Decimal(text), text, package)
        return _Parsed(record, instance)

    @staticmethod
    def _seller(parsed: _Parsed, now: datetime) -> Refusal | None:
        if parsed.instance.other_seller:
            return Refusal("009", "record-other-seller", f"{parsed.instance.instance_id} belongs to another seller")
        if parsed.instance.product.delisted:
            return Refusal("006")
        return None

    def _known_sn(self, parsed: _Parsed, now: datetime) -> Refusal | None:
        before = self._bill.by_sn(parsed.record.metering_sn)
        if before is None:
            return None
        if before != parsed.record:
            detail = f"{parsed.record.metering_sn} was used before for another content"
            return Refusal("005", "record-metering-sn-reused", detail)
        return Refusal("005")

    def _known_interval(self, parsed: _Parsed, now: datetime) -> Refusal | None:
        record = parsed.record
        if self._bill.by_interval(record.instance_id, record.begin, record.end) is None:
            return None
        return Refusal("010", "record-interval-repeated", f"{record.metering_sn}: this interval was reported before")

    @staticmethod
    def _resource(parsed: _Parsed, now: datetime) -> Refusal | None:
        if parsed.instance.mode is ChargingMode.ON_DEMAND:
            return None
        detail = f"{parsed.instance.instance_id} was sold as {parsed.instance.mode.value}"
        return Refusal("012", "record-not-pay-per-use", detail)

    @staticmethod
    def _age(parsed: _Parsed, now: datetime) -> Refusal | None:
        if parsed.record.begin >= now - REPORTABLE:
            return None
        return Refusal("007", "record-too-old", f"{parsed.record.metering_sn} begins more than 21 days ago")

    @staticmethod
    def _range(parsed: _Parsed, now: datetime) -> Refusal | None:
        record, instance = parsed.record, parsed.instance
        opened = instance.opened_at.replace(microsecond=0) - OPENING_ROUNDING
        problem = None
        if record.begin < opened:
            problem = "begins before the resource was opened"
        elif record.begin > record.end:
            problem = "begins after its end"
        elif record.end > now:
            problem = "ends in the future"
        if problem is not None:
            return Refusal("011", "record-time-range", f"{record.metering_sn} {problem}")
        if instance.closed_at is not None and record.end > instance.closed_at + OPENING_ROUNDING:
            detail = f"{record.metering_sn} ends after the resource was closed"
            return Refusal(CODE_END_AFTER_CLOSE, "record-after-close", detail)
        return None

    def _package(self, parsed: _Parsed, now: datetime) -> Refusal | None:
        package_id = parsed.record.package
        if package_id is None:
            if not parsed.instance.product.package_required:
                return None
            detail = f"{parsed.record.metering_sn} names no package, its product stops before excess"
            return Refusal(CODE_PACKAGE_MISSING, "record-package", detail)
        package = self._instances.get(package_id)
        if package is None or package.mode is not ChargingMode.ON_DEMAND_PKG:
            detail = f"{parsed.record.metering_sn}: relate_pkg_instance is no package"
            return Refusal("001", "record-package", detail)
        return None

    def _watch_length(self, parsed: _Parsed) -> None:
        record = parsed.record
        hour_end = record.begin.replace(minute=0, second=0) + timedelta(hours=1)
        if parsed.instance.product.hourly and record.end > hour_end:
            self._violations.add("record-longer-than-an-hour", f"{record.metering_sn} spans more than one UTC hour")


def _value_text(value: object) -> str | None:
    """The value as plain text when it is in order: a decimal string, or a JSON number as the older page has it."""
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        return None
    text = value if isinstance(value, str) else str(value)
    if len(text) > LONGEST_VALUE or not _VALUE.fullmatch(text) or Decimal(text) <= 0:
        return None
    return text
