"""The calling side: signatures, retries, lost answers, orders of delivery, polling."""

from __future__ import annotations

import json
from datetime import timedelta
from itertools import pairwise
from urllib.parse import parse_qs, urlsplit

import pytest

from koogallery_simulator import (
    LICENCE_TWIN,
    ONCE,
    Attempt,
    Caller,
    Keys,
    Marketplace,
    NotAccepted,
    OrderType,
    RetryPolicy,
    Shop,
    SimulatedClock,
    SimulatorError,
    reordered,
)
from koogallery_simulator.dialects import saas_v2
from koogallery_simulator.dialects.base import Callback, OutgoingRequest
from koogallery_simulator.signatures import callback_payload, callback_signature
from koogallery_simulator.times import milliseconds
from tests.unit.simulator.tools import KEYS, START, Seller, calling


def query_of(request: OutgoingRequest) -> dict[str, str]:
    return {name: value[0] for name, value in parse_qs(urlsplit(request.url).query).items()}


def signed_with(request: OutgoingRequest, key: str) -> bool:
    query = query_of(request)
    payload = callback_payload(json.loads(request.body))
    made = callback_signature(key, query["nonce"], query["timestamp"], payload)
    return query["signature"] == made and payload.encode() == request.body


def test_callback_is_signed_in_upper_case_over_its_canonical_body() -> None:
    caller, seller, _ = calling()
    caller.send(saas_v2.query_instance("inst-a"))
    (request,) = seller.requests
    query = query_of(request)
    assert signed_with(request, KEYS.access[0])
    assert query["signature"] == query["signature"].upper()
    assert query["timestamp"] == milliseconds(START)
    assert request.headers["Content-Type"] == "application/json;charset=utf8"
    assert request.url.startswith("http://127.0.0.1:8700/saas?")


def test_order_notify_has_an_address_and_a_key_of_its_own() -> None:
    caller, seller, _ = calling()
    caller.send(saas_v2.order_notify(caller.marketplace.sell("one-time").lines[0]))
    (request,) = seller.requests
    assert request.url.startswith("http://127.0.0.1:8700/order-notify?")
    assert signed_with(request, KEYS.notify[0])
    assert seller.bodies[0]["testFlag"] == "0"


def test_order_notify_without_its_key_names_the_setting() -> None:
    market = Marketplace(Keys(ak="a", sk="s", access=("k",)), SimulatedClock(START))
    caller = Caller(market, "http://127.0.0.1:8700/saas", transport=Seller())
    with pytest.raises(SimulatorError, match="MARKETPLACE_NOTIFY_KEYS"):
        caller.send(saas_v2.order_notify(market.sell("one-time").lines[0]))


@pytest.mark.parametrize(("site", "flag"), [(None, None), ("0", "0")])
def test_real_calls_carry_no_test_flag_but_on_the_european_site(site: str | None, flag: str | None) -> None:
    caller, seller, _ = calling()
    caller.dialect = saas_v2.SaasV2(real_test_flag=site)
    caller.send(saas_v2.query_instance("inst-a"))
    caller.send(saas_v2.query_instance("inst-a", test=True))
    assert [body.get("testFlag") for body in seller.bodies] == [flag, "1"]


def test_every_try_has_a_fresh_business_id_nonce_and_timestamp() -> None:
    caller, seller, _ = calling()
    seller.down = 3
    attempts = caller.deliver(saas_v2.new_instance(caller.marketplace.sell("one-time").lines[0]))
    assert [attempt.accepted for attempt in attempts] == [False, False, False, True]
    assert len({str(body["businessId"]) for body in seller.bodies}) == 4
    assert len({query_of(request)["nonce"] for request in seller.requests}) == 4
    stamps = [int(query_of(request)["timestamp"]) for request in seller.requests]
    assert [later - earlier for earlier, later in pairwise(stamps)] == [3_600_000] * 3


def test_order_line_fails_when_new_instance_never_succeeds_in_three_hours() -> None:
    caller, seller, clock = calling()
    seller.down = 100
    line = caller.marketplace.sell("one-time").lines[0]
    attempts = caller.deliver(saas_v2.new_instance(line))
    assert len(attempts) == 4
    assert clock.now() - START == timedelta(hours=3)
    assert caller.marketplace.failed_lines() == [line]
    assert caller.marketplace.violations.rules() == {"no-answer"}


def test_licence_twin_tries_every_two_minutes_for_two_hours() -> None:
    caller, seller, clock = calling()
    caller.policies = LICENCE_TWIN
    seller.down = 1000
    assert len(caller.deliver(saas_v2.release_instance("inst-a"))) == 61
    assert clock.now() - START == timedelta(hours=2)


@pytest.mark.parametrize(
    ("every", "lasting", "tries"), [(0, 0, 1), (60, 59, 1), (60, 60, 2), (3600, 3 * 3600, 4), (120, 7200, 61)]
)
def test_policy_counts_its_tries(every: int, lasting: int, tries: int) -> None:
    assert RetryPolicy(timedelta(seconds=every), timedelta(seconds=lasting)).tries == tries


def test_change_check_is_asked_once() -> None:
    caller, seller, _ = calling()
    seller.down = 5
    product = caller.marketplace.catalogue.product("period-year")
    assert len(caller.deliver(saas_v2.change_instance_check("inst-a", product))) == 1


@pytest.mark.parametrize(("code", "accepted"), [("000000", True), ("000004", True), ("000100", False)])
def test_new_instance_is_done_with_success_or_pending(code: str, accepted: bool) -> None:
    caller, seller, _ = calling()
    seller.answers = lambda message: {"resultCode": code}
    line = caller.marketplace.sell("one-time").lines[0]
    attempt = caller.send(saas_v2.new_instance(line))
    assert attempt.accepted is accepted
    assert (caller.marketplace.instance_of(line.order_line_id) is not None) is accepted


def test_pending_is_no_success_of_other_calls_nor_of_a_debugging_call() -> None:
    caller, seller, _ = calling()
    seller.answers = lambda message: {"resultCode": "000004"}
    line = caller.marketplace.sell("one-time").lines[0]
    assert not caller.send(saas_v2.new_instance(line, test=True)).accepted
    assert not caller.send(saas_v2.release_instance("inst-a")).accepted


def test_resource_opens_with_the_first_successful_answer() -> None:
    caller, seller, clock = calling()
    line = caller.marketplace.sell("on-demand").lines[0]
    seller.down = 1
    caller.deliver(saas_v2.new_instance(line))
    clock.advance(60)
    caller.send(saas_v2.new_instance(line))
    instance = caller.marketplace.instance_of(line.order_line_id)
    assert instance is not None
    assert instance.opened_at == START + timedelta(hours=1)


def test_debugging_calls_leave_no_trace() -> None:
    caller, _, _ = calling()
    line = caller.marketplace.sell("on-demand").lines[0]
    assert caller.send(saas_v2.new_instance(line, test=True)).accepted
    assert caller.marketplace.instances() == []


def test_identical_request_can_be_sent_again() -> None:
    caller, seller, _ = calling()
    first = caller.send(saas_v2.release_instance("inst-a"))
    caller.resend(first)
    assert seller.requests[0] == seller.requests[1]
    assert not caller.marketplace.violations.all()


@pytest.mark.parametrize(
    ("codes", "differs"),
    [
        (("000000", "000005"), True),
        (("000003", "000000"), True),
        (("000000", "000000"), False),
        (("000000", "000001"), False),
        (("000000", "000002"), False),
    ],
)
def test_replay_gets_the_earlier_answer_or_a_refusal(codes: tuple[str, str], differs: bool) -> None:
    caller, seller, _ = calling()
    left = iter(codes)
    seller.answers = lambda message: {"resultCode": next(left)}
    caller.resend(caller.send(saas_v2.release_instance("inst-a")))
    assert caller.marketplace.violations.rules() == ({"replay-differs"} if differs else set())


def test_lost_answer_is_unknown_to_the_marketplace() -> None:
    caller, seller, _ = calling()
    caller.lose_answers(1)
    line = caller.marketplace.sell("on-demand").lines[0]
    attempts = caller.deliver(saas_v2.new_instance(line))
    assert [attempt.failure for attempt in attempts] == ["answer lost", ""]
    assert len(seller.requests) == 2
    assert attempts[0].instance_id is None
    assert not caller.marketplace.violations.all()


def test_order_of_delivery_depends_on_the_seed_alone() -> None:
    callbacks = [saas_v2.query_instance(f"inst-{number}") for number in range(20)]
    assert reordered(callbacks, 1) == reordered(callbacks, 1)
    assert reordered(callbacks, 1) != reordered(callbacks, 2)
    assert reordered(callbacks, 1) != callbacks
    caller, seller, _ = calling()
    caller.deliver_all(callbacks, seed=7, copies=2)
    sent = [str(body["instanceId"]) for body in seller.bodies]
    assert sorted(sent) == sorted([f"inst-{number}" for number in range(20)] * 2)


def test_polling_goes_on_until_the_instance_is_returned() -> None:
    caller, seller, clock = calling()
    (instance_id,) = Shop(caller).buy("on-demand")
    left: list[dict[str, object]] = [{"resultCode": "000004", "info": None}] * 3
    seller.answers = lambda message: left.pop() if left else None
    assert caller.poll(instance_id).accepted
    assert clock.now() - START == timedelta(minutes=3)
    assert caller.marketplace.instance(instance_id).status == "active"
    assert caller.poll_pending() == []


def test_polling_is_bounded() -> None:
    caller, seller, _ = calling()
    seller.answers = lambda message: {"resultCode": "000004", "info": None}
    assert not caller.poll("inst-a", limit=5).accepted
    assert len(seller.requests) == 5


def test_one_round_polls_every_pending_instance_once() -> None:
    caller, _, _ = calling()
    ids = Shop(caller).buy("on-demand", "on-demand-second")
    caller.marketplace.close_instance(ids[0])
    assert [attempt.callback.members["instanceId"] for attempt in caller.poll_pending()] == ids[1:]


@pytest.mark.parametrize("address", ["", "ftp://x", "127.0.0.1:8700", "http:///saas"])
def test_malformed_production_address_is_refused(address: str) -> None:
    market = Marketplace(KEYS, SimulatedClock(START))
    with pytest.raises(SimulatorError):
        Caller(market, address)


def test_unknown_activity_can_be_sent_and_every_code_is_fine() -> None:
    caller, seller, _ = calling()
    seller.answers = lambda message: {"resultCode": "000002"}
    attempt = caller.send(Callback("doSomething", {"x": None, "y": [1]}))
    assert attempt.code == "000002"
    assert not attempt.violations


# --------------------------------------------------------------------------------------------------------- the shop
def body_of(attempt: Attempt) -> dict[str, object]:
    document = json.loads(attempt.request.body)
    assert isinstance(document, dict)
    return document


def test_trial_is_ordered_as_trial_and_becomes_formal() -> None:
    caller, _, _ = calling()
    shop = Shop(caller)
    (instance_id,) = shop.buy("trial")
    assert caller.marketplace.orders()[0].order_type is OrderType.TRIAL
    attempt = shop.convert_trial(instance_id, "period-year")
    assert body_of(attempt)["scene"] == "TRIAL_TO_FORMAL"
    assert caller.marketplace.instance(instance_id).product.product_id == body_of(attempt)["productId"]


def test_whole_life_of_a_yearly_instance() -> None:
    caller, seller, _ = calling()
    shop = Shop(caller)
    (instance_id,) = shop.buy("period-year")
    shop.wait_until_ready(instance_id)
    instance = caller.marketplace.instance(instance_id)
    first_expiry = instance.expire_time
    assert first_expiry is not None
    shop.freeze(instance_id)
    assert instance.status == "frozen"
    renewed = body_of(shop.renew(instance_id))
    assert (renewed["scene"], renewed["expireTime"]) == ("RENEWAL", "20280115100000")
    assert instance.status == "active"
    shop.cancel_renewal(instance_id, first_expiry)
    assert instance.expire_time == first_expiry
    shop.upgrade(instance_id, "period-year-large", linear_value=9)
    assert instance.product.name.startswith("Demo product,Large")
    assert body_of(shop.change_on_renewal(instance_id, "period-month"))["scene"] == "RENEWAL_CHANGE"
    shop.unsubscribe(instance_id)
    assert instance.status == "released"
    activities = {str(body["activity"]) for body in seller.bodies}
    assert activities == set(saas_v2.ACTIVITIES) - {"orderNotify"}
    assert not caller.marketplace.violations.all()


def test_order_is_notified_at_its_own_address() -> None:
    caller, seller, _ = calling()
    Shop(caller).notify(caller.marketplace.sell("one-time").lines[0])
    assert [body["activity"] for body in seller.bodies] == ["orderNotify"]


def test_address_with_a_query_keeps_it() -> None:
    caller, seller, _ = calling()
    other = Caller(caller.marketplace, "http://127.0.0.1:8700/saas?stage=RELEASE", transport=seller)
    other.send(saas_v2.query_instance("inst-a"))
    assert query_of(seller.requests[0])["stage"] == "RELEASE"


def test_callback_that_is_never_accepted_is_told() -> None:
    caller, seller, _ = calling()
    seller.answers = lambda message: {"resultCode": "000005"}
    with pytest.raises(NotAccepted, match="000005") as caught:
        Shop(caller).buy("one-time")
    assert caught.value.attempt.code == "000005"


def test_release_is_sent_once_when_the_policy_says_so() -> None:
    caller, seller, _ = calling()
    seller.down = 2
    assert len(caller.deliver(saas_v2.release_instance("inst-a"), ONCE)) == 1
