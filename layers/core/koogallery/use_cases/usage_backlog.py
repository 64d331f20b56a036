"""What a run of push_usage left unsent: how many records, and how old the oldest is. Reads only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import NamedTuple

from koogallery import times
from koogallery.ledger_store import load_batch
from koogallery.queues import BATCHES, USAGE, due_pointers
from koogallery.services import Services

MAX_HOURS = 10_000
"""Hours that are counted; a seller who has more waiting knows enough."""
MAX_BATCHES = 50
"""Batches that are looked into, each up to a thousand records."""
ENOUGH_SECONDS = 5.0
AHEAD = timedelta(days=1)
"""Batches whose turn is later (abnormal state, 013) are unsent too; none waits longer."""


class Backlog(NamedTuple):
    """``unsent``: records that are due, an hour without a record yet counts as one. ``oldest_unsent_seconds``: since
    the end of the oldest unsent interval, those whose turn is later included; 0 without any.
    """

    unsent: int
    oldest_unsent_seconds: int


class _Waiting(NamedTuple):
    """Records that wait: how many, since when, and whether their turn has come."""

    records: int
    since: datetime
    is_due: bool


def usage_backlog(services: Services, slots: Sequence[int], at: datetime) -> Backlog:
    """The backlog of these slots; ``at`` says which hours are over, as it did for the run."""
    now = services.clock.now()
    waiting = [*_hours(services, slots, at), *_batches(services, slots, now)]
    oldest = min((one.since for one in waiting), default=now)
    unsent = sum(one.records for one in waiting if one.is_due)
    return Backlog(unsent, max(0, int((now - oldest).total_seconds())))


def _hours(services: Services, slots: Sequence[int], at: datetime) -> Iterator[_Waiting]:
    """Hours that are over and in no batch yet."""
    for pointer in islice(due_pointers(services.state, USAGE, slots, until=at), MAX_HOURS):
        yield _Waiting(1, pointer.due, is_due=True)


def _batches(services: Services, slots: Sequence[int], now: datetime) -> Iterator[_Waiting]:
    """Batches without an answer to every record. A pointer that leads to none is harmless and counts nothing."""
    pointers = due_pointers(services.state, BATCHES, slots, until=now + AHEAD)
    for pointer in islice(pointers, MAX_BATCHES):
        if services.remaining_seconds() < ENOUGH_SECONDS:
            return
        batch, _ = load_batch(services.state, pointer.subject)
        records = batch.open_records() if batch is not None and batch.is_unfinished else []
        if records:
            since = min(times.parse_record(record["end_time"]) for record in records)
            yield _Waiting(len(records), since, is_due=pointer.due <= now)
