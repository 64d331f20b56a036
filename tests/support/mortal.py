"""A process that dies or stands still at a chosen I/O: state calls and outbound calls counted together, in order."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from koogallery.http import Http, HttpLimits, HttpRequest, HttpResponse
from koogallery.state import Item, Key, State
from tests.support.dying_state import ProcessDied

Answer = TypeVar("Answer")


class Life:
    """Counts I/O and ends at number ``die_at`` (from 1): the call has its effect, its answer is lost.

    With ``before`` the call has no effect. After its end nothing works any more, also not in a ``finally``.
    ``pauses``: what happens elsewhere while the process stands still before an I/O, by its number.
    ``failures``: what an I/O raises after it had its effect, by its number; the process lives on.
    """

    def __init__(
        self,
        die_at: int | None = None,
        *,
        before: bool = False,
        pauses: Mapping[int, Callable[[], None]] | None = None,
        failures: Mapping[int, Exception] | None = None,
    ) -> None:
        self._die_at = die_at
        self._before = before
        self._failures = dict(failures or {})
        self._pauses = dict(pauses or {})
        self.is_over = False
        self.calls = 0

    def io(self, call: Callable[[], Answer]) -> Answer:
        """Do one I/O, or die."""
        if self.is_over:
            raise ProcessDied("a dead process went on")
        self.calls += 1
        if self.calls in self._pauses:
            self._pauses[self.calls]()
        self.is_over = self.calls == self._die_at
        if self.is_over and self._before:
            raise ProcessDied(f"before I/O {self.calls}")
        number = self.calls
        answer = call()
        if self.is_over:
            raise ProcessDied(f"after I/O {self.calls}")
        if number in self._failures:
            raise self._failures[number]
        return answer


class MortalState(State):
    """The state as a mortal process sees it."""

    def __init__(self, inner: State, life: Life) -> None:
        self._inner, self._life = inner, life

    def get(self, key: Key) -> Item | None:
        """May die."""
        return self._life.io(lambda: self._inner.get(key))

    def get_many(self, keys: Sequence[Key]) -> dict[Key, Item]:
        """May die."""
        return self._life.io(lambda: self._inner.get_many(keys))

    def put_if_absent(self, key: Key, document: str) -> bool:
        """May die."""
        return self._life.io(lambda: self._inner.put_if_absent(key, document))

    def replace_if_version(self, item: Item, document: str) -> bool:
        """May die."""
        return self._life.io(lambda: self._inner.replace_if_version(item, document))

    def delete(self, key: Key) -> None:
        """May die."""
        self._life.io(lambda: self._inner.delete(key))

    def delete_many(self, keys: Sequence[Key]) -> None:
        """May die."""
        self._life.io(lambda: self._inner.delete_many(keys))

    def query(self, partition: str, *, after: str = "", up_to: str | None = None, limit: int) -> list[Item]:
        """May die."""
        return self._life.io(lambda: self._inner.query(partition, after=after, up_to=up_to, limit=limit))


class MortalHttp(Http):
    """Outbound calls of a mortal process: the far end has booked, the answer is lost."""

    def __init__(self, inner: Http, life: Life) -> None:
        self._inner, self._life = inner, life

    def send(self, request: HttpRequest, limits: HttpLimits) -> HttpResponse:
        """May die."""
        return self._life.io(lambda: self._inner.send(request, limits))
