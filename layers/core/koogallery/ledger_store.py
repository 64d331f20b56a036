"""Meters, their pages and batches in the state."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from koogallery import times
from koogallery.ledger.batch import Batch
from koogallery.ledger.meter import Meter, Page, PageEntry, SealedHour, page_sort
from koogallery.ledger.sealing import is_heavy, is_heavy_by_events, overflows, take_page
from koogallery.queues import RETENTION, put_pointer
from koogallery.slots import batch_key, meter_key, page_partition
from koogallery.state import Item, Key, State
from koogallery.stores import Contended, Stored

EVENTS_KEPT = 200_000
"""About 60 MB as objects: two hours and more of an instance that fills its pages as fast as the ledger allows."""
HOURS_SEEN = 10_000
"""Of how many hours of instances it is kept in mind how many pages were made in them."""
PAGES_OF_NEW_HOUR, PAGES_AHEAD = 30, 8
"""How many pages are asked for on the chance that they are there: in an hour not looked at yet, and beyond those known.

An hour of 50,000 events makes some thirty."""
NAME_TRIES = 25
"""Pages of one hour that writers left behind who died, or lost their race, before they wrote the meter."""

NOTHING_FOUND: Mapping[Key, Item] = {}


def load_meter(state: State, instance_id: str) -> tuple[Meter | None, Stored]:
    """The meter of an instance, and what it is written back with."""
    stored = Stored(state.get(meter_key(instance_id)))
    return read_meter(stored), stored


def read_meter(stored: Stored) -> Meter | None:
    """A new object of a meter that was read already."""
    return Meter.from_document(stored.item.document) if stored.item else None


def page_key(instance_id: str, sort: str) -> Key:
    """Where a page is kept."""
    return Key(page_partition(instance_id), sort)


class PageReader:
    """Reads pages and keeps the latest: a page never changes, and reports of one hour ask for the same ones.

    Their names are numbers within an hour, so that those that may be there can be asked for together with the meter
    that says which of them are.
    """

    def __init__(self, most_events: int = EVENTS_KEPT) -> None:
        self._most_events = most_events
        self._kept: OrderedDict[Key, Page] = OrderedDict()
        self._events = 0
        self._last_number: OrderedDict[tuple[str, str], int] = OrderedDict()

    def likely(self, instance_id: str, hours: Iterable[str]) -> list[Key]:
        """Pages that may have been made in some hours and are not kept."""
        keys = []
        for hour in hours:
            known = self._last_number.get((instance_id, hour))
            last = PAGES_OF_NEW_HOUR if known is None else known + PAGES_AHEAD
            keys += [page_key(instance_id, page_sort(hour, number)) for number in range(1, last + 1)]
        return [key for key in keys if key not in self._kept]

    def learn(self, meter: Meter, hours: Iterable[str]) -> None:
        """Keep in mind how many pages a meter has of some hours."""
        for hour in hours:
            last = max((entry.number for entry in meter.pages if entry.made == hour), default=0)
            self._last_number[meter.instance_id, hour] = last
            self._last_number.move_to_end((meter.instance_id, hour))
        while len(self._last_number) > HOURS_SEEN:
            self._last_number.popitem(last=False)

    def read(
        self, state: State, instance_id: str, entries: Iterable[PageEntry], found: Mapping[Key, Item] = NOTHING_FOUND
    ) -> list[Page]:
        """Pages of a meter, one call for those that are neither kept nor among the items ``found`` by a guess."""
        keys = [page_key(instance_id, entry.sort) for entry in entries]
        pages = {key: self._kept[key] for key in keys if key in self._kept}
        items = {key: found[key] for key in keys if key in found and key not in pages}
        missing = [key for key in keys if key not in pages and key not in items]
        if missing:
            items.update(state.get_many(missing))
        pages.update((key, Page.from_document(item.document)) for key, item in items.items())
        for key, page in pages.items():
            self.keep(key, page)
        return list(pages.values())

    def keep(self, key: Key, page: Page) -> None:
        """Have a page at hand that was read or written just now; the oldest make room."""
        self._forget(key)
        self._kept[key] = page
        self._events += page.size()
        while self._events > self._most_events and len(self._kept) > 1:
            self._forget(next(iter(self._kept)))

    def _forget(self, key: Key) -> None:
        page = self._kept.pop(key, None)
        self._events -= page.size() if page else 0


def needs_room(meter: Meter, stored: Stored) -> bool:
    """Has a meter, as it was read, grown so far that a page has to move out before it takes more?"""
    return stored.item is not None and overflows(meter, stored.item.document)


def make_room(  # noqa: PLR0913 - the meter, and all that a page moving out of it rests on
    state: State,
    meter: Meter,
    stored: Stored,
    *,
    now: datetime,
    retention_ends: Callable[[str], datetime],
    may_move: Callable[[SealedHour], bool] = lambda _: False,
    pages: PageReader | None = None,
) -> None:
    """Move a page out of a meter that has grown, before anything in it is changed; ``pages`` keeps what moved.

    ``meter`` is as it was read. The page is written, the meter not yet: it goes with the next write of its own.
    """
    if stored.item is None or not needs_room(meter, stored):
        return
    heavy = is_heavy(meter, stored.item.document)
    taken = take_page(meter, heavy=heavy, with_events=is_heavy_by_events(meter), now=now, may_move=may_move)
    if taken is None:
        return
    entry, page = taken
    if entry.number == 1:
        due = retention_ends(max(entry.highest, times.next_hour(entry.made)))
        put_pointer(state, RETENTION, due=due, now=now, owner=meter.instance_id, subject=f"pages {entry.made}")
    meter.pages[-1] = entry = _put_page(state, meter.instance_id, entry, page.to_document())
    if pages:
        pages.keep(page_key(meter.instance_id, entry.sort), page)


def _put_page(state: State, instance_id: str, entry: PageEntry, document: str) -> PageEntry:
    """Write a page under the first number that nobody has taken."""
    for _ in range(NAME_TRIES):
        if state.put_if_absent(page_key(instance_id, entry.sort), document):
            return entry
        entry = entry._replace(number=entry.number + 1)
    raise Contended(f"pages of {instance_id}")


def store_meter(state: State, meter: Meter, stored: Stored) -> Stored | None:
    """Write a meter back; see ``Stored.write``."""
    return stored.write(state, meter_key(meter.instance_id), meter.to_document())


def load_batch(state: State, batch_id: str) -> tuple[Batch | None, Stored]:
    """A batch, and what it is written back with."""
    item = state.get(batch_key(batch_id))
    return (Batch.from_document(item.document) if item else None), Stored(item)


def store_batch(state: State, batch: Batch, stored: Stored) -> Stored | None:
    """Write a batch back; see ``Stored.write``."""
    return stored.write(state, batch_key(batch.id), batch.to_document())
