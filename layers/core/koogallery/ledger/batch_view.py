"""A batch without its body: what is needed of it to follow records, small enough to keep thousands. Pure."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from koogallery.ledger.batch import DONE, Batch, Fate, wire_record
from koogallery.ledger.entries import Record

_BY_THE_WAY = ("record_time", "product_id")
"""What a batch adds to a record."""


class Entry(NamedTuple):
    """A record as its batch has it: what became of it there, and its content without what the batch adds."""

    fate: Fate | None
    content: int
    is_twice: bool


class Entries:
    """The records of a batch by ``metering_sn``, 18 bytes each."""

    def __init__(self, batch: Batch) -> None:
        numbers: dict[Fate | None, int] = {}
        found = []
        for record in batch.records:
            number = numbers.setdefault(batch.fates.get(record["metering_sn"]), len(numbers))
            found.append((hash(record["metering_sn"]), _content(record), number))
        found.sort()
        self._fates = list(numbers)
        self._sns = array("q", (sn for sn, _, _ in found))
        self._contents = array("q", (content for _, content, _ in found))
        self._numbers = array("H", (number for _, _, number in found))

    def get(self, metering_sn: str) -> Entry | None:
        """The record of that number, or None."""
        sn = hash(metering_sn)
        at = bisect_left(self._sns, sn)
        if self._sns[at : at + 1] != array("q", [sn]):
            return None
        is_twice = self._sns[at + 1 : at + 2] == array("q", [sn])
        return Entry(self._fates[self._numbers[at]], self._contents[at], is_twice)


@dataclass(frozen=True)
class BatchView:
    """See the module."""

    id: str
    created_at: str
    attempts: int
    is_done: bool
    last_failure: str
    entries: Entries


def view_of(batch: Batch) -> BatchView:
    """The view of a batch."""
    done = batch.status == DONE
    return BatchView(batch.id, batch.created_at, batch.attempts, done, batch.last_failure, Entries(batch))


def content_of(instance_id: str, record: Record) -> int:
    """What a batch must say of a record, as a number that is compared within one process."""
    return _content(wire_record(instance_id, record, ""))


def _content(record: Mapping[str, Any]) -> int:
    return hash(tuple(sorted((name, value) for name, value in record.items() if name not in _BY_THE_WAY)))
