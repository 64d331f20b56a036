"""The general interface: an order exists, wherever it was made."""

from __future__ import annotations

from typing import Any

from tests.functional.paths.callbacks import forged, illegal
from tests.functional.paths.instances import OF_ORDERS
from tests.functional.paths.rows import Members, Result, Row
from tests.functional.paths.rows_saas_v2 import INTERNAL
from tests.functional.paths.running import Running


def _new_order(running: Running) -> dict[str, Any]:
    line = running.sell()
    return {
        "activity": "orderNotify",
        "orderId": line.order_id,
        "orderLineId": line.order_line_id,
        "testFlag": "0",
    }


def _tells_product(running: Running, members: Members, result: Result) -> None:
    del result
    running.fire("deliver_events")
    (told,) = [one for one in running.told if one["data"].get("order_line_id") == members["orderLineId"]]
    assert told["type"] == "order.notified"


def _delivered(running: Running, members: Members, result: Result) -> None:
    del members, result
    running.fire("deliver_events")


ROWS = [
    Row(
        "notify",
        "Order notification",
        "orderNotify",
        ("POST /order-notify",),
        OF_ORDERS,
        _new_order,
        troubles={
            "000001": forged,
            "000002": illegal("orderId", "orderLineId", lengths={"orderId": 64, "orderLineId": 64}),
            "000005": INTERNAL,
        },
        shows=_tells_product,
        meanwhile=_delivered,
    )
]
