"""Reads the pages of meters from the state, and keeps them for the next call of a warm function."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping

from koogallery.ledger.meter import Meter
from koogallery.ledger.page import Page, PageEntry, page_sort
from koogallery.slots import page_partition
from koogallery.state import Item, Key, State

EVENTS_KEPT = 200_000
"""About 60 MB as objects: two hours and more of an instance that fills its pages as fast as the ledger allows."""
HOURS_SEEN = 10_000
"""Of how many hours of instances it is kept in mind how many pages were made in them."""
PAGES_OF_NEW_HOUR, PAGES_AHEAD = 30, 8
"""How many pages are asked for on the chance that they are there: in an hour not looked at yet, and beyond those known.

An hour of 50,000 events makes some thirty."""
NOTHING_FOUND: Mapping[Key, Item] = {}


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
