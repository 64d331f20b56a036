"""The judge: each rule is broken once, and nothing else is found."""

from __future__ import annotations

from decimal import Decimal

import pytest

from koogallery_simulator import Caller, Judge, Shop
from koogallery_simulator.dialects import saas_v2
from koogallery_simulator.judge import parse
from tests.unit.simulator.tools import Seller, calling, good_info

Answer = dict[str, object]


def rules_of_query(info: object, *, product: str = "on-demand") -> set[str]:
    caller, seller, _ = calling()
    (instance_id,) = Shop(caller).buy(product)
    seller.answers = lambda message: {"info": info} if message["activity"] == "queryInstance" else None
    if isinstance(info, list):
        for entry in info:
            if isinstance(entry, dict) and entry.get("instanceId") == "inst-a":
                entry["instanceId"] = instance_id
    caller.send(saas_v2.query_instance(instance_id))
    return caller.marketplace.violations.rules()


def entry(**changes: object) -> Answer:
    return {**good_info("inst-a"), **changes}


def usage(**changes: object) -> Answer:
    return entry(usageInfo=[{"usageValue": 1, "statisticalTime": "20260115100000000", **changes}])


def app(**changes: object) -> Answer:
    return entry(appInfo={"frontEndUrl": "https://app.example.com", **changes})


def test_good_answers_break_no_rule() -> None:
    assert rules_of_query([entry()]) == set()
    assert rules_of_query([usage(relatedInstanceId="inst-x", dashboardUrl="https://d.example.com")]) == set()


@pytest.mark.parametrize(
    ("info", "rule"),
    [
        (None, "query-info"),
        ([], "query-info"),
        (["x"], "query-info"),
        ([{}], "query-instance-id"),
        ([entry(instanceId="other")], "query-instance-id"),
        ([entry(), entry()], "query-instance-id"),
        ([entry(appInfo=[])], "query-app-info"),
        ([entry(appInfo={})], "query-app-info"),
        ([app(frontEndUrl="h" * 513)], "query-app-info"),
        ([app(adminUrl=None)], "query-app-info"),
        ([app(userName="u" * 129)], "query-app-info"),
        ([app(password=7)], "query-app-info"),
        ([app(memo="m" * 1025)], "query-app-info"),
        ([entry(usageInfo={})], "query-usage-info"),
        ([entry(usageInfo=[])], "query-usage-info-missing"),
        ([usage(usageValue="1")], "query-usage-value"),
        ([usage(usageValue=None)], "query-usage-value"),
        ([usage(usageValue=True)], "query-usage-value"),
        ([usage(usageValue=0.00001)], "query-usage-value"),
        ([usage(usageValue=-1)], "query-usage-value"),
        ([usage(usageValue=100000000)], "query-usage-value"),
        ([usage(statisticalTime="20260115100000")], "query-statistical-time"),
        ([usage(statisticalTime="20261315100000000")], "query-statistical-time"),
        ([usage(relatedInstanceId="r" * 65)], "query-usage-info"),
        ([usage(dashboardUrl=1)], "query-usage-info"),
    ],
)
def test_query_instance_breaks(info: object, rule: str) -> None:
    assert rules_of_query(info) == {rule}


def test_prepaid_instances_need_no_usage_info() -> None:
    assert rules_of_query([entry(usageInfo=[])], product="period-year") == set()


def test_usage_value_with_four_decimals_and_eight_digits_is_fine() -> None:
    for value in (0, 0.0001, 99999999, 10.5):
        assert rules_of_query([usage(usageValue=value)]) == set()


def test_debugging_query_wants_every_id() -> None:
    caller, seller, _ = calling()
    seller.answers = lambda message: {"info": [good_info("inst-a")]}
    caller.send(saas_v2.query_instance("inst-a", "inst-b", test=True))
    assert caller.marketplace.violations.rules() == {"query-test-info"}


def one_release(change: Answer, **attributes: object) -> tuple[set[str], bool]:
    caller, seller, _ = calling()
    seller.answers = lambda message: change
    for name, value in attributes.items():
        setattr(seller, name, value)
    attempt = caller.send(saas_v2.release_instance("inst-a"))
    return caller.marketplace.violations.rules(), attempt.accepted


@pytest.mark.parametrize(
    ("change", "attributes", "rules", "accepted"),
    [
        ({}, {}, set(), True),
        ({}, {"status": 500}, {"http-status"}, False),
        ({}, {"status": 204}, {"http-status"}, False),
        ({}, {"content_type": "text/plain"}, {"content-type"}, False),
        ({}, {"content_type": "application/json; charset=utf-8"}, set(), True),
        ({}, {"seconds": 5.1}, {"time-limit"}, True),
        ({}, {"raw": b"no json"}, {"body-json"}, False),
        ({}, {"raw": b"[1]"}, {"body-json"}, False),
        ({}, {"raw": b'{"resultCode":"000000","resultCode":"000000","resultMsg":"x"}'}, {"body-json"}, False),
        ({}, {"raw": '{"resultCode":"000000","resultMsg":"é"}'.encode()}, {"body-ascii"}, True),
        ({"resultCode": 0}, {}, {"result-code"}, False),
        ({"resultCode": "0000004"}, {}, {"result-code"}, False),
        ({"resultCode": "000106"}, {}, {"result-code-activity"}, False),
        ({"resultCode": "000003"}, {}, set(), False),
        ({"resultMsg": None}, {}, {"result-msg"}, True),
        ({"resultMsg": ""}, {}, {"result-msg"}, True),
        ({"resultMsg": "m" * 256}, {}, {"result-msg"}, True),
    ],
)
def test_form_of_an_answer(change: Answer, attributes: dict[str, object], rules: set[str], accepted: bool) -> None:
    assert one_release(change, **attributes) == (rules, accepted)


@pytest.mark.parametrize("instance_id", [None, "", "i" * 65, 5])
@pytest.mark.parametrize("code", ["000000", "000004"])
def test_new_instance_needs_an_id(instance_id: object, code: str) -> None:
    caller, seller, _ = calling()
    seller.answers = lambda message: {"resultCode": code, "instanceId": instance_id}
    caller.send(saas_v2.new_instance(caller.marketplace.sell("one-time").lines[0]))
    assert caller.marketplace.violations.rules() == {"new-instance-id"}


def create_twice(*ids: str, lines: int = 1) -> Caller:
    caller, seller, _ = calling()
    order = caller.marketplace.sell(*["one-time"] * lines)
    for number, instance_id in enumerate(ids):
        seller.answers = lambda message, one=instance_id: {"instanceId": one}  # type: ignore[misc]
        caller.send(saas_v2.new_instance(order.lines[number % lines]))
    return caller


def test_order_line_keeps_its_instance_id() -> None:
    caller = create_twice("inst-1", "inst-2")
    assert caller.marketplace.violations.rules() == {"new-instance-id-changed"}
    assert [one.instance_id for one in caller.marketplace.instances()] == ["inst-1"]


def test_two_order_lines_share_no_instance_id() -> None:
    assert create_twice("inst-1", "inst-1", lines=2).marketplace.violations.rules() == {"new-instance-id-shared"}


def test_site_differences_can_be_switched_off() -> None:
    caller, seller, _ = calling()
    market = caller.marketplace
    judge = Judge(market.violations, market, off=frozenset({"query-usage-info-missing"}))
    caller = Caller(market, "http://127.0.0.1:8700/saas", transport=seller, judge=judge)
    (instance_id,) = Shop(caller).buy("on-demand")
    seller.answers = lambda message: {"info": [{"instanceId": instance_id}]}
    assert caller.send(saas_v2.query_instance(instance_id)).accepted
    assert not market.violations.all()


def test_violation_names_members_and_no_contents() -> None:
    caller, seller, _ = calling()
    secret = "secret-password" * 20
    seller.answers = lambda message: {"info": [app(password=secret)], "resultMsg": secret}
    attempt = caller.send(saas_v2.query_instance("inst-a"))
    assert attempt.violations
    assert "secret" not in " ".join(str(one) for one in caller.marketplace.violations.all())
    assert "secret" not in repr(attempt.answer)
    assert "signature" not in repr(attempt.request)


@pytest.mark.parametrize("body", [b"", b"\xff", b"NaN", b'{"a":NaN}', b"[" * 100_000, b'{"a":{"b":1,"b":2}}'])
def test_what_is_no_plain_object_is_not_parsed(body: bytes) -> None:
    assert parse(body) is None


def test_numbers_are_parsed_exactly() -> None:
    assert parse(b'{"a":0.1}') == {"a": Decimal("0.1")}


def test_seller_of_these_tests_is_a_good_one() -> None:
    caller, seller, _ = calling()
    assert isinstance(seller, Seller)
    Shop(caller).buy("on-demand")
    assert not caller.marketplace.violations.all()
