"""Retention: settled usage leaves the state after RETENTION_DAYS and stays in the archive."""

from __future__ import annotations

from collections import Counter

from koogallery import archiving
from koogallery.leases import Lease
from koogallery.ledger.batch import Batch
from koogallery.queues import RETENTION, Pointer, due_pointers
from koogallery.services import Services
from koogallery.slots import batch_key, page_partition
from koogallery.use_cases.usage_accounts import PAGES_AT_ONCE

MAX_A_RUN = 200
ENOUGH_SECONDS = 20.0


def retire_usage(services: Services, lease: Lease, counts: Counter[str]) -> None:
    """Archive and remove what is due: what at most ``MAX_A_RUN`` pointers lead to."""
    now = services.clock.now()
    for number, pointer in enumerate(due_pointers(services.state, RETENTION, lease.slots, until=now)):
        if number == MAX_A_RUN or services.remaining_seconds() < ENOUGH_SECONDS:
            return
        lease.renew()
        kind, _, name = pointer.subject.partition(" ")
        retired = _retire_batch(services, name) if kind == "batch" else _retire_pages(services, lease, pointer, name)
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


def _retire_pages(services: Services, lease: Lease, pointer: Pointer, made: str) -> bool:
    """Every page that was made for a meter in the hour ``made``, whether the meter names it or not."""
    after, last = f"{made}#", f"{made}#~"
    while items := services.state.query(page_partition(pointer.owner), after=after, up_to=last, limit=PAGES_AT_ONCE):
        lease.renew()
        for item in items:
            if services.remaining_seconds() < ENOUGH_SECONDS:
                return False
            if not archiving.archive_page(services, pointer.owner, item.key.sort, item.document):
                return False
            services.state.delete(item.key)
        after = items[-1].key.sort
    return True
