"""``GET …/v1/order/query`` (open API guide, order query)."""

from __future__ import annotations

from koogallery_simulator.aksk_guard import AkskGuard
from koogallery_simulator.codes import SUCCESS
from koogallery_simulator.faults import ORDER, error_reply
from koogallery_simulator.http_messages import Reply, Request, json_reply
from koogallery_simulator.order_book import OrderBook
from koogallery_simulator.violations import Violations

PATH = "/api/mkp-openapi-public/global/v1/order/query"
LONGEST_ID = 64
_PARAMETERS = frozenset({"orderId", "orderLineId"})


class OrderQuery:
    """The endpoint. ``old_prefix`` makes it answer with ``CBC.`` codes, as older pages print them."""

    name = ORDER
    method = "GET"
    path = PATH
    content_type = "application/json"

    def __init__(self, orders: OrderBook, guard: AkskGuard, violations: Violations) -> None:
        self._orders = orders
        self._guard = guard
        self._violations = violations
        self.old_prefix = False

    def answer(self, request: Request) -> Reply:
        """The order, or the documented error."""
        refused = self._guard.refuse(request)
        if refused is not None:
            return error_reply(ORDER, refused)
        names = [name for name, _ in request.query]
        if set(names) - _PARAMETERS or len(names) != len(set(names)):
            self._violations.add("order-query-parameters", "unknown or repeated parameters in an order query")
        query = dict(request.query)
        order_id, line_id = query.get("orderId", ""), query.get("orderLineId")
        if not order_id:
            self._violations.add("order-query-order-id", "an order query without orderId")
            return self._error("MKT.0101")
        if len(order_id) > LONGEST_ID or len(line_id or "") > LONGEST_ID:
            return self._error("MKT.0100")
        order = self._orders.find(order_id)
        if order is None:
            return self._error("MKT.0100")
        if order.other_seller:
            return self._error("MKT.0150")
        if line_id is not None and line_id not in [line.order_line_id for line in order.lines]:
            return self._error("MKT.0100")
        code = self._prefixed(SUCCESS)
        return json_reply(200, {"resultCode": code, "resultMsg": "Success", "orderInfo": order.document(line_id)})

    def _error(self, code: str) -> Reply:
        return error_reply(ORDER, self._prefixed(code))

    def _prefixed(self, code: str) -> str:
        return code.replace("MKT.", "CBC.") if self.old_prefix else code
