"""The lifecycle machine with both dialects at once: what 1.0 opened 2.0 renews, and the other way round.

An instance is opened by the dialect its product was sold in; every other callback is drawn from either. 1.0 knows no
window: its calls may arrive at any age, and are known again by their token for two minutes only.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from koogallery import times
from koogallery.inferred import NONCE_MEMORY_SECONDS
from koogallery_simulator.dialects import saas_v2
from koogallery_simulator.dialects.base import OutgoingRequest
from koogallery_simulator.orders import OrderLine
from tests.functional.core.test_lifecycle_machine import KINDS, WINDOW, LifecycleMachine, Model, Signed
from tests.support.saas_v1 import V1World, opened_app_info
from tests.support.saas_v1 import order as parameters_of_new
from tests.support.world import ACCESS

NOT_CREATED = "not-created-yet"
OF_LICENCES = ("refresh", "cancel", "freeze", "unfreeze", "release")


@dataclass
class Told(Signed):
    """A callback of either dialect; ``key`` names an effect that happens once, ``expires`` is expireInstance."""

    by: int = 2
    expires: bool = False
    key: tuple[str, str, str] = ("", "", "")
    unknown: bool = False


@dataclass
class Both(Model):
    """One sold thing, opened by dialect ``by``."""

    by: int = 2
    expired: bool = False
    keys: set[tuple[str, str, str]] = field(default_factory=set)
    remembered: dict[int, datetime] = field(default_factory=dict)

    def take_at(self, call: Told, now: datetime) -> str:
        """The expected result code; changes the model as the callback changes the instance."""
        if call.kind == "new" or not self.events:
            return self.take(call)
        if call.kind == "release":
            if not self.released:
                self.remember(call, now)
            return self.take(call)
        if call.number in self.remembered:
            return "000000"
        if self.released:
            return "000003"
        if call.kind == "upgrade" and not self.opened:
            return "000004"
        self._change(call, now)
        return "000000"

    def _change(self, call: Told, now: datetime) -> None:
        if call.kind in ("freeze", "unfreeze"):
            if self.stamp and call.at < self.stamp:
                return
        elif call.key in self.keys:
            return
        self.keys.add(call.key)
        self.applied.clear()
        was_frozen = self.frozen
        self._apply(call)
        self._expire_or_renew(call, was_frozen, now)
        self.remember(call, now)

    def _expire_or_renew(self, call: Told, was_frozen: bool, now: datetime) -> None:
        """1.0 has no call that thaws a yearly product: a renewal ends what expireInstance began."""
        if call.kind == "freeze" and not was_frozen:
            self.expired = call.expires
        elif call.kind in ("refresh", "cancel") and self.frozen and self.expired and call.expire > times.wire(now):
            self.frozen, self.stamp = False, max(call.at, self.stamp or call.at)
            self.events.append("instance.unfrozen")

    def remember(self, call: Told, now: datetime) -> None:
        """Known again by its nonce or token; what is older than the memory is forgotten at the same time."""
        oldest = now - timedelta(seconds=NONCE_MEMORY_SECONDS)
        self.remembered = {number: at for number, at in self.remembered.items() if at >= oldest}
        self.remembered[call.number] = call.at


class DialectsMachine(LifecycleMachine):
    """The bundle, one thing sold by 1.0, one by 2.0, perhaps a third."""

    world: V1World

    @initialize(more=st.lists(st.sampled_from([1, 2]), max_size=1), opened=st.sampled_from([True, True, False]))
    def begin_with_both(self, more: list[int], opened: bool) -> None:
        """Most stories begin with open instances: what comes after is what this is about."""
        self.world = V1World()
        self.both = [Both(self.world.sell("period-year")[0], by=by) for by in (1, 2, *more)]
        self.models = list[Model](self.both)
        self.order: OrderLine | None = None
        self.numbers: dict[str, int] = {}
        for which in range(len(self.both) if opened else 0):
            self.sign_and_send_by("new", which, 1, 30, False)
            self.report_access(which)

    begin = None  # type: ignore[assignment]  # every model needs its dialect

    @rule(
        target=LifecycleMachine.sent,
        which=st.integers(0, 2),
        by=st.sampled_from([1, 2]),
        kind=st.sampled_from(KINDS),
        days=st.integers(1, 900),
        again=st.booleans(),
        licence=st.booleans(),
    )
    def sign_by(self, which: int, by: int, kind: str, days: int, again: bool, licence: bool = False) -> Told:
        """A callback is signed: about a new order, or (``again``) about the same one as before.

        ``licence``: in the words and at the address of the licence guides, where they have a word for it.
        """
        model = self.both[which % len(self.both)]
        by = model.by if kind == "new" else by
        if not again or self.order is None:
            (self.order,) = self.world.sell("period-year")
        now = self.world.clock.now()
        expire = now + timedelta(days=days)
        if by == 1:
            request, last = self._call_of_v1(kind, model, times.wire(expire), again), times.wire(expire)
            if licence and kind in OF_LICENCES:
                request = self.world.in_words_of_licences(request)
        else:
            request, last = self.world.sign(self._callback(kind, model, self.order, expire)), self.order.order_line_id
            if licence and kind in OF_LICENCES:
                request = replace(request, url=request.url.replace("/saas", "/license", 1))
        key = (kind, self.order.order_id, last if by == 2 or kind != "upgrade" else "")
        return Told(
            # What 1.0 signs twice in one millisecond is one and the same request.
            self.numbers.setdefault(request.url, len(self.numbers)),
            kind,
            which % len(self.both),
            request,
            now,
            self.order.order_id,
            times.wire(expire),
            by=by,
            expires=by == 1 and kind == "freeze" and again,
            key=key,
            unknown=kind != "new" and not model.id,
        )

    sign = None  # type: ignore[assignment]

    def _call_of_v1(self, kind: str, model: Both, expire: str, again: bool) -> OutgoingRequest:
        assert self.order is not None
        about = {"instanceId": model.id or NOT_CREATED}
        of_order = {**about, "orderId": self.order.order_id}
        if kind == "new":
            line = model.line
            told = parameters_of_new(orderId=line.order_id, productId=line.product.product_id)
            return self.world.request_v1("newInstance", **told)
        if kind == "freeze" and again:
            return self.world.request_v1("expireInstance", **about)
        if kind in ("freeze", "unfreeze"):
            status = "FREEZE" if kind == "freeze" else "NORMAL"
            return self.world.request_v1("instanceStatus", instanceStatus=status, **about)
        if kind == "release":
            return self.world.request_v1("releaseInstance", **of_order)
        if kind == "upgrade":
            return self.world.request_v1("upgrade", skuCode="sku-2", productId="p-2", **of_order)
        amount = "100" if kind == "refresh" else "-100"
        return self.world.request_v1("refreshInstance", expireTime=expire, orderAmount=amount, **of_order)

    @rule(call=LifecycleMachine.sent)
    def send(self, call: Signed) -> None:
        """It arrives: the first time, late, or once more."""
        assert isinstance(call, Told)
        model, now = self.both[call.line], self.world.clock.now()
        answer = self._answer(call)
        if call.by == 2 and abs(now - call.at) > WINDOW:
            assert answer["resultCode"] == "000002"
            return
        if call.unknown:
            assert answer["resultCode"] == "000003"
            return
        assert answer["resultCode"] == model.take_at(call, now)
        if call.kind == "new":
            model.id = model.id or answer["instanceId"]
            assert answer["instanceId"] == model.id
            if call.by == 1 and model.opened and not model.released:
                assert opened_app_info(answer["appInfo"], "1")["password"] == ACCESS["password"]

    @rule(
        kind=st.sampled_from(KINDS),
        which=st.integers(0, 2),
        by=st.sampled_from([1, 2]),
        days=st.sampled_from([30, 60]),
        again=st.booleans(),
        licence=st.booleans(),
    )
    def sign_and_send_by(self, kind: str, which: int, by: int, days: int, again: bool, licence: bool = False) -> None:
        """The usual case."""
        self.send(self.sign_by(which, by, kind, days, again, licence))

    @rule(
        kinds=st.tuples(st.sampled_from(KINDS[1:]), st.sampled_from(KINDS[1:])),
        dialects=st.tuples(st.sampled_from([1, 2]), st.sampled_from([1, 2])),
        which=st.integers(0, 2),
        order=st.sampled_from([(1, 0, 1), (0, 1, 0), (1, 0, 0)]),
    )
    def cross_on_the_way(
        self, kinds: tuple[str, str], dialects: tuple[int, int], which: int, order: tuple[int, ...]
    ) -> None:
        """Two callbacks about one order overtake each other, one of them comes twice."""
        calls = [self.sign_by(which, dialects[0], kinds[0], 30, False)]
        self.world.clock.advance(1)
        calls.append(self.sign_by(which, dialects[1], kinds[1], 60, True))
        for index in order:
            self.send(calls[index])

    sign_and_send = None  # type: ignore[assignment]

    @rule(which=st.integers(0, 2))
    def query_by_both(self, which: int) -> None:
        """Both dialects answer the same about it, but for the encryption."""
        model = self.both[which % len(self.both)]
        found = []
        for request in (
            self.world.request_v1("queryInstance", instanceId=model.id or NOT_CREATED),
            self.world.sign(saas_v2.query_instance(model.id or NOT_CREATED)),
        ):
            answer = json.loads(self.world.answer(request).body)
            encrypted = answer.pop("encryptType", None)
            for entry in answer.get("info", ()):
                if encrypted:
                    entry["appInfo"] = opened_app_info(entry["appInfo"], encrypted)
            found.append(answer)
        assert found[0] == found[1]
        expected = "000003" if not model.events or model.released else "000000" if model.opened else "000004"
        assert found[0]["resultCode"] == expected


DialectsMachine.TestCase.settings = settings(max_examples=60, stateful_step_count=40)
TestDialects = DialectsMachine.TestCase
