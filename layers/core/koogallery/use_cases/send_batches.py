"""Sends batches, byte for byte the same on every try, and settles each record by its own answer.

A request refused as a whole is split until the record at fault stands alone: one poison record never blocks others.
"""

from __future__ import annotations

import hashlib
import logging
import secrets
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from koogallery import times
from koogallery.archiving import archive_batch
from koogallery.errors import RetryableError, SettingsError
from koogallery.leases import Lease
from koogallery.ledger.batch import (
    CONFLICT,
    DELIVERED,
    DONE,
    EXPIRED,
    MAX_RECORDS,
    MOVED,
    REJECTED,
    SPLITTING,
    VOID,
    Batch,
    Fate,
    is_expired,
    make_batch,
    void_batch,
)
from koogallery.ledger.settlement import MAYBE_BOOKED, settle
from koogallery.ledger_store import load_batch, store_batch
from koogallery.logs import log_line
from koogallery.marketplace.errors import (
    MarketplaceError,
    MarketplaceRefused,
    MarketplaceThrottled,
    MarketplaceUnauthorized,
)
from koogallery.marketplace.usage_push import PushAnswer
from koogallery.queues import BATCHES, RETENTION, due_pointers, put_pointer
from koogallery.services import Services
from koogallery.spans import retention_ends
from koogallery.state import Key
from koogallery.stores import Stored

TRIES_A_RUN = 3
PAUSE_SECONDS = 1.0
ENOUGH_SECONDS = 35.0
LATER = timedelta(hours=1)
"""When a record of an instance in an abnormal state (013) is sent again."""
SPLIT_AFTER = 8
"""Attempts that failed inside the marketplace after which a batch is split: one record may be the cause."""
TOO_MANY_RECORDS = "MKT.9003"


class StopRun(Exception):
    """Leave everything else to the next run."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class BatchSender:
    """One run's sending. ``size`` is the number of records a batch takes, smaller once the marketplace said so."""

    def __init__(self, services: Services, lease: Lease, counts: Counter[str]) -> None:
        self.services, self.lease, self.counts = services, lease, counts
        self.size = MAX_RECORDS

    def send_pending(self) -> None:
        """Send what earlier runs left, oldest first."""
        now = self.services.clock.now()
        for pointer in due_pointers(self.services.state, BATCHES, self.lease.slots, until=now):
            self.lease.renew()
            batch, _ = load_batch(self.services.state, pointer.subject)
            if batch is not None and batch.is_unfinished:
                self.send(batch.id, pointer.key)
            elif batch is not None or pointer.may_be_removed_without_work(now):
                self.services.state.delete(pointer.key)

    def store(
        self, batch_id: str, records: Sequence[dict[str, Any]], *, attempts: int = 0, delay: timedelta = timedelta(0)
    ) -> tuple[Key, bool]:
        """Store a batch, its pointer first; the pointer's key, and False when there is a batch of this id already."""
        now = self.services.clock.now()
        owner = records[0]["instance_id"]
        pointer = put_pointer(self.services.state, BATCHES, due=now + delay, now=now, owner=owner, subject=batch_id)
        batch = make_batch(batch_id, list(records), now, attempts=attempts)
        return pointer, store_batch(self.services.state, batch, Stored(None)) is not None

    def void(self, batch_id: str, owner: str) -> bool:
        """Make sure that a batch which is not there never will be; False when it is there after all."""
        state, now = self.services.state, self.services.clock.now()
        ends = retention_ends(self.services.settings)(times.hour_of(now))
        put_pointer(state, RETENTION, due=ends, now=now, owner=owner, subject=f"batch {batch_id}")
        if store_batch(state, void_batch(batch_id, now), Stored(None)):
            return True
        batch, _ = load_batch(state, batch_id)
        return batch is not None and batch.status == VOID

    def send(self, batch_id: str, pointer: Key) -> None:
        """Send until it is settled, the tries of this run are used up, or the time is."""
        for attempt in range(TRIES_A_RUN):
            if self.services.remaining_seconds() < ENOUGH_SECONDS:
                raise StopRun("out_of_time")
            self.lease.renew()
            claimed = self._claim(batch_id, pointer)
            if claimed is None:
                return
            batch, stored = claimed
            try:
                answer = self._push(batch)
            except SettingsError:
                self._never_arrived(batch, stored)
                raise
            except MarketplaceUnauthorized as error:
                self._note(batch, error)
                self._never_arrived(batch, stored)
                log_line("usage_push_unauthorized", level=logging.ERROR, alarm=True, reason=str(error))
                raise StopRun("unauthorized") from error
            except MarketplaceRefused as error:
                self._refused(batch, stored, pointer, error)
                return
            except MarketplaceError as error:
                if self._failed(batch, stored, pointer, error):
                    return
                self._pause(attempt)
                continue
            self._settle(batch, stored, pointer, answer)
            return
        self.counts["batches_left_pending"] += 1

    def _push(self, batch: Batch) -> PushAnswer:
        marketplace = self.services.marketplace
        return marketplace.push_usage_old(batch.body) if batch.is_old else marketplace.push_usage(batch.body)

    def _claim(self, batch_id: str, pointer: Key) -> tuple[Batch, Stored] | None:
        """Count the attempt before it is made: a later run must know that this one may have arrived."""
        state, now = self.services.state, self.services.clock.now()
        batch, stored = load_batch(state, batch_id)
        if batch is None or not batch.is_unfinished:
            state.delete(pointer)
            return None
        if batch.status == SPLITTING:
            self._part(batch, stored, pointer)
            return None
        expired = [record for record in batch.open_records() if is_expired(record, now)]
        if expired:
            self._expire(batch, stored, pointer, expired)
            return None
        batch.attempts += 1
        claimed = store_batch(state, batch, stored)
        return (batch, claimed) if claimed else None

    def _expire(self, batch: Batch, stored: Stored, pointer: Key, expired: list[dict[str, Any]]) -> None:
        """Too old to be taken: terminal. What is young enough goes on in a batch of its own."""
        now = times.iso(self.services.clock.now())
        fates = {r["metering_sn"]: Fate(EXPIRED, "", now, "older than 21 days before it was taken") for r in expired}
        young = [record for record in batch.open_records() if record["metering_sn"] not in fates]
        child = self._move(batch, young, "young", attempts=batch.attempts) if young else None
        self._finish(batch, stored, pointer, {**fates, **(child[1] if child else {})})
        if child:
            self.send(*child[0])

    def _refused(self, batch: Batch, stored: Stored, pointer: Key, error: MarketplaceRefused) -> None:
        """The request as a whole was refused: nothing of it was booked now. Halve it, or settle the one record."""
        records = batch.open_records()
        if len(records) == 1:
            at = times.iso(self.services.clock.now())
            if batch.may_have_been_sent:
                fate = Fate(CONFLICT, error.marketplace_code, at, f"refused, but {MAYBE_BOOKED}")
            else:
                fate = Fate(REJECTED, error.marketplace_code, at, "the request with this record alone was refused")
            self._finish(batch, stored, pointer, {records[0]["metering_sn"]: fate})
            return
        if error.marketplace_code == TOO_MANY_RECORDS:
            self.size = min(self.size, max(1, len(records) // 2))
        # Nothing arrived by this attempt.
        self._split(replace(batch, attempts=batch.attempts - 1), stored, pointer)

    def _failed(self, batch: Batch, stored: Stored, pointer: Key, error: MarketplaceError) -> bool:
        """Note a failure that may pass; True when the batch was split because it does not."""
        self._note(batch, error)
        if not error.fate_unknown:
            self._never_arrived(batch, stored)
        answered = error.http_status and not isinstance(error, MarketplaceThrottled)
        stuck = batch.attempts >= SPLIT_AFTER and answered
        if stuck and len(batch.open_records()) > 1:
            self._split(batch, stored, pointer)
            return True
        return False

    def _never_arrived(self, batch: Batch, stored: Stored) -> None:
        """Take the attempt back: nothing of it was booked, so a later duplicate answer would not be about it."""
        batch.attempts -= 1
        store_batch(self.services.state, batch, stored)

    def _note(self, batch: Batch, error: MarketplaceError) -> None:
        """Log a failure and count it."""
        self.counts["attempts_failed"] += 1
        retryable = isinstance(error, RetryableError)
        log_line("usage_push_failed", batch=batch.id, attempts=batch.attempts, reason=str(error), retryable=retryable)

    def _split(self, batch: Batch, stored: Stored, pointer: Key) -> None:
        """Decide that the batch is not sent again as a whole, in one write; then part it.

        Without that decision on file a run that takes over could get the whole accepted, and the marketplace would
        call the parts duplicates although they were never sent.
        """
        self.counts["batches_split"] += 1
        splitting = replace(batch, status=SPLITTING)
        decided = store_batch(self.services.state, splitting, stored)
        if decided:
            self._part(splitting, decided, pointer)

    def _part(self, batch: Batch, stored: Stored, pointer: Key) -> None:
        records = batch.open_records()
        middle = len(records) // 2
        first = self._move(batch, records[:middle], "first", attempts=batch.attempts)
        second = self._move(batch, records[middle:], "second", attempts=batch.attempts)
        self._finish(batch, stored, pointer, {**first[1], **second[1]})
        self.send(*first[0])
        self.send(*second[0])

    def _settle(self, batch: Batch, stored: Stored, pointer: Key, answer: PushAnswer) -> None:
        settlement = settle(batch, answer.abnormal, self.services.clock.now())
        if settlement.unmatched:
            log_line("abnormal_records_unmatched", level=logging.ERROR, batch=batch.id, count=settlement.unmatched)
            self._split(batch, stored, pointer)
            return
        moved: dict[str, Fate] = {}
        if settlement.later:
            _, moved = self._move(batch, settlement.later, "later", attempts=batch.attempts, delay=LATER)
            self.counts["records_later"] += len(settlement.later)
        self._finish(batch, stored, pointer, {**settlement.fates, **moved})

    def _move(
        self,
        batch: Batch,
        records: Sequence[dict[str, Any]],
        role: str,
        *,
        attempts: int,
        delay: timedelta = timedelta(0),
    ) -> tuple[tuple[str, Key], dict[str, Fate]]:
        """Store a batch for some records of another; (its id and pointer), (fates that lead there)."""
        child = hashlib.sha256(f"{batch.id} {role}".encode()).hexdigest()[:20]
        pointer, _ = self.store(child, records, attempts=attempts, delay=delay)
        at = times.iso(self.services.clock.now())
        return (child, pointer), {record["metering_sn"]: Fate(MOVED, "", at, child) for record in records}

    def _finish(self, batch: Batch, stored: Stored, pointer: Key, fates: dict[str, Fate]) -> None:
        """Every record has its fate: write it down, archive it, give up the pointer."""
        state, now = self.services.state, self.services.clock.now()
        owner = batch.records[0]["instance_id"]
        ends = retention_ends(self.services.settings)(times.hour_of(now))
        put_pointer(state, RETENTION, due=ends, now=now, owner=owner, subject=f"batch {batch.id}")
        finished = replace(batch, fates={**batch.fates, **fates}, status=DONE)
        if not store_batch(state, finished, stored):
            return
        self._report(finished, fates)
        archive_batch(self.services, finished)
        state.delete(pointer)

    def _report(self, batch: Batch, fates: dict[str, Fate]) -> None:
        records = {record["metering_sn"]: record for record in batch.records}
        for sn, fate in fates.items():
            self.counts[f"records_{fate.status}"] += 1
            if fate.status not in (DELIVERED, MOVED):
                log_line(
                    "usage_record_not_billed",
                    level=logging.ERROR,
                    alarm=True,
                    metering_sn=sn,
                    instance_id=records[sn]["instance_id"],
                    begin_time=records[sn]["begin_time"],
                    status=fate.status,
                    marketplace_code=fate.code,
                    note=fate.note,
                )

    def _pause(self, attempt: int) -> None:
        """Back off, doubling, with jitter, within the remaining time."""
        if attempt + 1 < TRIES_A_RUN:
            pause = PAUSE_SECONDS * 2**attempt * (0.5 + secrets.randbelow(500) / 1000)
            self.services.clock.sleep(max(0.0, min(pause, self.services.remaining_seconds() - ENOUGH_SECONDS)))
