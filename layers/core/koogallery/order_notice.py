"""An order the marketplace told of by orderNotify: acknowledged once, told to the seller's product once."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from koogallery.outbox import Outbox, dump_owner, read_owner, with_event

NOTIFIED = "order.notified"


@dataclass(frozen=True, kw_only=True)
class OrderNotice(Outbox):
    """One order line. Its event is completed by the order query when it is delivered."""

    order_id: str
    order_line_id: str

    def to_document(self) -> str:
        """JSON text for the state."""
        return dump_owner(self)

    @staticmethod
    def from_document(document: str) -> OrderNotice:
        """Read what ``to_document`` wrote."""
        return OrderNotice(**read_owner(document))


def notice_id(order_id: str, order_line_id: str) -> str:
    """The name of the notice of an order line (SaaS guide V2.0, orderNotify: the key)."""
    return "order-" + hashlib.sha256(f"{order_id}\n{order_line_id}".encode()).hexdigest()[:40]


def notify(order_id: str, order_line_id: str, at: datetime, callback: dict[str, Any]) -> OrderNotice:
    """The notice with its event."""
    notice = OrderNotice(order_id=order_id, order_line_id=order_line_id)
    order = {"order_id": order_id, "order_line_id": order_line_id}
    return with_event(notice, notice_id(order_id, order_line_id), NOTIFIED, at, order, callback=callback, **order)
