"""Retention: settled usage leaves the state after RETENTION_DAYS and stays in the archive."""

from __future__ import annotations

from collections import Counter

from koogallery import archiving
from koogallery.leases import Lease
from koogallery.ledger.batch import Batch
from koogallery.queues import RETENTION, Pointer, due_pointers
from koogallery.services import Services
from koogallery.slots import batch_key, page_partition
from koogallery.state import Key

MAX_A_RUN = 200
ENOUGH_SECONDS = 20.0


def retire_usage(services: Services, lease: Lease, counts: Counter[str]) -> None:
    """Archive and remove what is due, at most ``MAX_A_RUN`` items."""
    now = services.clock.now()
    for number, pointer in enumerate(due_pointers(services.state, RETENTION, lease.slots, until=now)):
        if number == MAX_A_RUN or services.remaining_seconds() < ENOUGH_SECONDS:
            return
        lease.renew()
        kind, _, name = pointer.subject.partition(" ")
        retired = _retire_batch(services, name) if kind == "batch" else _retire_page(services, pointer, name)
        if retired:
            services.state.delete(pointer.key)
            counts["retired"] += 1


def _retire_batch(services: Services, batch_id: str) -> bool:
    item = services.state.get(batch_key(batch_id))
    if item is None:
        return True
    batch = Batch.from_document(item.document)
    if batch.is_unfinished or not archiving.archive_batch(services, batch):
        return False
    services.state.delete(item.key)
    return True


def _retire_page(services: Services, pointer: Pointer, sort: str) -> bool:
    item = services.state.get(Key(page_partition(pointer.owner), sort))
    if item is None:
        return True
    if not archiving.archive_page(services, pointer.owner, sort, item.document):
        return False
    services.state.delete(item.key)
    return True
