"""Meters, their pages and batches in the state."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from koogallery import times
from koogallery.ledger.batch import Batch
from koogallery.ledger.entries import SealedHour
from koogallery.ledger.meter import Meter
from koogallery.ledger.page import PageEntry
from koogallery.ledger.sealing import is_heavy, is_heavy_by_events, overflows, take_page
from koogallery.page_reader import PageReader, page_key
from koogallery.queues import RETENTION, put_pointer
from koogallery.slots import batch_key, meter_key
from koogallery.state import State
from koogallery.stores import Contended, Stored

NAME_TRIES = 25
"""Pages of one hour that writers left behind who died, or lost their race, before they wrote the meter."""


def load_meter(state: State, instance_id: str) -> tuple[Meter | None, Stored]:
    """The meter of an instance, and what it is written back with."""
    stored = Stored(state.get(meter_key(instance_id)))
    return read_meter(stored), stored


def read_meter(stored: Stored) -> Meter | None:
    """A new object of a meter that was read already."""
    return Meter.from_document(stored.item.document) if stored.item else None


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
