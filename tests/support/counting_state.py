"""A state that counts what is asked of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from math import ceil

from koogallery.state import KEYS_PER_READ, Item, Key, State

KEYS_PER_DELETE = 25
WRITES = ("put_if_absent", "replace_if_version", "delete", "delete_many")


class CountingState(State):
    """Hands every call on to ``inner`` and counts it.

    ``calls`` counts calls of the port by name. ``requests`` counts what a table would be asked: a batch read of
    250 keys is one call and three requests.
    """

    def __init__(self, inner: State) -> None:
        self._inner = inner
        self.calls: Counter[str] = Counter()
        self.requests: Counter[str] = Counter()

    @property
    def total(self) -> int:
        """Requests of any kind."""
        return self.requests.total()

    @property
    def writes(self) -> int:
        """Requests that write, also those whose condition did not hold."""
        return sum(self.requests[name] for name in WRITES)

    @property
    def reads(self) -> int:
        """Requests that read."""
        return self.total - self.writes

    def reset(self) -> None:
        """Count from zero again."""
        self.calls.clear()
        self.requests.clear()

    def get(self, key: Key) -> Item | None:
        """Counted as one."""
        self._count("get")
        return self._inner.get(key)

    def get_many(self, keys: Sequence[Key]) -> dict[Key, Item]:
        """Counted by hundreds of different keys."""
        self._count("get_many", ceil(len(set(keys)) / KEYS_PER_READ))
        return self._inner.get_many(keys)

    def put_if_absent(self, key: Key, document: str) -> bool:
        """Counted as one."""
        self._count("put_if_absent")
        return self._inner.put_if_absent(key, document)

    def replace_if_version(self, item: Item, document: str) -> bool:
        """Counted as one."""
        self._count("replace_if_version")
        return self._inner.replace_if_version(item, document)

    def delete(self, key: Key) -> None:
        """Counted as one."""
        self._count("delete")
        self._inner.delete(key)

    def delete_many(self, keys: Sequence[Key]) -> None:
        """Counted by 25 different keys."""
        self._count("delete_many", ceil(len(set(keys)) / KEYS_PER_DELETE))
        self._inner.delete_many(keys)

    def query(self, partition: str, *, after: str = "", up_to: str | None = None, limit: int) -> list[Item]:
        """Counted as one."""
        self._count("query")
        return self._inner.query(partition, after=after, up_to=up_to, limit=limit)

    def _count(self, name: str, requests: int = 1) -> None:
        self.calls[name] += 1
        self.requests[name] += requests
