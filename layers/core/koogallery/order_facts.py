"""What an order says, in the words of the seller interface."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from koogallery import times
from koogallery.ledger.quantity import plain
from koogallery.marketplace.order_query import ExtendParam, Order, OrderLine, choose_line


def product_facts(order: Order, order_line_id: str) -> dict[str, Any]:
    """What is kept in the instance: ``{"product": {...}, "order_type": "NEW"}``, nothing personal."""
    line = choose_line(order, order_line_id or None)
    return {"product": _product(line), "order_type": order.order_type or ""}


def event_facts(order: Order, order_line_id: str) -> dict[str, Any]:
    """What the seller's product is told: order, product, buyer and purchase parameters."""
    line = choose_line(order, order_line_id or None)
    buyer = (
        {name: value for name, value in vars(order.buyer_info).items() if value is not None} if order.buyer_info else {}
    )
    return {
        "order_type": order.order_type,
        "product": _product(line),
        "buyer": {name: value for name, value in buyer.items() if value is not None},
        "extend_params": [_param(param) for param in (*line.extend_params, *order.extend_params)],
    }


def _product(line: OrderLine) -> dict[str, Any]:
    product = line.product_info[0] if line.product_info else None
    facts = {
        "charging_mode": line.charging_mode,
        "product_id": product.product_id if product else None,
        "sku_code": product.sku_code if product else None,
        "product_name": product.product_name if product else None,
        "linear_value": _text(product.linear_value) if product else None,
        "period_type": line.period_type,
        "period_number": line.period_number,
        "expire_time": _time(line.expire_time),
    }
    return {name: value for name, value in facts.items() if value is not None}


def _text(value: Decimal | str | None) -> str | None:
    return plain(value) if isinstance(value, Decimal) else value


def _time(value: str | None) -> str | None:
    try:
        return times.iso(times.parse_wire(value)) if value else None
    except ValueError:
        return value


def _param(param: ExtendParam) -> dict[str, Any]:
    return {"name": param.name, "value": param.value}
