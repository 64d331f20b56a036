"""deliver_events: what waits in the outboxes goes to the seller's product, in order per instance, at least once.

An event whose order has not been read yet is completed by the order query first. A failed delivery is tried again
with growing pauses; after three days the event becomes a dead letter that an operator sees and can replay.
"""

from __future__ import annotations

import json
import secrets
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from koogallery import times
from koogallery.archiving import archive_callback
from koogallery.errors import KoogalleryError, RetryableError
from koogallery.instances import lifecycle
from koogallery.instances.instance import RELEASED, Event, Instance
from koogallery.leases import Lease, LeaseLost
from koogallery.logs import log_line
from koogallery.marketplace.errors import MarketplaceError
from koogallery.messages.seller import MalformedRequest, parse_access
from koogallery.order_facts import event_facts, product_facts
from koogallery.queues import EVENTS, Pointer, due_pointers
from koogallery.seller_webhook import WebhookNotDelivered
from koogallery.services import Services
from koogallery.stores import load_instance, put_event_pointer, update_instance
from koogallery.timer import Tick
from koogallery.use_cases.access_data import seal_access

FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=1)
GIVE_UP_AFTER = timedelta(days=3)
ENOUGH_SECONDS = 25.0
"""An order query and a delivery may take this long together: nothing is begun with less."""
MAX_DOWN = 3
"""Unanswered calls in a row after which a run leaves the rest to the next one."""


class _EndpointDown(Exception):
    """The far end does not answer: leave everything else to the next run."""


def deliver_events(services: Services, tick: Tick) -> Mapping[str, Any]:
    """Deliver everything due; counts of what was done."""
    lease = Lease(services.state, services.clock, EVENTS)
    run = _Run(services, lease)
    try:
        if lease.acquire(tick.slots):
            run.drain()
    except LeaseLost:
        run.counts["lease_lost"] += 1
    except _EndpointDown:
        run.counts["stopped_endpoint_down"] += 1
    finally:
        lease.release()
    return dict(run.counts)


class _Run:
    """One run: its counts, and how many calls in a row found nobody."""

    def __init__(self, services: Services, lease: Lease) -> None:
        self.services, self.lease = services, lease
        self.counts: Counter[str] = Counter()
        self.down = 0

    def drain(self) -> None:
        now = self.services.clock.now()
        for pointer in due_pointers(self.services.state, EVENTS, self.lease.slots, until=now):
            if self.services.remaining_seconds() < ENOUGH_SECONDS:
                self.counts["stopped_out_of_time"] += 1
                return
            self.lease.renew()
            self.follow(pointer)

    def follow(self, pointer: Pointer) -> None:
        """Deliver the outbox the pointer leads to, then remove the pointer if its work is done or never came."""
        state = self.services.state
        instance, _ = load_instance(state, pointer.instance_id)
        while instance is not None and instance.outbox and self._is_due(instance.outbox[0]):
            instance = self._deliver_first(instance)
            if self.services.remaining_seconds() < ENOUGH_SECONDS:
                break
            self.lease.renew()
        landed = instance is not None and instance.sequence >= int(pointer.subject)
        waiting = instance is not None and bool(instance.outbox) and self._is_due(instance.outbox[0])
        now = self.services.clock.now()
        if not waiting and (landed or pointer.may_be_removed_without_work(now)):
            state.delete(pointer.key)

    def _is_due(self, event: Event) -> bool:
        return not event.next_at or times.parse_iso(event.next_at) <= self.services.clock.now()

    def _deliver_first(self, instance: Instance) -> Instance | None:
        """Deliver the head of the outbox; the instance as stored afterwards."""
        event, facts = instance.outbox[0], {}
        try:
            if event.order_id:
                order = self.services.marketplace.query_order(event.order_id, event.order_line_id or None)
                facts = product_facts(order, event.order_line_id)
                event = replace(event, data={**event.data, **event_facts(order, event.order_line_id)})
            access = self._post(self._with_personal_data(instance, event))
        except (WebhookNotDelivered, MarketplaceError) as error:
            return self._failed(instance, event, facts, error)
        self.down = 0
        self.counts["delivered"] += 1
        archive_callback(self.services, event)
        return self._store_delivered(instance, event, facts, access)

    def _with_personal_data(self, instance: Instance, event: Event) -> Event:
        if not event.sealed:
            return event
        personal = json.loads(self.services.sealer.open(event.sealed, instance.instance_id))
        return replace(event, data={**event.data, **personal})

    def _post(self, event: Event) -> dict[str, str] | None:
        body = {"type": event.type, "timestamp": event.timestamp, "data": event.data}
        answer = self.services.webhook.deliver(event.id, json.dumps(body, ensure_ascii=False).encode())
        if answer.access is None:
            return None
        try:
            return parse_access(dict(answer.access))
        except MalformedRequest as error:
            log_line("access_in_answer_refused", event_id=event.id, reason=str(error))
            return None

    def _store_delivered(
        self, instance: Instance, event: Event, facts: dict[str, Any], access: dict[str, str] | None
    ) -> Instance | None:
        sealed = seal_access(self.services.sealer, instance.instance_id, access) if access else ""
        now = self.services.clock.now()

        def change(before: Instance) -> Instance:
            outbox = tuple(waiting for waiting in before.outbox if waiting.id != event.id)
            after = replace(_with_facts(before, facts), outbox=outbox)
            may_open = sealed and before.status != RELEASED
            return lifecycle.set_access(after, sealed, now) if may_open else after

        return update_instance(self.services.state, instance.instance_id, change)

    def _failed(
        self, instance: Instance, event: Event, facts: dict[str, Any], error: KoogalleryError
    ) -> Instance | None:
        now = self.services.clock.now()
        reason = error.reason if isinstance(error, WebhookNotDelivered) else str(error)
        given_up = now - times.parse_iso(event.timestamp) >= GIVE_UP_AFTER
        self.counts["dead_letters" if given_up else "failed"] += 1
        level = "alarm" if given_up or not isinstance(error, RetryableError) else "retry"
        log_line("event_not_delivered", event_id=event.id, type=event.type, reason=reason, action=level)
        stored = self._store_failure(instance, event, facts, reason, None if given_up else now + _pause(event))
        self._count_down(error)
        return stored

    def _store_failure(
        self, instance: Instance, event: Event, facts: dict[str, Any], reason: str, next_at: datetime | None
    ) -> Instance | None:
        waiting = instance.outbox[0]
        tried = replace(waiting, attempts=waiting.attempts + 1, last_failure=reason[:200])
        if next_at is not None:
            tried = replace(tried, next_at=times.iso_millis(next_at))
            put_event_pointer(self.services.state, instance, due=next_at, now=self.services.clock.now())

        def change(before: Instance) -> Instance:
            after = _with_facts(before, facts)
            rest = tuple(event_ for event_ in before.outbox if event_.id != event.id)
            if len(rest) == len(before.outbox):
                return after
            if next_at is None:
                return replace(after, outbox=rest, dead_letters=(*before.dead_letters, tried))
            return replace(after, outbox=(tried, *rest))

        return update_instance(self.services.state, instance.instance_id, change)

    def _count_down(self, error: KoogalleryError) -> None:
        silent = error.endpoint_down if isinstance(error, WebhookNotDelivered) else not getattr(error, "http_status", 0)
        self.down = self.down + 1 if silent else 0
        if self.down >= MAX_DOWN:
            raise _EndpointDown


def _with_facts(instance: Instance, facts: dict[str, Any]) -> Instance:
    """What the order says of the product is kept even when the delivery fails."""
    if not facts:
        return instance
    return replace(instance, product=facts["product"], order_type=facts["order_type"])


def _pause(event: Event) -> timedelta:
    """Growing from a minute to an hour, shortened at random by up to a tenth so that retries spread."""
    doublings: int = min(event.attempts, 10)
    nominal = min(FIRST_PAUSE * (1 << doublings), LONGEST_PAUSE)
    return nominal * (1 - secrets.randbelow(1000) / 10_000)
