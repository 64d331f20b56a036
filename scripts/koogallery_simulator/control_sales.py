"""Sells on request, and tells of attempts without what may be secret."""

from __future__ import annotations

from koogallery_simulator.caller import Attempt
from koogallery_simulator.catalogue import Interface
from koogallery_simulator.dialects.saas_v2 import PENDING
from koogallery_simulator.documents import Fields
from koogallery_simulator.errors import BadRequest
from koogallery_simulator.orders import OrderLine, Purchase
from koogallery_simulator.selling import Selling
from koogallery_simulator.shops import Shops

MOST_QUANTITY = 1_000_000


def sell(shops: Shops, fields: Fields) -> dict[str, object]:
    """One order of products of one guide, and the callback that opens each line."""
    names, deliver = fields.texts("products"), fields.flag("deliver", True)
    quantity = fields.number("quantity", 0, 0, MOST_QUANTITY)
    extend = {name: str(value) for name, value in fields.members("extend_params").items()}
    fields.done()
    products = [shops.marketplace.catalogue.product(name) for name in names]
    if len({product.interface for product in products}) != 1:
        raise BadRequest("the products of one order must be of one guide")
    shop = shops.of(products[0].interface)
    order = shop.order(*(Purchase((product,), quantity or None, tuple(extend.items())) for product in products))
    lines = [_create(shops, shop, line) if deliver else {"order_line_id": line.order_line_id} for line in order.lines]
    return {"order_id": order.order_id, "lines": lines}


def _create(shops: Shops, shop: Selling, line: OrderLine) -> dict[str, object]:
    callback = shop.opening(line)
    if callback is None:
        code = shop.marketplace.make_license_code(line).code
        return {"order_line_id": line.order_line_id, "instance_id": code, "accepted": True, "attempts": []}
    old = shop.interface in (Interface.SAAS_1, Interface.LICENSE_A)
    # The pauses between retries are skipped here, so they would all come before the seller's product can be ready.
    attempts = [shop.caller.send(callback)] if old else shop.caller.deliver(callback)
    pending = old and attempts[-1].code == PENDING
    if pending:
        shops.open_later(line)
    return {
        "order_line_id": line.order_line_id,
        "instance_id": attempts[-1].instance_id,
        "accepted": attempts[-1].accepted,
        "pending": pending,
        "attempts": [summary(attempt) for attempt in attempts],
    }


def summary(attempt: Attempt) -> dict[str, object]:
    """One attempt without the answer's contents, which may hold access data."""
    return {
        "activity": attempt.callback.activity,
        "accepted": attempt.accepted,
        "result_code": attempt.code,
        "instance_id": attempt.instance_id,
        "failure": attempt.failure,
        "seconds": round(attempt.answer.seconds, 3) if attempt.answer else None,
        "violations": [str(violation) for violation in attempt.violations],
    }
