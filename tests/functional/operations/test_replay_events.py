from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from koogallery.adapters.urls import open_state
from koogallery.instance_store import load_instance
from koogallery.instances.instance import Instance
from koogallery.order_notice import notice_id, notify
from koogallery.outbox import Event
from koogallery.outbox_owners import ORDER, OwnerRef, tell
from koogallery.seller_webhook import WebhookAnswer, WebhookNotDelivered, WebhookSender
from koogallery.timer import Tick
from koogallery.use_cases.deliver_events import deliver_events
from koogallery.use_cases.replay_events import NothingToReplay, dead_letters, replay_events
from tests.functional.operations.desk import Desk
from tests.support.dying_state import DyingState, ProcessDied


class Product(WebhookSender):
    """The seller's product: takes everything, or nothing."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.is_down = False

    def deliver(self, event_id: str, body: bytes, *, timeout_seconds: float = 1.0) -> WebhookAnswer:
        """One delivery."""
        if self.is_down:
            raise WebhookNotDelivered("status 500", status=500)
        self.taken.append(event_id)
        return WebhookAnswer()


def event(sequence: int, **fields: Any) -> Event:
    """An event of 18 November, three days ago."""
    return Event(f"msg_i-1_{sequence}", sequence, "instance.renewed", "2026-11-18T10:00:00Z", {}, **fields)


def deliver(desk: Desk, product: Product) -> None:
    """deliver_events runs."""
    services = desk.services()
    services.webhook = product
    deliver_events(services, Tick(desk.clock.now(), tuple(range(16))))


def stored(desk: Desk) -> Instance:
    """The instance."""
    instance, _ = load_instance(desk.state, "i-1")
    assert instance is not None
    return instance


@pytest.fixture
def dead(desk: Desk) -> Desk:
    """Events 1 and 3 were given up, 4 waits."""
    letters = (event(3, attempts=40, last_failure="HTTP 500"), event(1, attempts=41))
    waiting = event(4, next_at="2026-11-21T10:30:00.000Z", attempts=2)
    desk.opened("i-1", sequence=4, dead_letters=letters, outbox=(waiting,))
    desk.opened("i-2")
    return desk


def test_dead_letters_are_listed_in_order(dead: Desk) -> None:
    assert [(d.owner, d.event.sequence) for d in dead_letters(dead.state)] == [("i-1", 1), ("i-1", 3)]


def test_replayed_events_are_delivered_in_the_order_of_their_sequence(dead: Desk) -> None:
    product = Product()
    moved = replay_events(dead.services(), "i-1")
    deliver(dead, product)

    assert [e.sequence for e in moved] == [3, 1]
    assert product.taken == ["msg_i-1_1", "msg_i-1_3"]
    assert [e.sequence for e in stored(dead).outbox] == [4]
    assert list(dead_letters(dead.state)) == []
    assert dead.reconcile().is_clean


def test_one_event_is_replayed_alone(dead: Desk) -> None:
    replay_events(dead.services(), "i-1", "msg_i-1_3")

    instance = stored(dead)
    assert [e.sequence for e in instance.outbox] == [3, 4]
    assert [e.sequence for e in instance.dead_letters] == [1]


def test_a_replayed_event_is_tried_for_three_days_again(dead: Desk) -> None:
    product = Product()
    product.is_down = True
    replay_events(dead.services(), "i-1", "msg_i-1_3")
    deliver(dead, product)
    assert [(e.sequence, e.attempts) for e in stored(dead).outbox] == [(3, 1), (4, 2)]

    dead.pass_hours(24 * 3)
    deliver(dead, product)

    assert 3 in [e.sequence for e in stored(dead).dead_letters]


@pytest.mark.parametrize(("instance_id", "event_id"), [("nobody", None), ("i-2", None), ("i-1", "msg_i-1_4")])
def test_nothing_to_replay_is_said(dead: Desk, instance_id: str, event_id: str | None) -> None:
    with pytest.raises(NothingToReplay):
        replay_events(dead.services(), instance_id, event_id)


@pytest.mark.parametrize("before", [True, False])
def test_a_replay_may_die_anywhere(desk: Desk, before: bool) -> None:
    desk.opened("i-1", sequence=4, dead_letters=(event(3),))
    product = Product()
    for number in range(1, 20):
        dying = DyingState(open_state(desk.state_url), die_after=number, before=before)
        try:
            replay_events(desk.services(dying), "i-1")
        except ProcessDied:
            deliver(desk, product)
            if stored(desk).dead_letters:
                continue
        break
    deliver(desk, product)

    assert product.taken == ["msg_i-1_3"]
    assert (stored(desk).outbox, stored(desk).dead_letters) == ((), ())


def test_a_given_up_event_of_another_owner_is_listed_and_replayed(desk: Desk) -> None:
    product = Product()
    product.is_down = True
    ref = OwnerRef(ORDER, notice_id("CS1", "CS1-000001"))
    notice = notify("CS1", "CS1-000001", desk.clock.now(), {})
    # The order is not asked for here: what matters is where the letter is found.
    notice = replace(notice, outbox=tuple(replace(waiting, order_id="") for waiting in notice.outbox))
    tell(desk.state, ref, lambda _: notice, now=desk.clock.now())
    deliver(desk, product)
    desk.pass_hours(24 * 3)
    deliver(desk, product)

    assert [(d.kind, d.owner, d.event.type) for d in dead_letters(desk.state)] == [(ORDER, ref.id, "order.notified")]
    assert [finding.kind for finding in desk.reconcile().waiting] == ["dead_letter"]

    product.is_down = False
    replay_events(desk.services(), ref.id, kind=ORDER)
    deliver(desk, product)

    assert product.taken == [f"msg_{ref.id}_1"]
    assert list(dead_letters(desk.state)) == []
