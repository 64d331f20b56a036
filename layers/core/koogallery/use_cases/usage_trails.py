"""Trails: from a sealed record over its batches to what became of it in the end.

A record that was moved (its batch was split, or it waits longer than the others) is followed from batch to batch.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from koogallery import times
from koogallery.instances.instance import Instance
from koogallery.ledger.batch import MOVED, VOID, Batch, Fate
from koogallery.ledger.batch_view import BatchView, Entry, content_of, view_of
from koogallery.ledger.closing import final_hour_due
from koogallery.ledger.entries import Record, SealedHour
from koogallery.ledger.findings import ARCHIVED, LOST, NO_BATCH, PENDING
from koogallery.queues import USAGE, partition
from koogallery.services import Services
from koogallery.slots import batch_key, slot_of
from koogallery.spans import closing, retention_ends
from koogallery.state import State

MAX_HOPS = 1000
"""A record whose instance is in an abnormal state is moved once an hour for up to 21 days."""
CACHED_BATCHES = 2500
"""Batches kept in memory, about 20 KB each: those of 90 days, where a batch an hour takes every instance."""
_AFTER_DUE = timedelta(milliseconds=1)
"""The pointer of a final hour is put this much after the moment the hour is due."""


class Step(NamedTuple):
    """One batch of a trail; ``entry`` is None when the batch does not have the record."""

    batch: BatchView
    entry: Entry | None


@dataclass(frozen=True)
class Trail:
    """Where a record went, and what became of it; ``problem`` says what is wrong with a trail that is LOST."""

    steps: tuple[Step, ...]
    status: str
    problem: str = ""

    @property
    def fate(self) -> Fate | None:
        """The final fate; None while there is none."""
        entry = self.steps[-1].entry if self.steps else None
        return entry.fate if entry else None


class TrailReader:
    """Follows records; keeps the batches it read last."""

    def __init__(self, services: Services, now: datetime) -> None:
        self._state, self._now = services.state, now
        self._ends, self._closing = retention_ends(services.settings), closing(services.settings)
        self._cache: OrderedDict[str, BatchView | None] = OrderedDict()

    def is_kept(self, hour: str) -> bool:
        """Can nothing of an hour have left the state yet?"""
        return self._ends(hour) > self._now

    def forget(self) -> None:
        """Read every batch anew: something changed under way."""
        self._cache.clear()

    def follow(self, instance: Instance | None, instance_id: str, part: SealedHour, record: Record) -> Trail:
        """The trail of a sealed record."""
        steps: list[Step] = []
        batch_id = record.batch
        while len(steps) < MAX_HOPS:
            view = self._read(batch_id) if batch_id else None
            if view is None:
                return self._broken(steps, instance, instance_id, part)
            steps.append(Step(view, view.entries.get(record.metering_sn)))
            entry = steps[-1].entry
            if entry is None or entry.fate is None or entry.fate.status != MOVED:
                return self._end(steps, instance_id, record)
            batch_id = entry.fate.note
        return Trail(tuple(steps), LOST, f"was moved more than {MAX_HOPS} times")

    def _end(self, steps: list[Step], instance_id: str, record: Record) -> Trail:
        batch, entry = steps[-1]
        if entry is None:
            return Trail(tuple(steps), LOST, f"batch {batch.id} does not have the record")
        if entry.is_twice:
            return Trail(tuple(steps), LOST, f"batch {batch.id} has the record twice")
        if any(step.entry and step.entry.content != content_of(instance_id, record) for step in steps):
            return Trail(tuple(steps), LOST, f"batch {batch.id} has another content under this metering_sn")
        if entry.fate is None and batch.is_done:
            return Trail(tuple(steps), LOST, f"batch {batch.id} is done but says nothing of the record")
        return Trail(tuple(steps), entry.fate.status if entry.fate else PENDING)

    def _broken(self, steps: list[Step], instance: Instance | None, instance_id: str, part: SealedHour) -> Trail:
        """The next batch is not there: it comes yet, it was archived, or it is lost."""
        last = steps[-1].entry if steps else None
        since = last.fate.at if last and last.fate else part.sealed_at
        if not steps and self._is_announced(instance, instance_id, part.hour):
            return Trail((), NO_BATCH)
        if not self.is_kept(times.hour_of(times.parse_iso(since))):
            return Trail(tuple(steps), ARCHIVED)
        return Trail(tuple(steps), LOST, "its batch is not there and no pointer leads to it")

    def _is_announced(self, instance: Instance | None, instance_id: str, hour: str) -> bool:
        """Does a pointer lead to the hour, so that the next run batches its records?"""
        dues = [times.hour_end(hour)]
        final = final_hour_due(instance, self._closing) if instance else None
        if final is not None:
            dues.append(final + _AFTER_DUE)
        return any(_has_pointer(self._state, instance_id, due) for due in dues)

    def _read(self, batch_id: str) -> BatchView | None:
        if batch_id in self._cache:
            self._cache.move_to_end(batch_id)
            return self._cache[batch_id]
        item = self._state.get(batch_key(batch_id))
        batch = Batch.from_document(item.document) if item else None
        view = view_of(batch) if batch and batch.status != VOID else None
        self._cache[batch_id] = view
        if len(self._cache) > CACHED_BATCHES:
            self._cache.popitem(last=False)
        return view


def _has_pointer(state: State, instance_id: str, due: datetime) -> bool:
    prefix = f"{times.iso_millis(due)}#{instance_id}#"
    return bool(state.query(partition(USAGE, slot_of(instance_id)), after=prefix, up_to=prefix + "~", limit=1))
