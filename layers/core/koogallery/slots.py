"""Spreads items over a fixed number of partitions.

The number is part of the stored layout: changing it would hide what is stored already.
"""

from __future__ import annotations

import zlib

from koogallery.state import Key

SLOTS = 16
"""Enough for the shares of several timers (``i of n``), few enough that an idle run is cheap."""


def slot_of(instance_id: str) -> int:
    """The slot of everything that belongs to an instance."""
    return zlib.crc32(instance_id.encode()) % SLOTS


def instance_partition(slot: int) -> str:
    """Partition of the instances of a slot."""
    return f"instances#{slot:02d}"


def meter_partition(slot: int) -> str:
    """Partition of the meters of a slot."""
    return f"meters#{slot:02d}"


def instance_key(instance_id: str) -> Key:
    """Where an instance is kept."""
    return Key(instance_partition(slot_of(instance_id)), instance_id)


def meter_key(instance_id: str) -> Key:
    """Where the meter of an instance is kept."""
    return Key(meter_partition(slot_of(instance_id)), instance_id)


def page_partition(instance_id: str) -> str:
    """Partition of the pages a meter has filled."""
    return f"pages#{instance_id}"


def order_key(order_id: str, order_line_id: str, product_id: str = "") -> Key:
    """Where the instance id of an order line is kept."""
    return Key(f"orders#{order_id}", f"{order_line_id}#{product_id}")


def batch_key(batch_id: str) -> Key:
    """Where a batch of usage records is kept."""
    return Key(f"batches#{batch_id}", "batch")


def order_notice_key(notice_id: str) -> Key:
    """Where the notice of an order line is kept."""
    return Key(f"order_notices#{notice_id}", "notice")


def authorization_code_key(code_id: str) -> Key:
    """Where an authorization code is kept."""
    return Key(f"license_codes#{code_id}", "code")


def known_code_key(code_id: str) -> Key:
    """Where it is kept what the marketplace answered about an authorization code."""
    return Key(f"license_codes#{code_id}", "known")


def application_key(event_id: str) -> Key:
    """Where an application for an online licence is kept."""
    return Key(f"license_applications#{event_id}", "application")
