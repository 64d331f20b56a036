"""Meters, their pages and batches in the state."""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Callable, Sequence
from datetime import datetime

from koogallery.ledger.batch import Batch
from koogallery.ledger.meter import Meter, Page, SealedHour
from koogallery.ledger.sealing import is_heavy, overflows, take_page
from koogallery.queues import RETENTION, put_pointer
from koogallery.slots import batch_key, meter_key, page_partition
from koogallery.state import Key, State
from koogallery.stores import Stored

EVENTS_KEPT = 100_000
"""About 30 MB as objects: twenty pages of a busy hour and more."""


def load_meter(state: State, instance_id: str) -> tuple[Meter | None, Stored]:
    """The meter of an instance, and what it is written back with."""
    item = state.get(meter_key(instance_id))
    return (Meter.from_document(item.document) if item else None), Stored(item)


class PageReader:
    """Reads pages and keeps the latest: a page never changes, and reports of one hour ask for the same ones."""

    def __init__(self, most_events: int = EVENTS_KEPT) -> None:
        self._most_events = most_events
        self._kept: OrderedDict[Key, Page] = OrderedDict()
        self._events = 0

    def read(self, state: State, instance_id: str, sorts: Sequence[str]) -> list[Page]:
        """Pages of a meter by sort key, one call for those that are not kept."""
        keys = [Key(page_partition(instance_id), sort) for sort in sorts]
        pages = {key: self._kept[key] for key in keys if key in self._kept}
        missing = [key for key in keys if key not in pages]
        if missing:
            found = state.get_many(missing)
            pages.update((key, Page.from_document(item.document)) for key, item in found.items())
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


def store_meter(  # noqa: PLR0913 - the meter, and all that a page moving out of it rests on
    state: State,
    meter: Meter,
    stored: Stored,
    *,
    now: datetime,
    retention_ends: Callable[[str], datetime],
    may_move: Callable[[SealedHour], bool] = lambda _: False,
    pages: PageReader | None = None,
) -> bool:
    """Write a meter back, moving a page out first when it has grown; False when another writer was faster.

    ``pages`` keeps the page that moved.
    """
    document = meter.to_document()
    if overflows(meter, document):
        heavy = is_heavy(meter, document)
        taken = take_page(meter, heavy=heavy, name=secrets.token_hex(6), now=now, may_move=may_move)
        if taken:
            entry, page = taken
            key = Key(page_partition(meter.instance_id), entry.sort)
            due = retention_ends(entry.highest)
            put_pointer(state, RETENTION, due=due, now=now, owner=meter.instance_id, subject=f"page {entry.sort}")
            if not state.put_if_absent(key, page.to_document()):
                return False
            if pages:
                pages.keep(key, page)
            document = meter.to_document()
    return stored.write(state, meter_key(meter.instance_id), document)


def load_batch(state: State, batch_id: str) -> tuple[Batch | None, Stored]:
    """A batch, and what it is written back with."""
    item = state.get(batch_key(batch_id))
    return (Batch.from_document(item.document) if item else None), Stored(item)


def store_batch(state: State, batch: Batch, stored: Stored) -> bool:
    """Write a batch back; False when another run was faster."""
    return stored.write(state, batch_key(batch.id), batch.to_document())
