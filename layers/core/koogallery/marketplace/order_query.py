"""The order query's answer: ``GET …/global/v1/order/query``.

Source: order query page of the open APIs (field tables and MOCK orders). Read leniently: unknown members are
ignored, explicit nulls are absent members, numbers are accepted for text, one object for a list of one.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TypeVar

from koogallery.marketplace.answers import Answer
from koogallery.marketplace.errors import OrderLineNotFound
from koogallery.messages.members import Member, Message, Reader, text
from koogallery_signing.canonical_json import compact
from koogallery_signing.errors import UnsignableContent

PATH = "/api/mkp-openapi-public/global/v1/order/query"


MAX_ID = 64
MAX_TEXT = 1024
T = TypeVar("T")


def _text(value: object) -> str | None:
    if value is None:
        return None
    found = str(value) if isinstance(value, (int, Decimal)) and not isinstance(value, bool) else text(value)
    if len(found) > MAX_TEXT:
        raise ValueError(f"must have at most {MAX_TEXT} characters")
    # Half a surrogate pair, as a buyer's phone may cut it, can be neither stored nor sent.
    return found.encode(errors="replace").decode()


def _id(value: object) -> str:
    found = _text(value)
    if found is None or len(found) > MAX_ID:
        raise ValueError(f"must be a text of at most {MAX_ID} characters")
    return found


def _quantity(value: object) -> Decimal | str | None:
    if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        return Decimal(value)
    found = None if value is None else _text(text(value))
    return found and found.strip()


def _whole(value: object) -> int | None:
    """An integer member that a future answer may fill otherwise is dropped, not fatal."""
    try:
        return None if value is None or isinstance(value, bool) else int(str(value))
    except ValueError:
        return None


def _several(read: Reader[T]) -> Member[tuple[T, ...]]:
    """A member with a list, one object for a list of one, nothing for an empty one."""

    def read_all(value: object) -> tuple[T, ...]:
        found = () if value is None else (value,) if isinstance(value, dict) else value
        if not isinstance(found, (list, tuple)):
            raise ValueError("must be a list")
        return tuple(read(one) for one in found)

    return Member(read_all, default=())


def _parameter(value: object) -> str | None:
    """What a buyer chose is text in every answer that is known; anything else is kept as the JSON it came as.

    What is nested too deep to be written again is left out.
    """
    if value is None or (isinstance(value, (str, int, Decimal)) and not isinstance(value, bool)):
        return _text(value)
    try:
        return _text(compact(value))
    except UnsignableContent:
        return None


class ExtendParam(Message):
    """A purchase parameter, e.g. ``emailDomainName``."""

    name = Member(_text, default=None)
    value = Member(_parameter, default=None)


class ProductInfo(Message):
    """A product of an order line."""

    product_id = Member(_id)
    """Differs per period type in one ``sku_code``."""
    sku_code = Member(_text, default=None)
    """Specification, stable over renewals."""
    linear_value = Member(_quantity, default=None)
    """Quantity attribute: Decimal for a number, text as it was sent."""
    product_name = Member(_text, default=None)


class OrderLine(Message):
    """One line of an order. ``currency`` and ``currencyAfterDiscount`` are left out: their meaning is unknown."""

    order_line_id = Member(_text, default=None)
    charging_mode = Member(_text, default=None)
    """``ON_DEMAND``, ``ONE_TIME``, ``PERIOD`` or ``ON_DEMAND_PKG``."""
    period_type = Member(_text, default=None)
    """``year``, ``month``, ``day``."""
    period_number = Member(_whole, default=None)
    expire_time = Member(_text, default=None)
    """UTC ``yyyyMMddHHmmss``: an estimate; refreshInstance and freeze tell the real one."""
    product_info = _several(ProductInfo.read)
    extend_params = _several(ExtendParam.read)


class BuyerInfo(Message):
    """Who bought. Personal data: never logged."""

    mobile_phone = Member(_text, default=None)
    email = Member(_text, default=None)
    customer_id = Member(_text, default=None)
    customer_name = Member(_text, default=None)
    customer_real_name = Member(_text, default=None)
    customer_type = Member(_whole, default=None)
    user_id = Member(_text, default=None)
    user_name = Member(_text, default=None)


def _buyer(value: object) -> BuyerInfo | None:
    return None if value is None else BuyerInfo.read(value)


class Order(Message):
    """``orderInfo`` of the answer."""

    order_id = Member(_id)
    order_type = Member(_text, default=None)
    """``NEW``, ``TRIAL``, ``TRIAL_TO_FORMAL``, ``UNSUBSCRIBE``, ``RENEW``, ``CHANGE``; others are opaque."""
    create_time = Member(_text, default=None)
    """``yyyyMMddHHmmss``, UTC by the example."""
    order_line = _several(OrderLine.read)
    buyer_info = Member(_buyer, default=None)
    extend_params = _several(ExtendParam.read)


class OrderQueryResult(Message):
    """The whole successful answer."""

    order_info = Member(Order.read)


def read_order(answer: Answer) -> Order:
    """The order of a successful answer; raises ``MarketplaceAnswerUnreadable``."""
    try:
        return OrderQueryResult.read(answer.members).order_info
    except ValueError as error:
        raise answer.unreadable(f"order not understood: {error}"[:160]) from None


def choose_line(order: Order, order_line_id: str | None) -> OrderLine:
    """The line of ``order_line_id``; without an id the only line. Raises ``OrderLineNotFound``.

    A single line that bears no id of its own is taken for the asked one; a line with another id never is.
    """
    if order_line_id:
        for line in order.order_line:
            if line.order_line_id == order_line_id:
                return line
    if len(order.order_line) == 1:
        only = order.order_line[0]
        if not order_line_id or not only.order_line_id:
            return only
    raise OrderLineNotFound("order query", kind=f"{len(order.order_line)} lines, none is the one asked for")
