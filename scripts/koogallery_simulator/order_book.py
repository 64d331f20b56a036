"""All orders ever sold, and the mock orders."""

from __future__ import annotations

from koogallery_simulator.clock import Clock
from koogallery_simulator.errors import UnknownOrder
from koogallery_simulator.orders import Order, OrderLine, mock_order


class OrderBook:
    """Orders by id. Not locked itself: the marketplace's lock is held by whoever calls."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._orders: dict[str, Order] = {}
        self._lines: dict[str, OrderLine] = {}

    def add(self, order: Order) -> None:
        """File an order."""
        self._orders[order.order_id] = order
        self._lines.update({line.order_line_id: line for line in order.lines})

    def find(self, order_id: str) -> Order | None:
        """A sold order, else a mock order, else None."""
        return self._orders.get(order_id) or mock_order(order_id, self._clock.now())

    def line(self, order_line_id: str) -> OrderLine:
        """A sold line; UnknownOrder otherwise."""
        line = self._lines.get(order_line_id)
        if line is None:
            raise UnknownOrder(f"no order line {order_line_id!r} was sold here")
        return line

    def all(self) -> list[Order]:
        """Sold orders, oldest first."""
        return list(self._orders.values())
