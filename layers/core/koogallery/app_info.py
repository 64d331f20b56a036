"""Access data: the seller's words (``front_end_url`` …) and the marketplace's (``frontEndUrl`` …)."""

from __future__ import annotations

from collections.abc import Mapping

NAMES = {
    "front_end_url": ("frontEndUrl", 512),
    "admin_url": ("adminUrl", 512),
    "user_name": ("userName", 128),
    "password": ("password", 128),
    "memo": ("memo", 1024),
}
"""Seller's name → marketplace's name and its maximum length (SaaS guide V2.0, queryInstance)."""


def app_info(access: Mapping[str, str | None]) -> dict[str, str]:
    """appInfo of an answer; members the seller left out are left out."""
    return {wire: str(access[name]) for name, (wire, _) in NAMES.items() if access.get(name) is not None}
