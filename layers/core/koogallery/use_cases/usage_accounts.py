"""Reads everything that is on file of a meter: the meter item and, where they matter, its pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from koogallery.ledger.accounts import OnFile
from koogallery.ledger.meter import Meter, Page
from koogallery.slots import page_partition
from koogallery.state import State

PAGES_AT_ONCE = 8
"""A page has up to 350 KB."""


def pages_of(state: State, instance_id: str, *, up_to_hour: str = "") -> Iterator[tuple[str, Page]]:
    """Sort key and content of the pages of an instance, those that begin after ``up_to_hour`` left out."""
    after, last = "", f"{up_to_hour}#~" if up_to_hour else None
    while True:
        items = state.query(page_partition(instance_id), after=after, up_to=last, limit=PAGES_AT_ONCE)
        yield from ((item.key.sort, Page.from_document(item.document)) for item in items)
        if len(items) < PAGES_AT_ONCE:
            return
        after = items[-1].key.sort


def read_account(state: State, meter: Meter, is_kept: Callable[[str], bool]) -> OnFile:
    """Everything on file of a meter. Pages are read only where some were ever written."""
    on_file = OnFile(meter, is_kept)
    if meter.moved.since:
        for sort, page in pages_of(state, meter.instance_id):
            on_file.take_page(sort, page)
    return on_file
