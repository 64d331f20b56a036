"""Callbacks of instances in any order, late, repeated, replayed byte for byte, against a small model of the guides.

One instance per order line, released never revives, the expiry is the one applied last, and the seller's product is
told exactly what happened, in order.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, precondition, rule

from koogallery import times
from koogallery.slots import SLOTS
from koogallery_simulator.dialects import saas_v2
from koogallery_simulator.dialects.base import Callback, OutgoingRequest
from koogallery_simulator.orders import OrderLine
from tests.support.world import World

pytestmark = pytest.mark.no_cover

WINDOW = timedelta(seconds=60)
KINDS = ["new", "refresh", "cancel", "freeze", "unfreeze", "upgrade", "release"]


@dataclass
class Signed:
    """A signed callback, sent or still under way."""

    number: int
    kind: str
    line: int
    request: OutgoingRequest
    at: datetime
    order: str = ""
    expire: str = ""


@dataclass
class Model:
    """What is known of one order line."""

    line: OrderLine
    id: str = ""
    opened: bool = False
    released: bool = False
    frozen: bool = False
    stamp: datetime | None = None
    expire: str = ""
    applied: set[tuple[str, str]] = field(default_factory=set)
    answered: dict[int, str] = field(default_factory=dict)
    events: list[str] = field(default_factory=list)

    def take(self, call: Signed) -> str:
        """The expected result code; changes the model as the callback changes the instance."""
        if call.kind == "new":
            if not self.events:
                self.events.append("instance.created")
                return "000004"
            return "000000" if self.opened or self.released else "000004"
        if not self.events:
            return "000003"
        if call.kind == "release":
            self.events += [] if self.released else ["instance.released"]
            self.released = True
            return "000000"
        if call.number in self.answered:
            return self.answered[call.number]
        if self.released:
            return "000003"
        if call.kind == "upgrade" and not self.opened:
            return "000004"
        self._apply(call)
        return "000000"

    def _apply(self, call: Signed) -> None:
        key = (call.kind, call.order)
        if call.kind in ("freeze", "unfreeze"):
            if self.stamp and call.at < self.stamp:
                return
            self.stamp = call.at
            if self.frozen != (call.kind == "freeze"):
                self.frozen = not self.frozen
                self.events.append("instance.frozen" if self.frozen else "instance.unfrozen")
        elif key in self.applied:
            return
        elif call.kind == "upgrade":
            self.events.append("instance.upgraded")
        else:
            self.expire = call.expire
            self.events.append("instance.renewed")
        self.applied.add(key)
        self.answered[call.number] = "000000"

    @property
    def status(self) -> str:
        if self.released:
            return "released"
        return "frozen" if self.frozen else "active" if self.opened else "creating"


class LifecycleMachine(RuleBasedStateMachine):
    """The bundle and up to three order lines."""

    sent = Bundle("sent")

    @initialize(lines=st.integers(1, 3))
    def begin(self, lines: int) -> None:
        self.world = World()
        self.models = [Model(self.world.sell("period-year")[0]) for _ in range(lines)]
        self.order: OrderLine | None = None
        self.signed = 0

    def _callback(self, kind: str, model: Model, order: OrderLine, expire: datetime) -> Callback:
        id_ = model.id or "not-created-yet"
        if kind == "new":
            return saas_v2.new_instance(model.line)
        if kind in ("freeze", "unfreeze"):
            return saas_v2.update_instance_status(id_, kind.upper())
        if kind == "release":
            return saas_v2.release_instance(id_)
        if kind == "upgrade":
            return saas_v2.upgrade_instance(id_, order)
        scene = saas_v2.RENEWAL if kind == "refresh" else saas_v2.UNSUBSCRIBE_RENEWAL_PERIOD
        return saas_v2.refresh_instance(id_, order, expire, scene)

    @rule(
        target=sent, which=st.integers(0, 2), kind=st.sampled_from(KINDS), days=st.integers(1, 900), again=st.booleans()
    )
    def sign(self, which: int, kind: str, days: int, again: bool) -> Signed:
        """The marketplace signs a callback: about a new order, or (``again``) about the same one as before."""
        which %= len(self.models)
        model = self.models[which]
        if not again or self.order is None:
            (self.order,) = self.world.sell("period-year")
        expire = self.world.clock.now() + timedelta(days=days)
        request = self.world.sign(self._callback(kind, model, self.order, expire))
        self.signed += 1
        return Signed(
            self.signed, kind, which, request, self.world.clock.now(), self.order.order_id, times.wire(expire)
        )

    @rule(call=sent)
    def send(self, call: Signed) -> None:
        """It arrives: the first time, late, or once more."""
        model = self.models[call.line]
        answer = self._answer(call)
        if abs(self.world.clock.now() - call.at) > WINDOW:
            assert answer["resultCode"] == "000002"
            return
        if call.kind != "new" and b"not-created-yet" in call.request.body:
            assert answer["resultCode"] == "000003"
            return
        assert answer["resultCode"] == model.take(call)
        if call.kind == "new":
            model.id = model.id or answer["instanceId"]
            assert answer["instanceId"] == model.id

    def _answer(self, call: Signed) -> Any:
        answer = self.world.answer(call.request)
        assert answer.status == 200
        return json.loads(answer.body)

    @rule(kind=st.sampled_from(KINDS), which=st.integers(0, 2))
    def sign_and_send(self, kind: str, which: int) -> None:
        """The usual case."""
        self.send(self.sign(which, kind, 30, False))

    @rule(which=st.integers(0, 2))
    def report_access(self, which: int) -> None:
        """The seller's product gives the access data."""
        model = self.models[which % len(self.models)]
        status, _ = self.world.set_access(model.id or "not-created-yet")
        assert status == (404 if not model.events else 409 if model.released else 200)
        model.opened |= status == 200

    @rule(seconds=st.sampled_from([0.001, 1, 20, 45, 61, 130]))
    def wait(self, seconds: float) -> None:
        """Time goes by."""
        self.world.clock.advance(seconds)

    @precondition(lambda self: hasattr(self, "world"))
    @rule(failing=st.sampled_from([0, 0, 1, 3]))
    def deliver(self, failing: int) -> None:
        """The timer; the product fails a few times."""
        self.world.product.failing = failing
        self.world.deliver()
        self.world.product.failing = 0

    @invariant()
    def instances_agree(self) -> None:
        """What is stored is what the model says, and nothing else is stored."""
        if not hasattr(self, "models"):
            return
        stored = [item for slot in range(SLOTS) for item in self.world.state.query(f"instances#{slot:02d}", limit=99)]
        assert sorted(item.key.sort for item in stored) == sorted(model.id for model in self.models if model.id)
        for model in self.models:
            if model.id:
                instance = self.world.instance(model.id)
                assert (instance.status, instance.expire_time) == (model.status, model.expire)
                assert instance.sequence == len(model.events)
                told = self.world.product.events(model.id)
                assert told + [event.type for event in instance.outbox] == model.events

    def teardown(self) -> None:
        """When the product is well again, it is told everything, each thing once or more, in order."""
        if not hasattr(self, "models"):
            return
        for _ in range(4):
            self.world.clock.advance(3700)
            self.world.deliver()
        for model in self.models:
            assert self.world.product.events(model.id) == model.events
        assert len({one.id for one in self.world.product.received}) == sum(len(model.events) for model in self.models)


LifecycleMachine.TestCase.settings = settings(max_examples=100, stateful_step_count=40)
TestLifecycle = LifecycleMachine.TestCase
