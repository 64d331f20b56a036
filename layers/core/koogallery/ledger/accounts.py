"""Accounts: the books of one meter, and everything of it that is on file. Pure; ``audit`` compares the two.

    used = posted + open + carried                    the meter's own books, which survive retention
    used   = Σ events on file  + what was archived    nothing is archived while every page is young enough
    posted = Σ records on file + what was archived

A page that nobody names (a writer lost its race after writing it) repeats what is on file elsewhere: every event and
every seal is counted once, wherever it is met first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import NamedTuple

from koogallery.ledger.entries import Record, SealedHour, UsageEvent
from koogallery.ledger.meter import Meter
from koogallery.ledger.page import Page
from koogallery.ledger.quantity import PLACES, ZERO, add
from koogallery.ledger.sums import Sums, add_to, summed


class Balance(NamedTuple):
    """The books of a meter, summed over packages."""

    used: Decimal
    posted: Decimal
    open: Decimal
    carried: Decimal

    @property
    def difference(self) -> Decimal:
        """0 when the books agree."""
        return add(self.used, -self.posted, -self.open, -self.carried)

    def plus(self, other: Balance) -> Balance:
        """Both together."""
        return Balance(*(add(mine, its) for mine, its in zip(self, other, strict=True)))


NOTHING = Balance(ZERO, ZERO, ZERO, ZERO)


def balance(meter: Meter) -> Balance:
    """The four sums of a meter."""
    open_totals = [total for part in meter.open.values() for total in part.totals.values()]
    return Balance(meter.total_used(), add(*meter.posted.values()), add(*open_totals), add(*meter.carried.values()))


def rest_to_act_on(meter: Meter) -> Decimal:
    """What a closed meter still carries and could have been billed: no later hour will take it. 0 when nothing."""
    rest = [carried for carried in meter.carried.values() if carried >= PLACES]
    return add(*rest) if meter.closed and not meter.accepted_rest else ZERO


@dataclass
class OnFile:
    """Everything on file of one meter. ``is_kept`` says of an hour that nothing of it can have been retired yet.

    ``parts`` are the seals without their events, by hour and ``again_of``; ``events`` the sums of the events by the
    hour they are booked in; ``twice`` the events that the meter itself counts twice, with their hours.
    """

    meter: Meter
    is_kept: Callable[[str], bool]
    parts: dict[tuple[str, str], SealedHour] = field(default_factory=dict)
    events: dict[str, Sums] = field(default_factory=dict)
    twice: list[tuple[str, str]] = field(default_factory=list)
    pages: set[str] = field(default_factory=set)
    inline_events: Sums = field(default_factory=dict)
    inline_records: Sums = field(default_factory=dict)
    _seen: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        for hour, event in _booked_inline(self.meter):
            if not self._take_event(hour, event):
                self.twice.append((hour, event.id))
        for sealed in self.meter.sealed:
            if not self._take_part(sealed):
                self.twice.append((sealed.hour, "the seal"))
        self.inline_events, self.inline_records = self.event_sums(), self.posted_sums()

    def take_page(self, sort: str, page: Page) -> None:
        """Add what a page holds and is not known yet."""
        self.pages.add(sort)
        for hour, event in page.booked_events():
            self._take_event(hour, event)
        for sealed in page.sealed:
            self._take_part(sealed)

    def _take_event(self, hour: str, event: UsageEvent) -> bool:
        if event.id in self._seen:
            return False
        self._seen.add(event.id)
        add_to(self.events.setdefault(hour, {}), event.package, event.quantity)
        return True

    def _take_part(self, sealed: SealedHour) -> bool:
        key = (sealed.hour, sealed.again_of)
        if key in self.parts:
            return False
        self.parts[key] = replace(sealed, events=[])
        return True

    def event_sums(self) -> Sums:
        """Events by package."""
        return summed(pair for sums in self.events.values() for pair in sums.items())

    def posted_sums(self) -> Sums:
        """Sealed records by package, without reports made again."""
        return summed((record.package, record.quantity) for part, record in self.records() if not part.again_of)

    def records(self) -> Iterator[tuple[SealedHour, Record]]:
        """Every record with its seal."""
        return ((part, record) for part in self.parts.values() for record in part.records)

    def replaced_by(self) -> dict[str, Record]:
        """By ``metering_sn`` of a refused record: its new report."""
        return {part.again_of: record for part, record in self.records() if part.again_of}

    def archived(self) -> Decimal:
        """The quantity of records that only the archive has."""
        return add(*self.meter.posted.values(), *(-total for total in self.posted_sums().values()))


def _booked_inline(meter: Meter) -> Iterator[tuple[str, UsageEvent]]:
    for hour, part in meter.open.items():
        yield from ((hour, event) for event in part.events)
    for sealed in meter.sealed:
        yield from ((sealed.hour, event) for event in sealed.events)
