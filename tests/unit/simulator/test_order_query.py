"""Order query: who may ask, what is answered."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

import pytest

from koogallery_simulator import OrderType, Purchase, Request
from koogallery_simulator.assumptions import AKSK_LOCK, FUTURE_MEMBER
from koogallery_simulator.catalogue import ON_DEMAND, ON_DEMAND_SECOND
from koogallery_simulator.errors import UnknownInstance, UnknownOrder, UnknownProduct
from koogallery_simulator.order_query import PATH
from koogallery_simulator.orders import MOCK_ORDERS, later_by_period
from koogallery_simulator.times import record_time
from tests.unit.simulator.tools import START, marketplace, opened, order_request, read, signed_headers


def info(document: dict[str, object]) -> dict[str, Any]:
    return cast("dict[str, Any]", document["orderInfo"])


def test_order_is_shown_with_every_line_explicit_nulls_and_members_of_the_future() -> None:
    market, _ = marketplace()
    order = market.sell("period-year", "on-demand")
    status, document = read(market.handle(order_request(market, orderId=order.order_id)))
    assert (status, document["resultCode"]) == (200, "MKT.0000")
    shown = info(document)
    assert [line["chargingMode"] for line in shown["orderLine"]] == ["PERIOD", "ON_DEMAND"]
    assert [line["orderLineId"] for line in shown["orderLine"]] == [f"{order.order_id}-00000{n}" for n in (1, 2)]
    assert shown["orderLine"][0]["expireTime"] == "20270115100000"
    assert shown["orderLine"][1]["expireTime"] is None
    assert shown["buyerInfo"]["email"] is None
    assert FUTURE_MEMBER in shown
    assert not market.violations.all()


def test_line_may_hold_several_products() -> None:
    market, _ = marketplace()
    order = market.sell(Purchase((ON_DEMAND, ON_DEMAND_SECOND), linear_value=3))
    _, document = read(market.handle(order_request(market, orderId=order.order_id)))
    products = info(document)["orderLine"][0]["productInfo"]
    assert [one["productId"] for one in products] == [ON_DEMAND.product_id, ON_DEMAND_SECOND.product_id]


def test_only_the_line_asked_for_is_shown() -> None:
    market, _ = marketplace()
    order = market.sell("one-time", "on-demand")
    wanted = order.lines[1].order_line_id
    _, document = read(market.handle(order_request(market, orderId=order.order_id, orderLineId=wanted)))
    assert [line["orderLineId"] for line in info(document)["orderLine"]] == [wanted]


@pytest.mark.parametrize("order_id", MOCK_ORDERS)
def test_mock_orders_are_answered(order_id: str) -> None:
    market, _ = marketplace()
    status, document = read(market.handle(order_request(market, orderId=order_id, orderLineId=f"{order_id}-000001")))
    order_type, product = MOCK_ORDERS[order_id]
    assert status == 200
    assert info(document)["orderType"] == order_type.value
    assert info(document)["orderLine"][0]["chargingMode"] == product.mode.value


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ({}, 400, "MKT.0101"),
        ({"orderId": ""}, 400, "MKT.0101"),
        ({"orderId": "CS-unknown"}, 500, "MKT.0100"),
        ({"orderId": "C" * 65}, 500, "MKT.0100"),
        ({"orderId": "MOCKONDEMAND", "orderLineId": "MOCKONDEMAND-000002"}, 500, "MKT.0100"),
    ],
)
def test_what_is_not_there_gets_the_documented_code(query: dict[str, str], status: int, code: str) -> None:
    market, _ = marketplace()
    got, document = read(market.handle(order_request(market, **query)))
    assert (got, document["resultCode"]) == (status, code)
    assert ("extra_info" in document) == (code == "MKT.0100")


def test_order_of_another_seller_is_illegal() -> None:
    market, _ = marketplace()
    order = market.file_order_of_another_seller()
    status, document = read(market.handle(order_request(market, orderId=order.order_id)))
    assert (status, document["resultCode"]) == (401, "MKT.0150")


def test_older_pages_prefix_can_be_switched_on() -> None:
    market, _ = marketplace()
    market.order_query.old_prefix = True
    assert read(market.handle(order_request(market, orderId="MOCKONDEMAND")))[1]["resultCode"] == "CBC.0000"
    status, document = read(market.handle(order_request(market, orderId="CS-unknown")))
    assert (status, document["resultCode"]) == (500, "CBC.0100")


def unsigned(**query: str) -> Request:
    return Request("GET", PATH, tuple(query.items()), {"content-type": "application/json"})


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"ak": "OTHER"}, "APIGW.0301"),
        ({"sk": "other"}, "APIGW.0301"),
        ({"date": record_time(START - timedelta(minutes=16))}, "APIGW.0303"),
        ({"date": record_time(START + timedelta(minutes=16))}, "APIGW.0303"),
        ({"date": "2026-01-15"}, "APIGW.0303"),
    ],
)
def test_wrong_aksk_is_refused(changes: dict[str, str], code: str) -> None:
    market, _ = marketplace()
    request = unsigned(orderId="MOCKONDEMAND")
    headers = signed_headers(
        request,
        START,
        ak=changes.get("ak", "AKEXAMPLE"),
        sk=changes.get("sk", "sk-synthetic"),
        date=changes.get("date"),
    )
    status, document = read(market.handle(replace(request, headers=headers)))
    assert (status, document["error_code"]) == (401, code)
    assert market.violations.rules() == {"aksk-signature"}


def test_changed_query_breaks_the_signature() -> None:
    market, _ = marketplace()
    good = order_request(market, orderId="MOCKONDEMAND")
    changed = replace(good, query=(("orderId", "MOCKONETIMENEW"),))
    assert market.handle(good).status == 200
    assert market.handle(changed).status == 401


def test_host_and_date_must_be_signed() -> None:
    market, _ = marketplace()
    good = order_request(market, orderId="MOCKONDEMAND")
    for name in ("host;", ";x-sdk-date"):
        authorization = good.headers["authorization"].replace(name, "")
        assert market.handle(replace(good, headers={**good.headers, "authorization": authorization})).status == 401


def test_unknown_and_repeated_parameters_are_noted() -> None:
    market, _ = marketplace()
    assert market.handle(order_request(market, orderId="MOCKONDEMAND", lang="en")).status == 200
    assert market.violations.rules() == {"order-query-parameters"}


def test_other_content_type_is_noted() -> None:
    market, _ = marketplace()
    plain = Request("GET", PATH, (("orderId", "MOCKONDEMAND"),), {"content-type": "text/plain"})
    assert market.handle(replace(plain, headers=signed_headers(plain, START))).status == 200
    assert market.violations.rules() == {"content-type"}


def test_unknown_orders_and_instances_are_errors_of_their_own() -> None:
    market, _ = marketplace()
    for lookup, error in (
        (market.order, UnknownOrder),
        (market.line, UnknownOrder),
        (market.instance, UnknownInstance),
        (market.catalogue.product, UnknownProduct),
    ):
        with pytest.raises(error):
            lookup("nothing")


def test_missing_authorization_is_refused() -> None:
    market, _ = marketplace()
    assert market.handle(unsigned(orderId="MOCKONDEMAND")).status == 401


def test_more_than_five_failures_in_a_row_lock_the_pair_for_a_while() -> None:
    market, clock = marketplace()
    for _ in range(6):
        market.handle(unsigned(orderId="MOCKONDEMAND"))
    assert market.handle(order_request(market, orderId="MOCKONDEMAND")).status == 401
    clock.advance(AKSK_LOCK.total_seconds())
    assert market.handle(order_request(market, orderId="MOCKONDEMAND")).status == 200


def test_a_success_ends_the_row_of_failures() -> None:
    market, _ = marketplace()
    for _ in range(3):
        for _ in range(5):
            market.handle(unsigned(orderId="MOCKONDEMAND"))
        assert market.handle(order_request(market, orderId="MOCKONDEMAND")).status == 200


@pytest.mark.parametrize("path", ["/", PATH + "/", "/rest/marketplace/v1/isv/usage-data"])
def test_unknown_address_gets_the_gateway_error(path: str) -> None:
    market, _ = marketplace()
    status, document = read(market.handle(Request("GET", path, (), {})))
    assert (status, document["error_code"]) == (404, "APIGW.0101")
    assert {"error_msg", "request_id"} <= document.keys()
    assert market.violations.rules() == {"unknown-address"}


@pytest.mark.parametrize(
    ("order_type", "expire"),
    [
        (OrderType.RENEW, "20280115100000"),
        (OrderType.CHANGE, "20270115100000"),
        (OrderType.UNSUBSCRIBE, "20270115100000"),
    ],
)
def test_later_order_carries_type_and_expiry(order_type: OrderType, expire: str) -> None:
    market, _ = marketplace()
    opened(market, "period-year")
    order = market.order_about("inst-a", order_type)
    _, document = read(market.handle(order_request(market, orderId=order.order_id)))
    assert info(document)["orderType"] == order_type.value
    assert info(document)["orderLine"][0]["expireTime"] == expire


def test_month_ends_stay_in_their_month() -> None:
    market, _ = marketplace()
    month = market.catalogue.product("period-month")
    start = START.replace(month=1, day=31)
    assert later_by_period(start, month) == start.replace(month=2, day=28)
    assert later_by_period(start.replace(month=12), month) == start.replace(year=2027)
