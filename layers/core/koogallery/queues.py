"""Pointers: small items, written before the aggregate they point at, that say when work is due.

A pointer without work is harmless and is removed; work without a pointer cannot exist, because

* the pointer is put first, under a sort key of its own (nobody else's put or removal can take it away), and
* a pointer whose work is not there is removed only after ``GRACE``, longer than any writer lives between its
  two writes. Without that a run that comes in between would remove the pointer of work just about to be written.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from heapq import merge
from typing import NamedTuple

from koogallery import times
from koogallery.slots import slot_of
from koogallery.state import Item, Key, State

GRACE = timedelta(minutes=5)
"""More than the longest time-out of a function that writes pointers (30 s) plus clock differences."""

EVENTS = "events"
USAGE = "usage"
BATCHES = "batches"
RETENTION = "retention"
DEAD = "dead"
UPLOADS = "uploads"
SYNCS = "syncs"


class Pointer(NamedTuple):
    """One pointer as read. ``due`` and ``put_at`` are UTC; ``owner`` and ``subject`` say what to look at."""

    key: Key
    due: datetime
    put_at: datetime
    slot: int
    owner: str
    subject: str

    def may_be_removed_without_work(self, now: datetime) -> bool:
        """Has its writer certainly finished or died?"""
        return now - self.put_at > GRACE


def partition(queue: str, slot: int) -> str:
    """Partition of a queue's slot."""
    return f"queue#{queue}#{slot:02d}"


def put_pointer(state: State, queue: str, *, due: datetime, now: datetime, owner: str, subject: str) -> Key:
    """Say that ``subject`` is due; one write. Times are UTC."""
    document = json.dumps({"put_at": times.iso_millis(now), "owner": owner, "subject": subject})
    slot = slot_of(owner)
    while True:
        key = Key(partition(queue, slot), f"{times.iso_millis(due)}#{owner}#{secrets.token_hex(6)}")
        if state.put_if_absent(key, document):
            return key


def due_pointers(
    state: State, queue: str, slots: Iterable[int], *, until: datetime, page_size: int = 200
) -> Iterator[Pointer]:
    """Everything due at ``until``, oldest first over all slots, read page by page."""
    last = times.iso_millis(until) + chr(ord("#") + 1)
    yield from merge(*(_of_slot(state, queue, slot, last, page_size) for slot in slots), key=lambda p: p.key.sort)


def _of_slot(state: State, queue: str, slot: int, last: str, page_size: int) -> Iterator[Pointer]:
    after = ""
    while True:
        page = state.query(partition(queue, slot), after=after, up_to=last, limit=page_size)
        yield from (_read(item, slot) for item in page)
        if len(page) < page_size:
            return
        after = page[-1].key.sort


def _read(item: Item, slot: int) -> Pointer:
    fields = json.loads(item.document)
    return Pointer(
        key=item.key,
        due=times.parse_iso(item.key.sort.split("#", 1)[0]),
        put_at=times.parse_iso(fields["put_at"]),
        slot=slot,
        owner=fields["owner"],
        subject=fields["subject"],
    )
