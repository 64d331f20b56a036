"""Orders and their lines, as the order query shows them."""

from __future__ import annotations

import calendar
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from koogallery_simulator.assumptions import FUTURE_MEMBER
from koogallery_simulator.catalogue import (
    ON_DEMAND,
    ONE_TIME,
    PACKAGE,
    PERIOD_MONTH,
    PERIOD_YEAR,
    TRIAL,
    ChargingMode,
    Product,
)
from koogallery_simulator.times import order_time


class OrderType(str, Enum):
    """``orderType`` of the order query."""

    NEW = "NEW"
    TRIAL = "TRIAL"
    TRIAL_TO_FORMAL = "TRIAL_TO_FORMAL"
    RENEW = "RENEW"
    UNSUBSCRIBE = "UNSUBSCRIBE"
    CHANGE = "CHANGE"


@dataclass(frozen=True)
class Customer:
    """The buyer's account; all values synthetic."""

    customer_id: str = "0123456789abcdef0123456789abcdef"
    name: str = "demo-account"
    mobile_phone: str = "10000000000"
    email: str | None = None

    def document(self) -> dict[str, object]:
        """``buyerInfo``: nulls explicit, a member of the future included."""
        return {
            "mobilePhone": self.mobile_phone,
            "email": self.email,
            "customerId": self.customer_id,
            "customerName": self.name,
            "customerRealName": "Demo",
            "customerType": 0,
            "userId": None,
            "userName": None,
            FUTURE_MEMBER: None,
        }


@dataclass(frozen=True)
class OrderLine:
    """One line: usually one product; ``linear_value`` is the quantity attribute; ``instance_id`` what it is about."""

    order_id: str
    order_line_id: str
    products: tuple[Product, ...]
    expire_time: datetime | None
    linear_value: int | None = None
    extend_params: tuple[tuple[str, str], ...] = ()
    instance_id: str | None = None

    @property
    def product(self) -> Product:
        """The first product."""
        return self.products[0]

    @property
    def mode(self) -> ChargingMode:
        """Charging mode of the line."""
        return self.product.mode

    def document(self) -> dict[str, object]:
        """One element of ``orderLine``."""
        return {
            "orderLineId": self.order_line_id,
            "chargingMode": self.mode.value,
            "periodType": self.product.period_type,
            "periodNumber": self.product.period_number,
            "expireTime": order_time(self.expire_time) if self.expire_time else None,
            "productInfo": [
                {
                    "productId": product.product_id,
                    "skuCode": product.sku_code,
                    "linearValue": self.linear_value,
                    "productName": product.name,
                    FUTURE_MEMBER: {"anything": None},
                }
                for product in self.products
            ],
            "extendParams": [{"name": name, "value": value} for name, value in self.extend_params],
            "currency": "100",
            "currencyAfterDiscount": "100",
            FUTURE_MEMBER: [],
        }


@dataclass(frozen=True)
class Order:
    """A paid order."""

    order_id: str
    order_type: OrderType
    created_at: datetime
    lines: tuple[OrderLine, ...]
    customer: Customer
    other_seller: bool = False

    def document(self, order_line_id: str | None = None) -> dict[str, object]:
        """``orderInfo``, with all lines or the one asked for."""
        lines = [line for line in self.lines if order_line_id in (None, line.order_line_id)]
        return {
            "orderId": self.order_id,
            "orderType": self.order_type.value,
            "createTime": order_time(self.created_at),
            "orderLine": [line.document() for line in lines],
            "buyerInfo": self.customer.document(),
            "extendParams": [],
            FUTURE_MEMBER: "ignore me",
        }


def order_id_at(at: datetime) -> str:
    """A fresh id in the marketplace's form."""
    return f"CS{at:%y%m%d%H%M}{secrets.token_hex(5).upper()}"


def line_id(order_id: str, number: int) -> str:
    """``{orderId}-000001``."""
    return f"{order_id}-{number:06d}"


def later_by_period(start: datetime, product: Product) -> datetime | None:
    """End of one period of the product from ``start``; None when it has none."""
    if product.period_type is None:
        return None
    number = product.period_number or 1
    if product.period_type == "day":
        return start + timedelta(days=number)
    months = start.month - 1 + number * (12 if product.period_type == "year" else 1)
    year, month = start.year + months // 12, months % 12 + 1
    return start.replace(year=year, month=month, day=min(start.day, calendar.monthrange(year, month)[1]))


@dataclass(frozen=True)
class Purchase:
    """One line to be sold: the products of the line and what the buyer filled in."""

    products: tuple[Product, ...]
    linear_value: int | None = None
    extend_params: tuple[tuple[str, str], ...] = ()
    expire_time: datetime | None = None
    instance_id: str | None = None


def make_order(
    order_type: OrderType, purchases: Sequence[Purchase], at: datetime, customer: Customer, order_id: str | None = None
) -> Order:
    """A paid order of the purchases, one line each."""
    order_id = order_id or order_id_at(at)
    lines = tuple(
        OrderLine(
            order_id=order_id,
            order_line_id=line_id(order_id, number),
            products=purchase.products,
            expire_time=purchase.expire_time or later_by_period(at, purchase.products[0]),
            linear_value=purchase.linear_value,
            extend_params=purchase.extend_params,
            instance_id=purchase.instance_id,
        )
        for number, purchase in enumerate(purchases, 1)
    )
    return Order(order_id, order_type, at, lines, customer)


# Order query guide: mock orders the live service answers for debugging
MOCK_ORDERS: dict[str, tuple[OrderType, Product]] = {
    "MOCKPERIODYEARNEW": (OrderType.NEW, PERIOD_YEAR),
    "MOCKONETIMENEW": (OrderType.NEW, ONE_TIME),
    "MOCKONDEMAND": (OrderType.NEW, ON_DEMAND),
    "MOCKONDEMANDPKG": (OrderType.NEW, PACKAGE),
    "MOCKPERIODDAYTRIAL": (OrderType.TRIAL, TRIAL),
    "MOCKMONTYTRIALTOFORMAL": (OrderType.TRIAL_TO_FORMAL, PERIOD_MONTH),
    "MOCKMONTYUNSUBSCRIBE": (OrderType.UNSUBSCRIBE, PERIOD_MONTH),
    "MOCKMONTYRENEW": (OrderType.RENEW, PERIOD_MONTH),
    "MOCKMONTYCHANGE": (OrderType.CHANGE, PERIOD_MONTH),
}


def mock_order(order_id: str, at: datetime) -> Order | None:
    """The mock order of that id, or None."""
    found = MOCK_ORDERS.get(order_id)
    if found is None:
        return None
    order_type, product = found
    extend = (("emailDomainName", "test.example.com"), ("ip", "127.0.0.1"))
    return make_order(order_type, [Purchase((product,), 50, extend)], at, Customer(), order_id)
