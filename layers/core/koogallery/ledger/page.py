"""Pages: older parts of a meter, in items that never change, and the directory by which the meter finds them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from koogallery import times
from koogallery.ledger.entries import Record, SealedHour, UsageEvent, compact, dump_sealed, load_sealed

MOST_SPANS = 2
"""Spans of hours that the directory tells of the pages made in one hour. A wider one costs a read, never an event."""


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
        """Number of events and seals in it."""
        return sum(map(len, self.events.values())) + sum(1 + len(sealed.events) for sealed in self.sealed)

    def posted(self) -> Iterator[Record]:
        """Its records, without reports made again."""
        return (record for sealed in self.sealed if not sealed.again_of for record in sealed.records)

    def to_document(self) -> str:
        """JSON text for the state."""
        events = {hour: [event.dump() for event in events] for hour, events in self.events.items()}
        fields = {"events": events, "sealed": [dump_sealed(sealed) for sealed in self.sealed]}
        return compact(fields)

    @staticmethod
    def from_document(document: str) -> Page:
        """Read what ``to_document`` wrote."""
        fields = json.loads(document)
        events = {hour: [UsageEvent.load(event) for event in events] for hour, events in fields["events"].items()}
        return Page(events, [load_sealed(sealed) for sealed in fields["sealed"]])


def page_sort(made: str, number: int) -> str:
    """Sort key of page ``number`` of those made in the hour ``made``: it can be asked for before it is known."""
    return f"{made}#{number:04d}"


def dump_directory(pages: Iterable[PageEntry]) -> dict[str, list[tuple[str, str, int, int]]]:
    """JSON form of the pages, by the hour they were made in: span of hours, first and last number.

    A busy hour makes many, and they stay in the directory for weeks. So that it cannot fill the meter, pages
    beyond ``MOST_SPANS`` of an hour stand there with a span that holds them all.
    """
    runs: dict[str, list[tuple[str, str, int, int]]] = {}
    for lowest, highest, made, number in pages:
        of_hour = runs.setdefault(made, [])
        run = (lowest, highest, number, number)
        if of_hour and (*of_hour[-1][:2], of_hour[-1][3] + 1) == (lowest, highest, number):
            run = (lowest, highest, of_hour.pop()[2], number)
        elif len(of_hour) == MOST_SPANS:
            low, high, first, _ = of_hour.pop()
            run = (min(low, lowest), max(high, highest), first, number)
        of_hour.append(run)
    return runs


def load_directory(runs: dict[str, list[Any]]) -> list[PageEntry]:
    """Read ``dump_directory``."""
    return [
        PageEntry(lowest, highest, made, number)
        for made, of_hour in runs.items()
        for lowest, highest, first, last in of_hour
        for number in range(first, last + 1)
    ]


def hours_spanned(events: Iterable[UsageEvent], hours: Iterable[str]) -> tuple[str, str]:
    """Lowest and highest hour of events (by their own time) and seals."""
    every = [*hours, *(times.hour_of(event.time) for event in events)]
    return min(every), max(every)
