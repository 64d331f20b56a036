"""The state port in memory, for tests that make tens of thousands of calls. Held to the contract of the port."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections import defaultdict
from collections.abc import Sequence

from koogallery.adapters.limits import check_document, check_key, check_range, is_empty_range
from koogallery.state import Item, Key, State


class MemoryState(State):
    """A dictionary of items, and the sorted keys of each partition. For one thread."""

    def __init__(self) -> None:
        self._items: dict[Key, Item] = {}
        self._sorts: dict[str, list[tuple[bytes, str]]] = defaultdict(list)

    def get(self, key: Key) -> Item | None:
        """The item, or None."""
        check_key(key)
        return self._items.get(key)

    def get_many(self, keys: Sequence[Key]) -> dict[Key, Item]:
        """The items that exist."""
        return {key: item for key in keys if (item := self.get(key))}

    def put_if_absent(self, key: Key, document: str) -> bool:
        """Write version 1 unless something is there."""
        check_key(key)
        check_document(document)
        if key in self._items:
            return False
        self._items[key] = Item(key, 1, document)
        insort(self._sorts[key.partition], (key.sort.encode(), key.sort))
        return True

    def replace_if_version(self, item: Item, document: str) -> bool:
        """Write the next version unless the item was changed or removed."""
        check_key(item.key)
        check_document(document)
        present = self._items.get(item.key)
        if present is None or present.version != item.version:
            return False
        self._items[item.key] = Item(item.key, item.version + 1, document)
        return True

    def delete(self, key: Key) -> None:
        """Remove."""
        check_key(key)
        if self._items.pop(key, None):
            self._sorts[key.partition].remove((key.sort.encode(), key.sort))

    def delete_many(self, keys: Sequence[Key]) -> None:
        """Remove all."""
        for key in keys:
            self.delete(key)

    def query(self, partition: str, *, after: str = "", up_to: str | None = None, limit: int) -> list[Item]:
        """Items of a partition in the order of their sort keys' bytes."""
        check_range(partition, after, up_to)
        if is_empty_range(after, up_to, limit):
            return []
        sorts = self._sorts[partition]
        begin = bisect_right(sorts, (after.encode(), after))
        end = len(sorts) if up_to is None else bisect_right(sorts, (up_to.encode(), up_to))
        return [self._items[Key(partition, sort)] for _, sort in sorts[begin : min(end, begin + limit)]]

    def all_items(self) -> list[Item]:
        """Everything, in the order of partition and sort key."""
        return [self._items[key] for key in sorted(self._items, key=lambda key: (key.partition, key.sort.encode()))]
