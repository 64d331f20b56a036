"""Aggregates in the state: read, change in pure code, write back if nobody else did.

Work that becomes due by a write gets its pointer first (``queues``).
"""

from __future__ import annotations

from typing import NamedTuple

from koogallery.errors import RetryableError
from koogallery.state import Item, Key, State

WRITE_TRIES = 25
"""Lost races before a write is given up; each loss means that another writer succeeded."""


class Contended(RetryableError):
    """Other writers changed the same item again and again."""

    code = "state_contended"


class Stored(NamedTuple):
    """An aggregate's item and what to write it back with."""

    item: Item | None

    def write(self, state: State, key: Key, document: str) -> Stored | None:
        """Create or replace. What the aggregate is written back with next, or None when another writer was faster."""
        if self.item is None:
            return Stored(Item(key, 1, document)) if state.put_if_absent(key, document) else None
        version = self.item.version + 1
        return Stored(Item(key, version, document)) if state.replace_if_version(self.item, document) else None
