"""Seals the hours that are over, oldest first over all instances, and hands their records on in batches."""

from __future__ import annotations

import logging
import secrets
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from koogallery import times
from koogallery.instances.instance import Instance
from koogallery.leases import Lease, LeaseLost
from koogallery.ledger.again import UNBATCHED
from koogallery.ledger.batch import MAX_RECORDS, VOID, Batch, wire_record
from koogallery.ledger.entries import Record, SealedHour
from koogallery.ledger.meter import Meter
from koogallery.ledger.sealing import has_due, seal_due
from koogallery.ledger_store import load_meter, make_room, read_meter, store_meter
from koogallery.logs import describe, log_line
from koogallery.queues import USAGE, Pointer, due_pointers
from koogallery.services import Services
from koogallery.slots import batch_key, instance_key, meter_key
from koogallery.spans import closing, retention_ends
from koogallery.state import Item, ItemTooLarge, Key
from koogallery.stores import WRITE_TRIES, Contended, Stored
from koogallery.use_cases.send_batches import BatchSender, StopRun

READ_AT_ONCE = 50
"""Pointers whose instances and meters are read in one call (two keys each)."""
ENOUGH_SECONDS = 45.0
"""Time a batch may need to be stored and sent once: no further hour is sealed with less."""


class HourSealer:
    """One run's sealing. ``batch_id`` is the batch that is being filled.

    ``stuck``: by instance when the first pointer was due that could not be followed.

    ``old``: for products bound to the old usage push, and for no others; a batch has one wire form.
    """

    def __init__(
        self, services: Services, lease: Lease, sender: BatchSender, counts: Counter[str], *, old: bool = False
    ) -> None:
        self.old = old
        self.services, self.lease, self.sender, self.counts = services, lease, sender, counts
        self.closing = closing(services.settings)
        self.stored_batches: set[str] = set()
        self.stuck: dict[str, datetime] = {}
        self._begin_batch()

    def _begin_batch(self) -> None:
        self.batch_id = secrets.token_hex(10)
        self.records: list[dict[str, Any]] = []
        self.done: list[Key] = []

    def seal_until(self, at: datetime) -> None:
        """Seal everything that is over at ``at``; the records are batched, stored and sent."""
        pointers = due_pointers(self.services.state, USAGE, self.lease.slots, until=at)
        for chunk in _chunks(pointers, READ_AT_ONCE):
            if self.services.remaining_seconds() < ENOUGH_SECONDS:
                self._flush()
                raise StopRun("out_of_time")
            self.lease.renew()
            ids = {pointer.owner for pointer in chunk}
            keys = [key for id_ in sorted(ids) for key in (instance_key(id_), meter_key(id_))]
            found = self.services.state.get_many(keys)
            for pointer in chunk:
                self._follow_alone(pointer, found, at)
        self._flush()

    def _follow_alone(self, pointer: Pointer, found: dict[Key, Item], at: datetime) -> None:
        """Follow a pointer; an account that cannot be written must not keep the others' usage from being billed."""
        try:
            self._follow(pointer, found, at)
        except (ItemTooLarge, Contended) as error:
            self.stuck.setdefault(pointer.owner, pointer.due)
            self.counts["accounts_stuck"] += 1
            log_line(
                "usage_account_stuck",
                level=logging.ERROR,
                alarm=True,
                instance_id=pointer.owner,
                reason=describe(error),
            )

    def _follow(self, pointer: Pointer, found: dict[Key, Item], at: datetime) -> None:
        item = found.get(instance_key(pointer.owner))
        meter_item = found.pop(meter_key(pointer.owner), None)
        if item is None:
            self._drop_if_stale(pointer)
            return
        instance = Instance.from_document(item.document)
        if self.services.settings.uses_old_push(instance.product_id) != self.old:
            return
        stored: Stored | None = Stored(meter_item) if meter_item else None
        for _ in range(WRITE_TRIES):
            if stored is None:
                meter, stored = load_meter(self.services.state, pointer.owner)
            else:
                meter = read_meter(stored)
            if meter is None:
                self._drop_if_stale(pointer)
                return
            # A living instance is sealed no further than the pointer says: oldest first over all instances.
            over_until = at if instance.released_at else min(at, pointer.due)
            if self._work(pointer, instance, meter, stored, over_until):
                return
            stored = None
        raise Contended(f"meter of {pointer.owner}")

    def _work(self, pointer: Pointer, instance: Instance, meter: Meter, stored: Stored, over_until: datetime) -> bool:
        """Seal or find again what the pointer leads to; False when the meter has to be read again."""
        if has_due(meter, instance, over_until=over_until, closing=self.closing):
            return self._seal(pointer, instance, meter, stored, over_until)
        if any(hour == pointer.subject for hour in meter.open):
            return True
        lost = [part for part in _named(meter, pointer, instance) if self._lacks_batch(part)]
        if lost:
            return self._batch_again(pointer, instance, meter, stored, lost)
        if _named(meter, pointer, instance):
            self.done.append(pointer.key)
        else:
            self._drop_if_stale(pointer)
        return True

    def _seal(self, pointer: Pointer, instance: Instance, meter: Meter, stored: Stored, over_until: datetime) -> bool:
        room = self.sender.size - len(self.records)
        now = self.services.clock.now()
        self._make_room(meter, stored, pointer)
        sealed = seal_due(
            meter,
            instance,
            over_until=over_until,
            closing=self.closing,
            now=now,
            batch=self.batch_id,
            room=room if self.records else MAX_RECORDS,
        )
        complete = not has_due(meter, instance, over_until=over_until, closing=self.closing)
        has_lost = any(self._lacks_batch(part) for part in _named(meter, pointer, instance))
        if not sealed and not complete:
            self._flush()
            return False
        if not store_meter(self.services.state, meter, stored):
            return False
        self._take(instance, [record for part in sealed for record in part.records])
        self.counts["hours_sealed"] += len(sealed)
        self.counts["hours_zero"] += sum(1 for part in sealed if not part.records)
        if complete and not has_lost:
            self.done.append(pointer.key)
        return complete and not has_lost

    def _batch_again(
        self, pointer: Pointer, instance: Instance, meter: Meter, stored: Stored, lost: list[SealedHour]
    ) -> bool:
        """A run died between seal and batch: its records go into the batch of this run.

        It may also only have stood still. Its batch is made void first, so that it cannot be stored any more.
        """
        if self.records and len(self.records) + sum(len(part.records) for part in lost) > self.sender.size:
            self._flush()
            return False
        batches = {record.batch for part in lost for record in part.records} - self.stored_batches
        if not all(self.sender.void(id_, pointer.owner) for id_ in sorted(batches - {UNBATCHED})):
            return False
        self._make_room(meter, stored, pointer)
        moved: list[Record] = []
        for part in lost:
            part.records = [record._replace(batch=self.batch_id) for record in part.records]
            moved += part.records
        if not store_meter(self.services.state, meter, stored):
            return False
        self._take(instance, moved)
        self.counts["hours_found_again"] += len(lost)
        self.done.append(pointer.key)
        return True

    def _make_room(self, meter: Meter, stored: Stored, pointer: Pointer) -> None:
        """Older seals may leave the meter: their pointers came first, so their batches are stored.

        Not so those from an hour on whose pointer could not be followed, nor a report made again that was written
        after its pointer's turn: it names no batch yet.
        """
        hour = times.hour_of(min(pointer.due, self.stuck.get(pointer.owner, pointer.due)) - timedelta(microseconds=1))
        make_room(
            self.services.state,
            meter,
            stored,
            now=self.services.clock.now(),
            retention_ends=retention_ends(self.services.settings),
            may_move=lambda part: (
                part.hour < hour and all(record.batch not in (UNBATCHED, self.batch_id) for record in part.records)
            ),
        )

    def _take(self, instance: Instance, records: Iterable[Record]) -> None:
        made = times.record(self.services.clock.now())
        product_id = instance.product_id if self.old else ""
        self.records += [wire_record(instance.instance_id, one, made, product_id=product_id) for one in records]
        if len(self.records) >= self.sender.size:
            self._flush()

    def _lacks_batch(self, part: SealedHour) -> bool:
        missing = {record.batch for record in part.records} - self.stored_batches - {self.batch_id}
        found = self.services.state.get_many([batch_key(id_) for id_ in sorted(missing)]) if missing else {}
        batches = (Batch.from_document(item.document) for item in found.values())
        self.stored_batches |= {batch.id for batch in batches if batch.status != VOID}
        return not missing <= self.stored_batches

    def _flush(self) -> None:
        """Store the batch, then give up the usage pointers it replaces, then send it."""
        batch_id, records, done = self.batch_id, self.records, self.done
        self._begin_batch()
        pointer = self._store_batch(batch_id, records) if records else None
        self.services.state.delete_many(done)
        if pointer is not None:
            self.sender.send(batch_id, pointer)

    def _store_batch(self, batch_id: str, records: list[dict[str, Any]]) -> Key:
        pointer, is_new = self.sender.store(batch_id, records)
        if not is_new:
            # Another run holds the slots by now and has taken the records: the usage pointers are its own.
            raise LeaseLost
        self.stored_batches.add(batch_id)
        return pointer

    def _drop_if_stale(self, pointer: Pointer) -> None:
        if pointer.may_be_removed_without_work(self.services.clock.now()):
            self.done.append(pointer.key)


def _named(meter: Meter, pointer: Pointer, instance: Instance) -> list[SealedHour]:
    """The seals a pointer can mean: its hour, the final hour, or a record reported again."""
    if pointer.subject.startswith("again "):
        return [part for part in meter.sealed if part.again_of == pointer.subject.removeprefix("again ")]
    if pointer.subject == "final":
        last = times.hour_of(times.parse_iso(instance.released_at)) if instance.released_at else ""
        return [part for part in meter.sealed if part.hour == last]
    return [part for part in meter.sealed if part.hour == pointer.subject]


def _chunks(pointers: Iterator[Pointer], size: int) -> Iterator[list[Pointer]]:
    while chunk := list(islice(pointers, size)):
        yield chunk
