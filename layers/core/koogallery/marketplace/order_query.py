"""The order query's answer: ``GET …/global/v1/order/query``.

Source: order query page of the open APIs (field tables and MOCK orders). Read leniently: unknown members are
ignored, explicit nulls are absent members, numbers are accepted for text, one object for a list of one.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from koogallery.marketplace.answers import Answer
from koogallery.marketplace.errors import OrderLineNotFound

PATH = "/api/mkp-openapi-public/global/v1/order/query"


def _listed(value: Any) -> Any:
    if value is None:
        return ()
    return (value,) if isinstance(value, dict) else value


def _quantity(value: Any) -> Any:
    return value.strip() if isinstance(value, str) else value


def _whole(value: Any) -> Any:
    """An integer member that a future answer may fill otherwise is dropped, not fatal."""
    try:
        return None if value is None or isinstance(value, bool) else int(str(value))
    except ValueError:
        return None


Text = Annotated[str | None, Field(default=None, max_length=1024)]
Whole = Annotated[int | None, BeforeValidator(_whole)]
Quantity = Annotated[Decimal | str | None, BeforeValidator(_quantity)]


class _Lenient(BaseModel):
    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        extra="ignore",
        frozen=True,
        coerce_numbers_to_str=True,
        hide_input_in_errors=True,
    )


class ExtendParam(_Lenient):
    """A purchase parameter, e.g. ``emailDomainName``."""

    name: Text
    value: Text


class ProductInfo(_Lenient):
    """A product of an order line."""

    product_id: str = Field(max_length=64)
    """Differs per period type in one ``sku_code``."""
    sku_code: Text
    """Specification, stable over renewals."""
    linear_value: Quantity = None
    """Quantity attribute: Decimal for a number, text as it was sent."""
    product_name: Text


class OrderLine(_Lenient):
    """One line of an order. ``currency`` and ``currencyAfterDiscount`` are left out: their meaning is unknown."""

    order_line_id: Text
    charging_mode: Text
    """``ON_DEMAND``, ``ONE_TIME``, ``PERIOD`` or ``ON_DEMAND_PKG``."""
    period_type: Text
    """``year``, ``month``, ``day``."""
    period_number: Whole = None
    expire_time: Text
    """UTC ``yyyyMMddHHmmss``: an estimate; refreshInstance and freeze tell the real one."""
    product_info: Annotated[tuple[ProductInfo, ...], BeforeValidator(_listed)] = ()
    extend_params: Annotated[tuple[ExtendParam, ...], BeforeValidator(_listed)] = ()


class BuyerInfo(_Lenient):
    """Who bought. Personal data: never logged."""

    mobile_phone: Text = Field(repr=False)
    email: Text = Field(repr=False)
    customer_id: Text
    customer_name: Text = Field(repr=False)
    customer_real_name: Text = Field(repr=False)
    customer_type: Whole = None
    user_id: Text
    user_name: Text = Field(repr=False)


class Order(_Lenient):
    """``orderInfo`` of the answer."""

    order_id: str = Field(max_length=64)
    order_type: Text
    """``NEW``, ``TRIAL``, ``TRIAL_TO_FORMAL``, ``UNSUBSCRIBE``, ``RENEW``, ``CHANGE``; others are opaque."""
    create_time: Text
    """``yyyyMMddHHmmss``, UTC by the example."""
    order_line: Annotated[tuple[OrderLine, ...], BeforeValidator(_listed)] = ()
    buyer_info: BuyerInfo | None = None
    extend_params: Annotated[tuple[ExtendParam, ...], BeforeValidator(_listed)] = ()


class OrderQueryResult(_Lenient):
    """The whole successful answer."""

    order_info: Order


def read_order(answer: Answer) -> Order:
    """The order of a successful answer; raises ``MarketplaceAnswerUnreadable``."""
    try:
        return OrderQueryResult.model_validate(answer.members).order_info
    except ValidationError as exc:
        first = ".".join(str(part) for part in exc.errors(include_input=False)[0]["loc"])
        # Chained to nothing: pydantic's text lists members of other people's orders.
        raise answer.unreadable(f"order not understood at {first[:100]}") from None


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
