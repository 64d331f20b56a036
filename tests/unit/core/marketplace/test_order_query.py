from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from koogallery.http import HttpResponse
from koogallery.marketplace.answers import read_answer
from koogallery.marketplace.errors import MarketplaceAnswerUnreadable, OrderLineNotFound
from koogallery.marketplace.order_query import Order, choose_line, read_order

DOCUMENTED: dict[str, Any] = {
    "resultCode": "MKT.0000",
    "resultMsg": "Success",
    "orderInfo": {
        "orderId": "MOCKPERIODYEARNEW",
        "orderType": "NEW",
        "createTime": "20260115090846",
        "orderLine": [
            {
                "orderLineId": "MOCKPERIODYEARNEW-000001",
                "chargingMode": "PERIOD",
                "periodType": "year",
                "periodNumber": 1,
                "expireTime": "20270115235959",
                "productInfo": [
                    {
                        "productId": "OFFI000000000000000001",
                        "skuCode": "00000000-0000-4000-8000-0000000000aa",
                        "linearValue": 50,
                        "productName": "Demo product,Demo spec,basic,period",
                    }
                ],
                "extendParams": [{"name": "emailDomainName", "value": "test.example.com"}],
                "currency": "100",
                "currencyAfterDiscount": "100",
            }
        ],
        "buyerInfo": {
            "mobilePhone": "10000000000",
            "email": None,
            "customerId": "0123456789abcdef0123456789abcdef",
            "customerName": "demo-account",
            "customerRealName": "Demo",
            "customerType": 0,
            "userId": None,
            "userName": None,
        },
        "extendParams": [],
    },
}


def _order(answer: object) -> Order:
    body = json.dumps(answer, default=float).encode()
    return read_order(read_answer("order query", HttpResponse(200, {}, body)))


def _info(**changes: object) -> dict[str, object]:
    return {"resultCode": "MKT.0000", "orderInfo": {**DOCUMENTED["orderInfo"], **changes}}


def _line(**changes: object) -> dict[str, object]:
    return _info(orderLine=[{**DOCUMENTED["orderInfo"]["orderLine"][0], **changes}])


def test_the_documented_answer_is_read() -> None:
    order = _order(DOCUMENTED)
    (line,) = order.order_line
    (product,) = line.product_info
    assert (order.order_id, order.order_type, order.create_time) == ("MOCKPERIODYEARNEW", "NEW", "20260115090846")
    assert (line.order_line_id, line.charging_mode) == ("MOCKPERIODYEARNEW-000001", "PERIOD")
    assert (line.period_type, line.period_number, line.expire_time) == ("year", 1, "20270115235959")
    assert (product.product_id, product.linear_value) == ("OFFI000000000000000001", Decimal(50))
    assert product.sku_code == "00000000-0000-4000-8000-0000000000aa"
    assert [(one.name, one.value) for one in line.extend_params] == [("emailDomainName", "test.example.com")]
    assert order.buyer_info is not None
    assert order.buyer_info.mobile_phone == "10000000000"
    assert order.buyer_info.email is None
    assert order.buyer_info.customer_type == 0


def test_a_buyer_is_not_shown_in_a_repr() -> None:
    shown = repr(_order(DOCUMENTED))
    assert "10000000000" not in shown
    assert "demo-account" not in shown


def test_one_product_object_is_read_as_a_list_of_one() -> None:
    order = _order(_line(productInfo={"productId": "p-1"}))
    assert [product.product_id for product in order.order_line[0].product_info] == ["p-1"]


def test_explicit_nulls_are_absent_members() -> None:
    order = _order(_line(productInfo=None, extendParams=None, periodNumber=None, expireTime=None, periodType=None))
    line = order.order_line[0]
    assert (line.product_info, line.extend_params, line.period_number, line.expire_time) == ((), (), None, None)
    assert _order(_info(buyerInfo=None, extendParams=None)).buyer_info is None


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("x", "x"),
        (5, "5"),
        (None, None),
        (True, "true"),
        ({"b": [1, "c"]}, '{"b":[1,"c"]}'),
        (json.loads("[" * 40 + "]" * 40), None),
    ],
)
def test_a_purchase_parameter_of_any_kind_does_not_stand_in_the_way(sent: object, read: str | None) -> None:
    (param,) = _order(_line(extendParams=[{"name": "n", "value": sent}])).order_line[0].extend_params
    assert param.value == read


@pytest.mark.parametrize("member", ["productId", "skuCode", "productName", "linearValue"])
def test_half_a_surrogate_pair_becomes_a_question_mark(member: str) -> None:
    order = _order(_line(productInfo=[{"productId": "p", member: "a\ud83d"}]))
    assert "a?" in vars(order.order_line[0].product_info[0]).values()


def test_members_of_a_later_edition_are_ignored() -> None:
    assert _order(_info(someNewMember={"x": [1]})).order_id == "MOCKPERIODYEARNEW"


@pytest.mark.parametrize(
    ("sent", "read"),
    [(50, Decimal(50)), (0.25, Decimal("0.25")), ("50", "50"), (" 1.50 ", "1.50"), (None, None)],
)
def test_the_quantity_is_exact(sent: object, read: object) -> None:
    order = _order(_line(productInfo=[{"productId": "p", "linearValue": sent}]))
    found = order.order_line[0].product_info[0].linear_value
    assert found == read
    assert type(found) is type(read)


@pytest.mark.parametrize(("sent", "read"), [(3, 3), ("3", 3), ("three", None), (1.5, None), (True, None)])
def test_a_period_number_of_another_form_is_not_fatal(sent: object, read: int | None) -> None:
    assert _order(_line(periodNumber=sent)).order_line[0].period_number == read


def test_numbers_are_taken_for_text() -> None:
    assert _order(_line(expireTime=20270115235959)).order_line[0].expire_time == "20270115235959"


@pytest.mark.parametrize(
    "answer",
    [
        {"resultCode": "MKT.0000"},
        {"resultCode": "MKT.0000", "orderInfo": None},
        {"resultCode": "MKT.0000", "orderInfo": []},
        {"resultCode": "MKT.0000", "orderInfo": {"orderType": "NEW"}},
        _info(orderId=None),
        _info(orderLine="x"),
        _line(productInfo=[{"productId": None}]),
        _line(productInfo="personal text"),
        _line(chargingMode="x" * 2000),
        _line(productInfo=[{"productId": "p", "linearValue": "9" * 2000}]),
    ],
)
def test_a_success_without_a_readable_order_is_unreadable(answer: object) -> None:
    with pytest.raises(MarketplaceAnswerUnreadable) as caught:
        _order(answer)
    assert "personal text" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.marketplace_code == "MKT.0000"


@pytest.mark.parametrize("number", ["1e400", "-1e-400", "1e999999999"])
def test_a_number_that_would_fill_the_memory_makes_an_answer_unreadable(number: str) -> None:
    body = json.dumps(_line(productInfo=[{"productId": "p", "linearValue": 7}])).replace("7}", f"{number}}}")
    with pytest.raises(MarketplaceAnswerUnreadable):
        read_answer("order query", HttpResponse(200, {}, body.encode()))


def _with_lines(*ids: str | None) -> Order:
    return Order.read({"orderId": "o", "orderLine": [{"orderLineId": one} for one in ids]})


def test_the_line_of_the_id_is_chosen() -> None:
    assert choose_line(_with_lines("o-1", "o-2"), "o-2").order_line_id == "o-2"


@pytest.mark.parametrize("order_line_id", [None, ""])
def test_the_only_line_is_chosen_without_an_id(order_line_id: str | None) -> None:
    assert choose_line(_with_lines("o-1"), order_line_id).order_line_id == "o-1"


def test_the_only_line_without_an_id_of_its_own_is_chosen() -> None:
    assert choose_line(_with_lines(None), "o-1").order_line_id is None


@pytest.mark.parametrize(
    ("lines", "order_line_id"),
    [(("o-1", "o-2"), None), (("o-1", "o-2"), "o-3"), (("o-1",), "o-2"), ((), None), ((), "o-1")],
)
def test_a_line_is_never_guessed(lines: tuple[str, ...], order_line_id: str | None) -> None:
    with pytest.raises(OrderLineNotFound):
        choose_line(_with_lines(*lines), order_line_id)
