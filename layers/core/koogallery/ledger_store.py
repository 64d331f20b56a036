"""Meters, their pages and batches in the state."""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from koogallery.ledger.batch import Batch
from koogallery.ledger.meter import Meter, Page, SealedHour
from koogallery.ledger.sealing import INLINE_BYTES, overflows, take_page
from koogallery.queues import RETENTION, put_pointer
from koogallery.slots import batch_key, meter_key, page_partition
from koogallery.state import Key, State
from koogallery.stores import Stored

PAGES_KEPT = 16
"""A page has up to 350 KB as a text and a few times that as objects."""


def load_meter(state: State, instance_id: str) -> tuple[Meter | None, Stored]:
    """The meter of an instance, and what it is written back with."""
    item = state.get(meter_key(instance_id))
    return (Meter.from_document(item.document) if item else None), Stored(item)


class PageReader:
    """Reads pages and keeps the latest: a page never changes, and reports of one hour ask for the same ones."""

    def __init__(self, most: int = PAGES_KEPT) -> None:
        self._most = most
        self._kept: OrderedDict[Key, Page] = OrderedDict()

    def read(self, state: State, instance_id: str, sorts: Sequence[str]) -> list[Page]:
        """Pages of a meter by sort key, one call for those that are not kept."""
        keys = [Key(page_partition(instance_id), sort) for sort in sorts]
        pages = {key: self._kept[key] for key in keys if key in self._kept}
        missing = [key for key in keys if key not in pages]
        if missing:
            found = state.get_many(missing)
            pages.update((key, Page.from_document(item.document)) for key, item in found.items())
        self._keep(pages)
        return list(pages.values())

    def _keep(self, pages: Mapping[Key, Page]) -> None:
        for key, page in pages.items():
            self._kept[key] = page
            self._kept.move_to_end(key)
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)


def store_meter(
    state: State,
    meter: Meter,
    stored: Stored,
    *,
    now: datetime,
    retention_ends: Callable[[str], datetime],
    may_move: Callable[[SealedHour], bool] = lambda _: False,
) -> bool:
    """Write a meter back, moving a page out first when it has grown; False when another writer was faster."""
    document = meter.to_document()
    if overflows(meter, document):
        heavy = len(document.encode()) > INLINE_BYTES
        taken = take_page(meter, heavy=heavy, name=secrets.token_hex(6), now=now, may_move=may_move)
        if taken:
            _put_page(state, meter, taken, now, retention_ends)
            document = meter.to_document()
    return stored.write(state, meter_key(meter.instance_id), document)


def _put_page(
    state: State, meter: Meter, taken: tuple[str, Page], now: datetime, retention_ends: Callable[[str], datetime]
) -> None:
    sort, page = taken
    due = retention_ends(meter.pages[-1].highest)
    put_pointer(state, RETENTION, due=due, now=now, owner=meter.instance_id, subject=f"page {sort}")
    state.put_if_absent(Key(page_partition(meter.instance_id), sort), page.to_document())


def load_batch(state: State, batch_id: str) -> tuple[Batch | None, Stored]:
    """A batch, and what it is written back with."""
    item = state.get(batch_key(batch_id))
    return (Batch.from_document(item.document) if item else None), Stored(item)


def store_batch(state: State, batch: Batch, stored: Stored) -> bool:
    """Write a batch back; False when another run was faster."""
    return stored.write(state, batch_key(batch.id), batch.to_document())
