"""Checks one account: its books against what is on file, each record against its batches, and what is overdue."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from koogallery import times
from koogallery.instances.instance import Instance
from koogallery.ledger.accounts import OnFile, rest_to_act_on
from koogallery.ledger.audit import audit
from koogallery.ledger.batch import ABNORMAL, CONFLICT, EXPIRED, MOVED, NEEDS_OPERATOR, REJECTED
from koogallery.ledger.closing import Closing
from koogallery.ledger.entries import Record, SealedHour
from koogallery.ledger.findings import ARCHIVED, FAULT, LOST, NO_BATCH, PENDING, REST, UNSEALED, Finding, Outcomes
from koogallery.ledger.hour_status import OVERDUE, seal_due_at
from koogallery.ledger.meter import Meter
from koogallery.ledger.quantity import add, plain
from koogallery.use_cases.usage_trails import Trail

ADVICE = {
    REJECTED: "find out why, then usage report-again, or usage acknowledge when it stays unbilled",
    ABNORMAL: "find out why, then usage report-again, or usage acknowledge when it stays unbilled",
    CONFLICT: "compare with the Seller Console, settle it with the marketplace, then usage acknowledge",
    EXPIRED: "too old to be reported: settle it with the marketplace, then usage acknowledge",
    PENDING: "sealed more than 2 hours ago and the marketplace has not taken it: see the log of push_usage",
    NO_BATCH: "sealed more than 2 hours ago and not in a batch: push_usage did not run since, or failed",
}


@dataclass
class AccountCheck:
    """One look at an account and everything that was found. ``trails`` by ``metering_sn``."""

    instance_id: str
    instance: Instance | None
    meter: Meter
    on_file: OnFile
    trails: dict[str, Trail]
    now: datetime
    outcomes: Outcomes = field(default_factory=Outcomes)
    findings: list[Finding] = field(default_factory=list)

    @property
    def has_faults(self) -> bool:
        """Is anything damaged?"""
        return any(finding.kind == FAULT for finding in self.findings)

    def run(self, closing: Closing) -> None:
        """Fill ``outcomes`` and ``findings``."""
        if self.instance is None:
            self._fault("", "", "there is usage of an instance that does not exist")
        for fault in audit(self.on_file):
            self._fault(*fault)
        self._check_open(closing)
        self._check_records()
        self._check_rest()

    def _fault(self, hour: str, sn: str, message: str) -> None:
        self.findings.append(Finding(FAULT, self.instance_id, hour, sn, "", message))

    def _check_open(self, closing: Closing) -> None:
        for hour, part in sorted(self.meter.open.items()):
            due = seal_due_at(hour, self.instance, closing) if self.instance else times.hour_end(hour)
            if due + OVERDUE < self.now:
                quantity = plain(add(*part.totals.values()))
                text = f"over since {times.iso(due)} and not sealed: push_usage did not run or failed"
                self.findings.append(Finding(UNSEALED, self.instance_id, hour, "", quantity, text))

    def _check_records(self) -> None:
        replaced = self.on_file.replaced_by()
        for part, record in sorted(self.on_file.records(), key=lambda found: found[1].begin):
            trail = self.trails[record.metering_sn]
            if trail.status == LOST:
                self._fault(part.hour, record.metering_sn, trail.problem)
            elif record.metering_sn not in replaced:
                self._check_waiting(part, record, trail)
            elif trail.status not in (REJECTED, ABNORMAL, ARCHIVED):
                new = replaced[record.metering_sn].metering_sn
                self._fault(part.hour, record.metering_sn, f"is {trail.status} and was reported again as {new}")
            if not part.again_of:
                self._count(record, replaced)
        self.outcomes.count(ARCHIVED, self.on_file.archived())

    def _check_waiting(self, part: SealedHour, record: Record, trail: Trail) -> None:
        fate = trail.fate
        if trail.status in (PENDING, NO_BATCH):
            waits = times.parse_iso(part.sealed_at) + OVERDUE < self.now
        else:
            waits = trail.status in NEEDS_OPERATOR and fate is not None and not fate.accepted
        if not waits:
            return
        known = [part for part in (fate.code, fate.note) if part] if fate and fate.status != MOVED else []
        text = f"{', '.join(known)}; {ADVICE[trail.status]}" if known else ADVICE[trail.status]
        self.findings.append(
            Finding(trail.status, self.instance_id, part.hour, record.metering_sn, plain(record.quantity), text)
        )

    def _count(self, record: Record, replaced: dict[str, Record]) -> None:
        """What became of a quantity in the end: that of its last report."""
        seen: set[str] = set()
        last = record
        while last.metering_sn in replaced and last.metering_sn not in seen:
            seen.add(last.metering_sn)
            last = replaced[last.metering_sn]
        trail = self.trails[last.metering_sn]
        accepted = trail.fate is not None and bool(trail.fate.accepted)
        self.outcomes.count(trail.status, record.quantity, accepted=accepted)

    def _check_rest(self) -> None:
        rest = rest_to_act_on(self.meter)
        if rest:
            hour = max((part.hour for part in self.meter.sealed), default="")
            text = "left when the final hour was sealed: bill it by hand, then usage acknowledge this hour"
            self.findings.append(Finding(REST, self.instance_id, hour, "", plain(rest), text))
