"""Messages of the general interface (SaaS guide V2.0, orderNotify)."""

from __future__ import annotations

from collections.abc import Mapping

from koogallery.messages.callbacks import Id, Message


class OrderNotify(Message):
    """orderNotify: an order exists; what was ordered is queried."""

    order_id: Id
    order_line_id: Id


NOTIFICATION_MESSAGES: Mapping[str, type[Message]] = {"orderNotify": OrderNotify}
