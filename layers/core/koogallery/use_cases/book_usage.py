"""Books the events of a report into the meter of one instance.

One conditional write for each ``CHUNK_BYTES`` of them. What a write rests on was put before it: the pointer of an hour
it opens, and the page that an earlier growth of the meter moves into.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from koogallery import times
from koogallery.instances.instance import Instance
from koogallery.ledger.booking import Booking, book, hours_to_search, pages_to_read
from koogallery.ledger.entries import UsageEvent
from koogallery.ledger.meter import Meter
from koogallery.ledger_store import make_room, needs_room, read_meter, store_meter
from koogallery.queues import USAGE, put_pointer
from koogallery.services import Services
from koogallery.slots import meter_key
from koogallery.spans import closing, retention_ends
from koogallery.state import Item, Key
from koogallery.stores import WRITE_TRIES, Contended, Stored

CHUNK_BYTES = 170_000
"""A thousand events with the longest ids in ASCII. With what stays inline it is below the size of an item."""


def likely_pages(services: Services, by_instance: Mapping[str, Sequence[UsageEvent]], most: int) -> list[Key]:
    """What to read together with the meter, on the chance that it is there, for a report on one hour of one instance.

    A report on more of them has a read for the pages of each instance and stays within two calls an hour.
    ``most`` pages are asked for.
    """
    pairs = {(id_, times.hour_of(event.time)) for id_, events in by_instance.items() for event in events}
    if len(pairs) != 1:
        return []
    ((instance_id, events),) = by_instance.items()
    return services.pages.likely(instance_id, _hours_of_pages(services, events))[:most]


class UsageBooker:
    """``found``: what was read for the report. The meter among it is written back, or read again after a lost race."""

    def __init__(self, services: Services, instance: Instance, found: Mapping[Key, Item]) -> None:
        self._services, self._instance, self._found = services, instance, found
        self._key = meter_key(instance.instance_id)
        self._stored = Stored(found.get(self._key))

    def book(self, events: Sequence[UsageEvent]) -> Iterator[Booking]:
        """Book events that ``refusal`` let pass: what became of them, write by write. Raises ``Contended``."""
        return map(self._book_chunk, _chunks(events))

    def _book_chunk(self, events: Sequence[UsageEvent]) -> Booking:
        state, now, owner = self._services.state, self._services.clock.now(), self._instance.instance_id
        for _ in range(WRITE_TRIES):
            meter, booking = self._booked(events)
            if not booking.accepted:
                return booking
            for hour in booking.opened:
                put_pointer(state, USAGE, due=times.hour_end(hour), now=now, owner=owner, subject=hour)
            written = store_meter(state, meter, self._stored)
            if written:
                self._stored = written
                return booking
            self._stored = Stored(state.get(self._key))
        raise Contended(f"meter of {owner}")

    def _booked(self, events: Sequence[UsageEvent]) -> tuple[Meter, Booking]:
        """The meter with the events in it. Only if it takes one of them is it given room, and then before that."""
        meter = self._meter()
        is_full = needs_room(meter, self._stored)
        booking = self._book_into(meter, events)
        if not is_full or not booking.accepted:
            return meter, booking
        meter, services = self._meter(), self._services
        ends = retention_ends(services.settings)
        now = services.clock.now()
        make_room(services.state, meter, self._stored, now=now, retention_ends=ends, pages=services.pages)
        return meter, self._book_into(meter, events)

    def _meter(self) -> Meter:
        return read_meter(self._stored) or Meter(self._instance.instance_id)

    def _book_into(self, meter: Meter, events: Sequence[UsageEvent]) -> Booking:
        services, now = self._services, self._services.clock.now()
        services.pages.learn(meter, _hours_of_pages(services, events))
        entries = pages_to_read(meter, events)
        pages = services.pages.read(services.state, meter.instance_id, entries, self._found)
        return book(meter, pages, events, self._instance, now, closing(services.settings))


def _hours_of_pages(services: Services, events: Sequence[UsageEvent]) -> list[str]:
    """In which hours pages were made that may know the events, the latest first: usage is reported soon."""
    return sorted({*hours_to_search(events), times.hour_of(services.clock.now())}, reverse=True)


def _chunks(events: Sequence[UsageEvent]) -> Iterator[Sequence[UsageEvent]]:
    """By bytes, not by number: ids may be long, and nobody says in which script."""
    start = size = 0
    for position, event in enumerate(events):
        own = event.size()
        if size + own > CHUNK_BYTES:
            yield events[start:position]
            start, size = position, 0
        size += own
    yield events[start:]
