"""The meter aggregate: the whole usage account of one instance, in one item.

All rules of the ledger that concern one instance hold inside it, so that one conditional write keeps them:
an event counts once, a sealed hour takes nothing more, what is below 0.0001 is carried into a later hour,
several packages of one hour get intervals of their own.

    Σ events accepted (``used``) = Σ records sealed (``posted``) + Σ open hours + Σ carried   (``reconcile`` proves it)

Older parts move into pages: items that never change. A page is written first, under a key of its own, then the meter
without its content: a crash in between leaves a page that nobody names. It says nothing new, for a page holds only
what an earlier write of the meter has accepted. The sums in the meter know what moved, so that the proof still holds
when retention has removed the pages.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from koogallery import times
from koogallery.ledger.quantity import add, plain
from koogallery.ledger.sums import add_to, dump_sums, load_sums

MOST_SPANS = 2
"""Spans of hours that the directory tells of the pages made in one hour. A wider one costs a read, never an event."""


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
        return len(_compact(self.dump()).encode()) + 1

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


class PageEntry(NamedTuple):
    """Directory entry: page ``number`` of those made in the hour ``made`` holds events and seals of a span of hours."""

    lowest: str
    highest: str
    made: str
    number: int

    @property
    def sort(self) -> str:
        """Sort key of the page."""
        return page_sort(self.made, self.number)


@dataclass
class Moved:
    """What has ever gone into pages: its lowest hour, and by package the sums of its events and of its records."""

    since: str = ""
    used: dict[str, Decimal] = field(default_factory=dict)
    posted: dict[str, Decimal] = field(default_factory=dict)

    def take(self, lowest: str, page: Page) -> None:
        """Count a page in."""
        self.since = min(self.since or lowest, lowest)
        for event in page.all_events():
            add_to(self.used, event.package, event.quantity)
        for record in page.posted():
            add_to(self.posted, record.package, record.quantity)


@dataclass
class Meter:
    """See the module. Sums by package: ``used`` of every event ever accepted, ``posted`` of every record ever sealed.

    A report made again replaces a record and is not posted a second time. ``accepted_rest`` is an operator's note:
    what a closed meter still carries stays unbilled.
    """

    instance_id: str
    open: dict[str, OpenHour] = field(default_factory=dict)
    sealed: list[SealedHour] = field(default_factory=list)
    carried: dict[str, Decimal] = field(default_factory=dict)
    used: dict[str, Decimal] = field(default_factory=dict)
    posted: dict[str, Decimal] = field(default_factory=dict)
    moved: Moved = field(default_factory=Moved)
    pages: list[PageEntry] = field(default_factory=list)
    closed: bool = False
    accepted_rest: str = ""

    def inline_events(self) -> Iterator[UsageEvent]:
        """Every event that has not moved into a page."""
        for hour in self.open.values():
            yield from hour.events
        for sealed in self.sealed:
            yield from sealed.events

    def give_up_events(self) -> dict[str, list[UsageEvent]]:
        """Hand over every event, by the hour it is booked in; totals and seals stay."""
        given: dict[str, list[UsageEvent]] = {}
        parts: list[tuple[str, OpenHour | SealedHour]] = [*self.open.items(), *((s.hour, s) for s in self.sealed)]
        for hour, part in parts:
            if part.events:
                given[hour] = given.get(hour, []) + part.events
                part.events = []
        return given

    def sealed_hour(self, hour: str) -> SealedHour | None:
        """The seal of an hour, if it has not moved into a page. Reports made again do not count."""
        return next((sealed for sealed in self.sealed if sealed.hour == hour and not sealed.again_of), None)

    def total_used(self) -> Decimal:
        """Sum over all packages."""
        return add(*self.used.values())

    def directory(self) -> dict[str, list[tuple[str, str, int, int]]]:
        """JSON form of the pages, by the hour they were made in: span of hours, first and last number.

        A busy hour makes many, and they stay in the directory for weeks. So that it cannot fill the meter, pages
        beyond ``MOST_SPANS`` of an hour stand there with a span that holds them all.
        """
        runs: dict[str, list[tuple[str, str, int, int]]] = {}
        for lowest, highest, made, number in self.pages:
            of_hour = runs.setdefault(made, [])
            run = (lowest, highest, number, number)
            if of_hour and (*of_hour[-1][:2], of_hour[-1][3] + 1) == (lowest, highest, number):
                run = (lowest, highest, of_hour.pop()[2], number)
            elif len(of_hour) == MOST_SPANS:
                low, high, first, _ = of_hour.pop()
                run = (min(low, lowest), max(high, highest), first, number)
            of_hour.append(run)
        return runs

    def to_document(self) -> str:
        """JSON text for the state."""
        return _compact(
            {
                "instance": self.instance_id,
                "open": {hour: _dump_open(part) for hour, part in self.open.items()},
                "sealed": [dump_sealed(part) for part in self.sealed],
                "carried": dump_sums(self.carried),
                "used": dump_sums(self.used),
                "posted": dump_sums(self.posted),
                "moved": [self.moved.since, dump_sums(self.moved.used), dump_sums(self.moved.posted)],
                "pages": self.directory(),
                "closed": self.closed,
                "accepted_rest": self.accepted_rest,
            }
        )

    @staticmethod
    def from_document(document: str) -> Meter:
        """Read what ``to_document`` wrote."""
        fields = json.loads(document)
        return Meter(
            instance_id=fields["instance"],
            open={hour: _load_open(part) for hour, part in fields["open"].items()},
            sealed=[load_sealed(part) for part in fields["sealed"]],
            carried=load_sums(fields["carried"]),
            used=load_sums(fields["used"]),
            posted=load_sums(fields["posted"]),
            moved=_load_moved(fields["moved"]),
            pages=_load_directory(fields["pages"]),
            closed=fields["closed"],
            accepted_rest=fields["accepted_rest"],
        )


@dataclass
class Page:
    """Events (by the hour they are booked in) and seals that moved out of a meter; never changed afterwards."""

    events: dict[str, list[UsageEvent]] = field(default_factory=dict)
    sealed: list[SealedHour] = field(default_factory=list)

    def booked_events(self) -> Iterator[tuple[str, UsageEvent]]:
        """Every event in it with the hour it is booked in."""
        for hour, events in self.events.items():
            yield from ((hour, event) for event in events)
        for sealed in self.sealed:
            yield from ((sealed.hour, event) for event in sealed.events)

    def all_events(self) -> Iterator[UsageEvent]:
        """Every event in it."""
        return (event for _, event in self.booked_events())

    def size(self) -> int:
        """Number of events in it."""
        return sum(map(len, self.events.values())) + sum(len(sealed.events) for sealed in self.sealed)

    def posted(self) -> Iterator[Record]:
        """Its records, without reports made again."""
        return (record for sealed in self.sealed if not sealed.again_of for record in sealed.records)

    def to_document(self) -> str:
        """JSON text for the state."""
        events = {hour: [event.dump() for event in events] for hour, events in self.events.items()}
        fields = {"events": events, "sealed": [dump_sealed(sealed) for sealed in self.sealed]}
        return _compact(fields)

    @staticmethod
    def from_document(document: str) -> Page:
        """Read what ``to_document`` wrote."""
        fields = json.loads(document)
        events = {hour: [UsageEvent.load(event) for event in events] for hour, events in fields["events"].items()}
        return Page(events, [load_sealed(sealed) for sealed in fields["sealed"]])


def page_sort(made: str, number: int) -> str:
    """Sort key of page ``number`` of those made in the hour ``made``: it can be asked for before it is known."""
    return f"{made}#{number:04d}"


def hours_spanned(events: Iterable[UsageEvent], hours: Iterable[str]) -> tuple[str, str]:
    """Lowest and highest hour of events (by their own time) and seals."""
    every = [*hours, *(times.hour_of(event.time) for event in events)]
    return min(every), max(every)


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


def _compact(fields: object) -> str:
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":"))


def _dump_open(hour: OpenHour) -> dict[str, Any]:
    return {
        "totals": dump_sums(hour.totals),
        "events": [event.dump() for event in hour.events],
        "first": times.iso(hour.first) if hour.first else "",
    }


def _load_open(fields: dict[str, Any]) -> OpenHour:
    return OpenHour(
        totals=load_sums(fields["totals"]),
        events=[UsageEvent.load(event) for event in fields["events"]],
        first=times.parse_iso(fields["first"]) if fields["first"] else None,
    )


def _load_moved(fields: list[Any]) -> Moved:
    since, used, posted = fields
    return Moved(since, load_sums(used), load_sums(posted))


def _load_directory(runs: dict[str, list[Any]]) -> list[PageEntry]:
    return [
        PageEntry(lowest, highest, made, number)
        for made, of_hour in runs.items()
        for lowest, highest, first, last in of_hour
        for number in range(first, last + 1)
    ]
