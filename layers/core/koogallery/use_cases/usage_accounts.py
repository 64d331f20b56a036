"""Reads everything that is on file of a meter: the meter item and, where they matter, its pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from koogallery.ledger.accounts import OnFile
from koogallery.ledger.meter import Meter
from koogallery.ledger.page import Page
from koogallery.ledger.sealing import directory_begins
from koogallery.page_reader import page_key
from koogallery.slots import page_partition
from koogallery.state import State

PAGES_AT_ONCE = 8
"""A page has up to 350 KB."""


def pages_of(state: State, instance_id: str) -> Iterator[tuple[str, Page]]:
    """Sort key and content of all pages of an instance."""
    after = ""
    while True:
        items = state.query(page_partition(instance_id), after=after, limit=PAGES_AT_ONCE)
        yield from ((item.key.sort, Page.from_document(item.document)) for item in items)
        if len(items) < PAGES_AT_ONCE:
            return
        after = items[-1].key.sort


def pages_with(state: State, meter: Meter, hour: str, now: datetime) -> Iterator[Page]:
    """The pages of a meter that may hold something of an hour; for a recent hour only those are read."""
    if not meter.moved.since:
        return
    if hour < directory_begins(now):
        yield from (page for _, page in pages_of(state, meter.instance_id))
        return
    keys = [page_key(meter.instance_id, entry.sort) for entry in meter.pages if entry.lowest <= hour <= entry.highest]
    for start in range(0, len(keys), PAGES_AT_ONCE):
        found = state.get_many(keys[start : start + PAGES_AT_ONCE])
        yield from (Page.from_document(item.document) for item in found.values())


def read_account(state: State, meter: Meter, is_kept: Callable[[str], bool]) -> OnFile:
    """Everything on file of a meter. Pages are read only where some were ever written."""
    on_file = OnFile(meter, is_kept)
    if meter.moved.since:
        for sort, page in pages_of(state, meter.instance_id):
            on_file.take_page(sort, page)
    return on_file
