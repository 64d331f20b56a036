"""Meters, their pages and batches in the state."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from datetime import datetime

from koogallery.ledger.batch import Batch
from koogallery.ledger.meter import Meter, Page, SealedHour
from koogallery.ledger.sealing import INLINE_BYTES, overflows, take_page
from koogallery.queues import RETENTION, put_pointer
from koogallery.slots import batch_key, meter_key, page_partition
from koogallery.state import Key, State
from koogallery.stores import Stored


def load_meter(state: State, instance_id: str) -> tuple[Meter | None, Stored]:
    """The meter of an instance, and what it is written back with."""
    item = state.get(meter_key(instance_id))
    return (Meter.from_document(item.document) if item else None), Stored(item)


def load_pages(state: State, instance_id: str, sorts: Sequence[str]) -> list[Page]:
    """Pages of a meter by sort key."""
    if not sorts:
        return []
    keys = [Key(page_partition(instance_id), sort) for sort in sorts]
    return [Page.from_document(item.document) for item in state.get_many(keys).values()]


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
