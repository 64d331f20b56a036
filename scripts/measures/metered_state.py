"""A state in memory that counts calls as a key-value table would be asked: pages of 100 reads, 25 removals."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import Counter, defaultdict
from collections.abc import Sequence
from math import ceil

from koogallery.state import Item, Key

READS_A_CALL = 100
REMOVALS_A_CALL = 25


class MeteredState:
    """Implements the port of ``koogallery.state``; ``calls`` counts by kind."""

    def __init__(self) -> None:
        self._items: dict[Key, Item] = {}
        self._sorted: dict[str, list[str]] = defaultdict(list)
        self.calls: Counter[str] = Counter()

    @property
    def writes(self) -> int:
        """Calls that write."""
        return self.calls["put"] + self.calls["replace"] + self.calls["delete"]

    @property
    def total(self) -> int:
        """All calls."""
        return sum(self.calls.values())

    def get(self, key: Key) -> Item | None:
        """One read."""
        self.calls["get"] += 1
        return self._items.get(key)

    def get_many(self, keys: Sequence[Key]) -> dict[Key, Item]:
        """A call for each hundred keys."""
        wanted = dict.fromkeys(keys)
        self.calls["get_many"] += ceil(len(wanted) / READS_A_CALL)
        return {key: self._items[key] for key in wanted if key in self._items}

    def put_if_absent(self, key: Key, document: str) -> bool:
        """One conditional write."""
        self.calls["put"] += 1
        if key in self._items:
            return False
        self._items[key] = Item(key, 1, document)
        insort(self._sorted[key.partition], key.sort)
        return True

    def replace_if_version(self, item: Item, document: str) -> bool:
        """One conditional write."""
        self.calls["replace"] += 1
        found = self._items.get(item.key)
        if found is None or found.version != item.version:
            return False
        self._items[item.key] = Item(item.key, item.version + 1, document)
        return True

    def delete(self, key: Key) -> None:
        """One write."""
        self.calls["delete"] += 1
        self._remove(key)

    def delete_many(self, keys: Sequence[Key]) -> None:
        """A call for each 25 keys."""
        self.calls["delete"] += ceil(len(keys) / REMOVALS_A_CALL)
        for key in keys:
            self._remove(key)

    def query(self, partition: str, *, after: str = "", up_to: str | None = None, limit: int) -> list[Item]:
        """One call a page."""
        self.calls["query"] += 1
        names = self._sorted[partition]
        first = bisect_right(names, after) if after else 0
        last = len(names) if up_to is None else bisect_right(names, up_to)
        return [self._items[Key(partition, name)] for name in names[first : min(last, first + limit)]]

    def _remove(self, key: Key) -> None:
        if self._items.pop(key, None) is not None:
            names = self._sorted[key.partition]
            del names[bisect_left(names, key.sort)]
