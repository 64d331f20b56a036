"""What goes to the archive: callbacks that changed something, sent batches and their answers, settled usage.

The archive is for people. A failure to write it is logged and stops nothing.
"""

from __future__ import annotations

import json
import logging

from koogallery.errors import KoogalleryError, RetryableError
from koogallery.ledger.batch import Batch
from koogallery.logs import describe, log_line
from koogallery.outbox import Event
from koogallery.services import Services


def archive_callback(services: Services, event: Event) -> None:
    """The callback behind an event, by day."""
    if event.callback:
        name = f"callbacks/{event.timestamp[:10]}/{_safe(event.id)}.json"
        put(services, name, json.dumps({"event": event.id, "type": event.type, "callback": event.callback}).encode())


def archive_page(services: Services, instance_id: str, sort: str, document: str) -> bool:
    """A page of settled usage."""
    return put(services, f"usage/{_safe(instance_id)}/{_safe(sort)}.json", document.encode())


def archive_batch(services: Services, batch: Batch) -> bool:
    """A settled batch: the exact body and what became of each record."""
    document = {
        "id": batch.id,
        "created_at": batch.created_at,
        "attempts": batch.attempts,
        "body": batch.body.decode(),
        "fates": {sn: fate._asdict() for sn, fate in batch.fates.items()},
    }
    return put(services, f"batches/{batch.created_at[:10]}/{_safe(batch.id)}.json", json.dumps(document).encode())


def put(services: Services, name: str, content: bytes) -> bool:
    """Store an object; True when it is there or no archive is configured."""
    try:
        if services.archive is not None:
            services.archive.put(name, content)
    except KoogalleryError as error:
        level = logging.WARNING if isinstance(error, RetryableError) else logging.ERROR
        log_line("archive_failed", level=level, reason=describe(error), object=name)
        return False
    return True


def _safe(name: str) -> str:
    """Ids come from outside: only plain characters may reach an object name."""
    return "".join(c if c.isascii() and (c.isalnum() or c in "-_.") else "_" for c in name)[:150].strip(".") or "_"
