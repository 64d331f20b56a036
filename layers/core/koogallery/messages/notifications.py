"""Messages of the general interface (SaaS guide V2.0, orderNotify)."""

from __future__ import annotations

from collections.abc import Mapping

from koogallery.messages.callbacks import read_id
from koogallery.messages.members import Member, Message


class OrderNotify(Message):
    """orderNotify: an order exists; what was ordered is queried."""

    order_id = Member(read_id)
    order_line_id = Member(read_id)


NOTIFICATION_MESSAGES: Mapping[str, type[Message]] = {"orderNotify": OrderNotify}
