"""The lifecycle machine with all dialects at once: what 1.0 opened 2.0 renews, and the other way round.

An instance is opened in the words its product was sold in: newInstance of 1.0 or 2.0, getLicense of the old licence
guide, newInstance of the guide of online licences. Every other callback is drawn from any of them. 1.0 knows no window:
its calls may arrive at any age, and are known again by their token for two minutes only.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from koogallery import times
from koogallery_simulator.dialects import saas_v2
from koogallery_simulator.dialects.base import Callback, OutgoingRequest
from koogallery_simulator.orders import OrderLine
from koogallery_simulator.times import spelled_time
from tests.functional.core.dialects_model import Both, Told
from tests.functional.core.test_lifecycle_machine import KINDS, WINDOW, LifecycleMachine, Model, Signed
from tests.support.saas_v1 import V1World, opened_app_info, query_of
from tests.support.saas_v1 import order as parameters_of_new
from tests.support.world import ACCESS

pytestmark = pytest.mark.no_cover

NOT_CREATED = "not-created-yet"
OF_LICENCES = ("refresh", "cancel", "freeze", "unfreeze", "release")
SALES = ((1, False), (2, False), (1, True), (2, True))
"""1.0, 2.0, the old licence guide, online licences."""
OLD_GUIDE, ONLINE = 2, 3
WHICH = st.integers(0, 3)
TEXTS = st.lists(st.sampled_from(["LICENCE-1", "LICENCE-2"]), min_size=1, max_size=2)
"""A licence is given, perhaps once more, perhaps another one."""


class DialectsMachine(LifecycleMachine):
    """The bundle, one thing sold by each guide."""

    world: V1World

    @initialize(opened=st.sampled_from([True, True, False]), licensed=st.booleans())
    def begin_with_all(self, opened: bool, licensed: bool) -> None:
        """Most stories begin with open instances: what comes after is what this is about."""
        self.world = V1World()
        self.both = [Both(self.world.sell("period-year")[0], by=by, of_licenses=of) for by, of in SALES]
        self.models = list[Model](self.both)
        self.order: OrderLine | None = None
        self.numbers: dict[str, int] = {}
        self.events = 0
        for which in range(len(self.both) if opened else 0):
            self.sign_and_send_by("new", which, 1, 30, False)
            if not self.both[which].of_licenses:
                self.report_access(which)
        if opened and licensed:
            self.give_license(OLD_GUIDE, ["LICENCE-1"])

    begin = None  # type: ignore[assignment]  # every model needs its dialect

    @rule(
        target=LifecycleMachine.sent,
        which=WHICH,
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
        if kind == "new" and model.of_licenses:
            request, last = self._new_of_licences(model), ""
        elif by == 1:
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

    def _new_of_licences(self, model: Both) -> OutgoingRequest:
        if model.is_online:
            request = self.world.sign(saas_v2.new_instance(model.line))
            return replace(request, url=request.url.replace("/saas", "/license", 1))
        told = parameters_of_new(orderId=model.line.order_id, productId=model.line.product.product_id)
        url = f"https://seller.example/license?{query_of(self.world.signed('getLicense', **told))}"
        return OutgoingRequest("GET", url, {}, b"")

    @rule(target=LifecycleMachine.sent, again=st.booleans(), device=st.sampled_from(["one", "one", "another"]))
    def apply_for_license(self, again: bool, device: str) -> Told:
        """A buyer applies for an online licence: for a new one, or (``again``) for the one before."""
        model, now = self.both[ONLINE], self.world.clock.now()
        self.events += not again or not self.events
        event = f"event-{self.events}"
        members = {
            "instanceId": model.id or NOT_CREATED,
            "eventId": event,
            "effectiveTime": spelled_time(now),
            "expireTime": spelled_time(now + timedelta(days=30)),
            "deviceFingerprint": device,
        }
        self.world.marketplace.license_upload.apply(event, model.id)
        request = self.world.sign(Callback("getLicenseAsync", members))
        call = Told(
            self.numbers.setdefault(request.url, len(self.numbers)),
            "apply",
            ONLINE,
            replace(request, url=request.url.replace("/saas", "/license", 1)),
            now,
            key=("apply", event, device),
            unknown=not model.id,
            event=event,
            device=device,
        )
        self.send(call)
        return call

    @rule(which=st.sampled_from([OLD_GUIDE, OLD_GUIDE, ONLINE, 0]), texts=TEXTS)
    def give_license(self, which: int, texts: list[str]) -> None:
        """The seller's product gives the licence that getLicense waits for."""
        model = self.both[which]
        for text in texts:
            status, _ = self.world.seller("PUT", f"/seller/licenses/{model.id or NOT_CREATED}", {"license": text})
            assert status == model.take_license(text)

    @rule(now=st.sampled_from([True, False, False, False]), by=st.sampled_from([1, 2]), texts=TEXTS)
    def end_while_the_licence_is_made(self, now: bool, by: int, texts: list[str]) -> None:
        """Now and then the release comes first."""
        if now:
            self.sign_and_send_by("release", OLD_GUIDE, by, 30, False, True)
            self.give_license(OLD_GUIDE, texts)
            self.sign_and_send_by("new", OLD_GUIDE, 1, 30, False)

    @rule(back=st.sampled_from([0, 0, 1]), texts=TEXTS)
    def give_license_of_application(self, back: int, texts: list[str]) -> None:
        """The seller's product gives the licence of one of the last applications."""
        event = f"event-{max(1, self.events - back)}"
        for text in texts:
            status, _ = self.world.seller("PUT", f"/seller/licenses/{event}", {"license": text})
            assert status == self.both[ONLINE].take_licence_of(event, text)

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
            if model.gets_license:
                assert answer["license"] == model.license
            elif call.by == 1 and model.opened and not model.released:
                assert opened_app_info(answer["appInfo"], "1")["password"] == ACCESS["password"]

    @rule(
        kind=st.sampled_from(KINDS),
        which=WHICH,
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
        which=WHICH,
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

    @rule(which=WHICH)
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
                if encrypted and "appInfo" in entry:
                    entry["appInfo"] = opened_app_info(entry["appInfo"], encrypted)
            found.append(answer)
        assert found[0] == found[1]
        expected = "000003" if not model.events or model.released else "000000" if model.opened else "000004"
        assert found[0]["resultCode"] == expected

    def teardown(self) -> None:
        """Besides: the buyer of every application got the licence that was given for it, and no other."""
        super().teardown()
        if hasattr(self, "both"):
            filed = self.world.marketplace.license_upload.applications
            got = {event: one.delivered.text for event, one in filed.items() if one.delivered is not None}
            assert got == self.both[ONLINE].given
            assert self.world.marketplace.violations.all() == []


DialectsMachine.TestCase.settings = settings(max_examples=60, stateful_step_count=40)
TestDialects = DialectsMachine.TestCase
