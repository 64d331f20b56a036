"""deliver_events: what waits in the outboxes goes to the seller's product, in order per instance, at least once.

Licences the product gave go to the marketplace in the same run (``upload_licenses``).

An event whose order has not been read yet is completed by the order query first. A failed delivery is tried again
with growing pauses; after three days the event becomes a dead letter that an operator sees and can replay.
"""

from __future__ import annotations

import json
import logging
import secrets
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from koogallery import times
from koogallery.archiving import archive_callback
from koogallery.encryption import Unreadable
from koogallery.errors import RetryableError
from koogallery.instances.instance import Instance
from koogallery.kept import Place, forget, read_kept
from koogallery.leases import Lease, LeaseLost
from koogallery.logs import describe, log_line
from koogallery.marketplace.errors import MarketplaceError, MarketplaceThrottled, MarketplaceUnauthorized
from koogallery.order_facts import event_facts, product_facts
from koogallery.outbox import Event, Outbox
from koogallery.outbox_owners import (
    OwnerRef,
    load_owner,
    put_dead_pointer,
    put_event_pointer,
    read_event_pointer,
    update_owner,
)
from koogallery.queues import EVENTS, Pointer, due_pointers
from koogallery.seller_webhook import WebhookNotDelivered
from koogallery.services import Services
from koogallery.state import ItemTooLarge
from koogallery.stores import Contended
from koogallery.timer import Tick
from koogallery.use_cases.delivery_answers import take_answer
from koogallery.use_cases.upload_licenses import LicenseUploader

FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=1)
GIVE_UP_AFTER = timedelta(days=3)
ENOUGH_SECONDS = 25.0
"""An order query and a delivery may take this long together: nothing is begun with less."""
MAX_DOWN = 3
"""Unanswered calls in a row after which a run leaves the rest to the next one."""

_DeliveryError = WebhookNotDelivered | MarketplaceError | Unreadable


class _DeliveredBefore(Exception):
    """What the event would tell is gone: it is removed when, and only when, it has arrived."""


class _EndpointDown(Exception):
    """The far end does not answer: leave everything else to the next run."""


def deliver_events(services: Services, tick: Tick) -> Mapping[str, Any]:
    """Deliver everything due; counts of what was done."""
    lease = Lease(services.state, services.clock, EVENTS)
    counts: Counter[str] = Counter()
    try:
        if lease.acquire(tick.slots):
            uploader = LicenseUploader(services, lease, counts)
            uploader.drain()
            _drain(_Run(services, lease, counts))
            # Once more: the answer to an event may have brought a licence.
            uploader.drain()
    except LeaseLost:
        counts["lease_lost"] += 1
    finally:
        lease.release()
    return dict(counts)


def _drain(run: _Run) -> None:
    try:
        run.drain()
    except _EndpointDown:
        run.counts["stopped_endpoint_down"] += 1


class _Run:
    """One run: its counts, how many calls in a row found nobody, and whether orders may still be asked for."""

    def __init__(self, services: Services, lease: Lease, counts: Counter[str]) -> None:
        self.services, self.lease, self.counts = services, lease, counts
        self.down = 0
        self.asks_orders = True

    def drain(self) -> None:
        now = self.services.clock.now()
        for pointer in due_pointers(self.services.state, EVENTS, self.lease.slots, until=now):
            if self.services.remaining_seconds() < ENOUGH_SECONDS:
                self.counts["stopped_out_of_time"] += 1
                return
            self.lease.renew()
            self._follow_alone(pointer)

    def _follow_alone(self, pointer: Pointer) -> None:
        """Follow a pointer; an aggregate that cannot be written must not keep the others' events waiting."""
        try:
            self.follow(pointer)
        except (ItemTooLarge, Contended) as error:
            self.counts["outboxes_stuck"] += 1
            reason = describe(error)
            log_line("outbox_stuck", level=logging.ERROR, alarm=True, owner=pointer.owner, reason=reason)

    def follow(self, pointer: Pointer) -> None:
        """Deliver the outbox the pointer leads to, then remove the pointer if its work is done or never came."""
        ref, sequence = read_event_pointer(pointer)
        owner, _ = load_owner(self.services.state, ref)
        while owner is not None and owner.outbox and self._is_due(owner.outbox[0]):
            if owner.outbox[0].order_id and not self.asks_orders:
                break
            owner = self._deliver(ref, owner.outbox[0])
            if self.services.remaining_seconds() < ENOUGH_SECONDS:
                break
            self.lease.renew()
        landed = owner is not None and owner.sequence >= sequence
        waiting = owner is not None and bool(owner.outbox) and self._is_due(owner.outbox[0])
        now = self.services.clock.now()
        if not waiting and (landed or pointer.may_be_removed_without_work(now)):
            self.services.state.delete(pointer.key)

    def _is_due(self, event: Event) -> bool:
        return not event.next_at or times.parse_iso(event.next_at) <= self.services.clock.now()

    def _deliver(self, ref: OwnerRef, waiting: Event) -> Outbox | None:
        """Deliver the head of an outbox; its owner as stored afterwards."""
        facts: dict[str, Any] = {}
        try:
            event, facts = self._completed(ref, waiting)
            answer = self._post(event)
        except _DeliveredBefore:
            return self._take_out(ref, waiting, lambda owner: owner)
        except (WebhookNotDelivered, MarketplaceError, Unreadable) as error:
            return self._failed(ref, waiting, facts, error)
        self.down = 0
        self.counts["delivered"] += 1
        archive_callback(self.services, event)
        brought = take_answer(self.services, event, answer, self.services.clock.now())
        return self._take_out(ref, waiting, lambda owner: brought(_with_facts(owner, facts)))

    def _take_out(self, ref: OwnerRef, event: Event, change: Callable[[Outbox], Outbox]) -> Outbox | None:
        """A delivered event leaves the outbox, what was kept for it before it does."""
        if event.kept:
            forget(self.services.state, Place.parse(event.kept))

        def changed(before: Outbox) -> Outbox:
            rest = tuple(other for other in before.outbox if other.id != event.id)
            return replace(change(before), outbox=rest)

        return update_owner(self.services.state, ref, changed)

    def _completed(self, ref: OwnerRef, event: Event) -> tuple[Event, dict[str, Any]]:
        """The event with what its order says and what is kept encrypted; and what the order says of the product."""
        if event.sealed:
            personal = json.loads(self.services.sealer.open(event.sealed, ref.id))
            event = replace(event, data={**event.data, **personal})
        if event.kept:
            more = read_kept(self.services.state, self.services.sealer, Place.parse(event.kept))
            if more is None:
                raise _DeliveredBefore
            event = replace(event, data={**event.data, **more})
        if not event.order_id:
            return event, {}
        order = self.services.marketplace.query_order(event.order_id, event.order_line_id or None)
        event = replace(event, data={**event.data, **event_facts(order, event.order_line_id)})
        return event, product_facts(order, event.order_line_id)

    def _post(self, event: Event) -> Mapping[str, object]:
        body = {"type": event.type, "timestamp": event.timestamp, "data": event.data}
        # Half a surrogate pair in what a buyer typed must not keep everybody's events waiting.
        content = json.dumps(body, ensure_ascii=False).encode(errors="replace")
        return self.services.webhook.deliver(event.id, content).members

    def _failed(self, ref: OwnerRef, event: Event, facts: dict[str, Any], error: _DeliveryError) -> Outbox | None:
        now = self.services.clock.now()
        reason = error.reason if isinstance(error, WebhookNotDelivered) else str(error)
        given_up = now - times.parse_iso(event.replayed_at or event.timestamp) >= GIVE_UP_AFTER
        self.counts["dead_letters" if given_up else "failed"] += 1
        alarm = given_up or not isinstance(error, RetryableError)
        level = logging.ERROR if alarm else logging.WARNING
        log_line(
            "event_not_delivered",
            level=level,
            alarm=alarm,
            dead_letter=given_up,
            event_id=event.id,
            type=event.type,
            reason=reason,
        )
        tried = replace(event, attempts=event.attempts + 1, last_failure=reason[:200])
        if given_up:
            stored = self._give_up(ref, tried, facts)
        else:
            stored = self._postpone(ref, tried, facts, now + _pause(tried, error))
        self._count_down(error)
        return stored

    def _give_up(self, ref: OwnerRef, tried: Event, facts: dict[str, Any]) -> Outbox | None:
        """The event becomes a dead letter; those behind it go on. Operators find it by the pointer put first."""
        put_dead_pointer(self.services.state, ref, now=self.services.clock.now())

        def change(before: Outbox) -> Outbox:
            rest = tuple(other for other in before.outbox if other.id != tried.id)
            if len(rest) == len(before.outbox):
                return before
            return replace(_with_facts(before, facts), outbox=rest, dead_letters=(*before.dead_letters, tried))

        return update_owner(self.services.state, ref, change)

    def _postpone(self, ref: OwnerRef, tried: Event, facts: dict[str, Any], due: datetime) -> Outbox | None:
        """Later: the pointer for then is put first."""
        put_event_pointer(self.services.state, ref, tried.sequence, due=due, now=self.services.clock.now())
        later = replace(tried, next_at=times.iso_millis(due))

        def change(before: Outbox) -> Outbox:
            outbox = tuple(later if other.id == later.id else other for other in before.outbox)
            return replace(_with_facts(before, facts), outbox=outbox)

        return update_owner(self.services.state, ref, change)

    def _count_down(self, error: _DeliveryError) -> None:
        if isinstance(error, (MarketplaceUnauthorized, MarketplaceThrottled)):
            # More than five unauthorised calls in a row lock the key pair (API signing guide).
            self.asks_orders = False
            reason = "throttled" if isinstance(error, MarketplaceThrottled) else "unauthorized"
            self.counts[f"stopped_{reason}"] = 1
        silent = isinstance(error, MarketplaceError) and not error.http_status
        if isinstance(error, WebhookNotDelivered):
            silent = error.endpoint_down
        self.down = self.down + 1 if silent else 0
        if self.down >= MAX_DOWN:
            raise _EndpointDown


def _with_facts(owner: Outbox, facts: dict[str, Any]) -> Outbox:
    """What the order says of the product is kept even when the delivery fails."""
    if not facts or not isinstance(owner, Instance):
        return owner
    return replace(owner, product=facts["product"], order_type=facts["order_type"])


def _pause(tried: Event, error: _DeliveryError) -> timedelta:
    """Growing from a minute to an hour, shortened at random by up to a tenth so that retries spread.

    A product that asks for a longer pause gets it, up to an hour.
    """
    doublings: int = min(tried.attempts - 1, 10)
    nominal = min(FIRST_PAUSE * (1 << doublings), LONGEST_PAUSE)
    planned = nominal * (1 - secrets.randbelow(1000) / 10_000)
    asked = error.retry_after if isinstance(error, WebhookNotDelivered) else planned
    return max(planned, min(asked, LONGEST_PAUSE))
