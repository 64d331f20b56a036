"""One measured figure and its limit."""

from __future__ import annotations

from typing import NamedTuple


class Figure(NamedTuple):
    """``value`` holds when it is at most ``limit``."""

    name: str
    value: float
    limit: float
    note: str = ""

    @property
    def holds(self) -> bool:
        """Is it within its limit?"""
        return self.value <= self.limit
