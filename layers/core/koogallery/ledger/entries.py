"""What is written down of usage: events, the hours they are booked in, the records an hour is sealed into."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from koogallery import times
from koogallery.ledger.quantity import plain
from koogallery.ledger.sums import add_to, dump_sums, load_sums


class UsageEvent(NamedTuple):
    """One accepted event. ``time`` is UTC; ``package`` is the package's instance id or empty."""

    id: str
    quantity: Decimal
    time: datetime
    package: str

    def same_content(self, other: UsageEvent) -> bool:
        """Is a repetition of the id harmless?"""
        return self.quantity == other.quantity and self.time == other.time and self.package == other.package

    def dump(self) -> list[str]:
        """JSON form."""
        return [self.id, plain(self.quantity), times.iso(self.time), self.package]

    def size(self) -> int:
        """Bytes it takes in a document, with the comma."""
        return len(compact(self.dump()).encode()) + 1

    @staticmethod
    def load(fields: list[str]) -> UsageEvent:
        """Read ``dump``."""
        return UsageEvent(fields[0], Decimal(fields[1]), times.parse_iso(fields[2]), fields[3])


class Record(NamedTuple):
    """A sealed usage record: what will be sent, for ever the same. ``batch`` is the batch that sends it."""

    metering_sn: str
    package: str
    begin: str
    end: str
    quantity: Decimal
    batch: str

    def dump(self) -> list[str]:
        """JSON form."""
        return [self.metering_sn, self.package, self.begin, self.end, plain(self.quantity), self.batch]

    @staticmethod
    def load(fields: list[str]) -> Record:
        """Read ``dump``."""
        metering_sn, package, begin, end, quantity, batch = fields
        return Record(metering_sn, package, begin, end, Decimal(quantity), batch)


@dataclass
class OpenHour:
    """An hour that still takes usage: totals by package (empty = none) and the events behind them."""

    totals: dict[str, Decimal] = field(default_factory=dict)
    events: list[UsageEvent] = field(default_factory=list)
    first: datetime | None = None

    def add(self, event: UsageEvent) -> None:
        """Count an event."""
        self.events.append(event)
        add_to(self.totals, event.package, event.quantity)
        self.first = event.time if self.first is None else min(self.first, event.time)

    def absorb(self, other: OpenHour) -> None:
        """Take over everything another hour holds."""
        self.events += other.events
        for package, total in other.totals.items():
            add_to(self.totals, package, total)
        moments = [moment for moment in (self.first, other.first) if moment]
        self.first = min(moments) if moments else None


class Line(NamedTuple):
    """What an hour's seal did for one package: used + carried_in = Σ its records + carried_out."""

    used: Decimal
    carried_in: Decimal
    carried_out: Decimal


@dataclass
class SealedHour:
    """An hour that is closed for good. No records: the hour was zero, which is not the same as missing."""

    hour: str
    sealed_at: str
    lines: dict[str, Line]
    records: list[Record]
    events: list[UsageEvent]
    again_of: str = ""


def dump_open(hour: OpenHour) -> dict[str, Any]:
    """JSON form of an open hour."""
    return {
        "totals": dump_sums(hour.totals),
        "events": [event.dump() for event in hour.events],
        "first": times.iso(hour.first) if hour.first else "",
    }


def load_open(fields: dict[str, Any]) -> OpenHour:
    """Read ``dump_open``."""
    return OpenHour(
        totals=load_sums(fields["totals"]),
        events=[UsageEvent.load(event) for event in fields["events"]],
        first=times.parse_iso(fields["first"]) if fields["first"] else None,
    )


def dump_sealed(sealed: SealedHour) -> dict[str, Any]:
    """JSON form of a seal."""
    fields: dict[str, Any] = {
        "hour": sealed.hour,
        "at": sealed.sealed_at,
        "lines": {package: [plain(part) for part in line] for package, line in sealed.lines.items()},
        "records": [record.dump() for record in sealed.records],
        "events": [event.dump() for event in sealed.events],
    }
    return {**fields, "again_of": sealed.again_of} if sealed.again_of else fields


def load_sealed(fields: dict[str, Any]) -> SealedHour:
    """Read ``dump_sealed``."""
    return SealedHour(
        hour=fields["hour"],
        sealed_at=fields["at"],
        lines={package: Line(*map(Decimal, line)) for package, line in fields["lines"].items()},
        records=[Record.load(record) for record in fields["records"]],
        events=[UsageEvent.load(event) for event in fields["events"]],
        again_of=fields.get("again_of", ""),
    )


def compact(fields: object) -> str:
    """JSON text as the state holds it."""
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":"))
