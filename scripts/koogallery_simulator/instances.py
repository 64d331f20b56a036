"""Resources the marketplace opened: what it knows of an instance."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from koogallery_simulator.catalogue import ChargingMode, Product
from koogallery_simulator.orders import OrderLine


@dataclass
class Instance:
    """``opened_at``: when the first successful newInstance answer was read; ``ready`` after queryInstance succeeded."""

    instance_id: str
    line: OrderLine
    product: Product
    opened_at: datetime
    expire_time: datetime | None
    closed_at: datetime | None = None
    frozen: bool = False
    ready: bool = False
    other_seller: bool = False

    @property
    def mode(self) -> ChargingMode:
        """Charging mode it was sold under."""
        return self.line.mode

    @property
    def status(self) -> str:
        """creating, active, frozen or released, in the seller's words."""
        if self.closed_at is not None:
            return "released"
        if self.frozen:
            return "frozen"
        return "active" if self.ready else "creating"
