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
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from koogallery.ledger.entries import (
    OpenHour,
    SealedHour,
    UsageEvent,
    compact,
    dump_open,
    dump_sealed,
    load_open,
    load_sealed,
)
from koogallery.ledger.page import Page, PageEntry, dump_directory, load_directory
from koogallery.ledger.quantity import add
from koogallery.ledger.sums import add_to, dump_sums, load_sums


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

    def to_document(self) -> str:
        """JSON text for the state."""
        return compact(
            {
                "instance": self.instance_id,
                "open": {hour: dump_open(part) for hour, part in self.open.items()},
                "sealed": [dump_sealed(part) for part in self.sealed],
                "carried": dump_sums(self.carried),
                "used": dump_sums(self.used),
                "posted": dump_sums(self.posted),
                "moved": [self.moved.since, dump_sums(self.moved.used), dump_sums(self.moved.posted)],
                "pages": dump_directory(self.pages),
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
            open={hour: load_open(part) for hour, part in fields["open"].items()},
            sealed=[load_sealed(part) for part in fields["sealed"]],
            carried=load_sums(fields["carried"]),
            used=load_sums(fields["used"]),
            posted=load_sums(fields["posted"]),
            moved=_load_moved(fields["moved"]),
            pages=load_directory(fields["pages"]),
            closed=fields["closed"],
            accepted_rest=fields["accepted_rest"],
        )


def _load_moved(fields: list[Any]) -> Moved:
    since, used, posted = fields
    return Moved(since, load_sums(used), load_sums(posted))
