"""A state whose process dies at a chosen call."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from koogallery.state import Item, Key, State

Answer = TypeVar("Answer")


class ProcessDied(BaseException):
    """The process was killed: no handler of the code under test may see this as an error."""


class DyingState(State):
    """Hands calls on to ``inner`` until the process dies around call number ``die_after``, counted from 1.

    The call takes effect and its answer is lost; with ``before=True`` it does not take effect. A dead process
    makes no more calls: whoever swallows ``ProcessDied`` and goes on meets it again. ``calls`` is the number of
    calls so far; without ``die_after`` nothing dies, to find out how many deaths there are to try.
    """

    def __init__(self, inner: State, *, die_after: int | None = None, before: bool = False) -> None:
        self._inner = inner
        self._die_after = die_after
        self._before = before
        self._is_dead = False
        self.calls = 0

    def get(self, key: Key) -> Item | None:
        """May die."""
        return self._around(lambda: self._inner.get(key))

    def get_many(self, keys: Sequence[Key]) -> dict[Key, Item]:
        """May die."""
        return self._around(lambda: self._inner.get_many(keys))

    def put_if_absent(self, key: Key, document: str) -> bool:
        """May die."""
        return self._around(lambda: self._inner.put_if_absent(key, document))

    def replace_if_version(self, item: Item, document: str) -> bool:
        """May die."""
        return self._around(lambda: self._inner.replace_if_version(item, document))

    def delete(self, key: Key) -> None:
        """May die."""
        self._around(lambda: self._inner.delete(key))

    def delete_many(self, keys: Sequence[Key]) -> None:
        """May die."""
        self._around(lambda: self._inner.delete_many(keys))

    def query(self, partition: str, *, after: str = "", up_to: str | None = None, limit: int) -> list[Item]:
        """May die."""
        return self._around(lambda: self._inner.query(partition, after=after, up_to=up_to, limit=limit))

    def _around(self, call: Callable[[], Answer]) -> Answer:
        if self._is_dead:
            raise ProcessDied("a dead process called the state")
        self.calls += 1
        self._is_dead = self.calls == self._die_after
        if self._is_dead and self._before:
            raise ProcessDied(f"before call {self.calls} took effect")
        answer = call()
        if self._is_dead:
            raise ProcessDied(f"after call {self.calls} took effect")
        return answer
