"""Authorization codes: the marketplace makes one for each licence bought, and knows its state."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime

from koogallery_simulator.clock import Clock
from koogallery_simulator.errors import PermanentError
from koogallery_simulator.orders import OrderLine
from koogallery_simulator.times import order_time

ALIVE = "ALIVE"
EXPIRED = "EXPIRED"
RELEASED = "RELEASED"


class UnknownCode(PermanentError):
    """No such authorization code was made here."""

    code = "unknown_license_code"


@dataclass
class LicenseCode:
    """``received``: the buyer has seen the code; before that it cannot be activated."""

    code: str
    line: OrderLine
    ordered_at: datetime
    expire_time: datetime | None
    received: bool = True
    activated_at: datetime | None = None
    frozen: bool = False
    released: bool = False
    users: int = 0

    def status(self, now: datetime) -> str:
        """ALIVE, EXPIRED or RELEASED."""
        if self.released:
            return RELEASED
        expired = self.frozen or (self.expire_time is not None and self.expire_time <= now)
        return EXPIRED if expired else ALIVE

    def facts(self, now: datetime) -> dict[str, object]:
        """What activate and query tell of it."""
        return {
            "status": self.status(now),
            "expire_time": order_time(self.expire_time) if self.expire_time else None,
            "product_id": self.line.product.product_id,
            "order_id": self.line.order_id,
            "amount": self.line.linear_value or 1,
        }


class LicenseCodes:
    """All codes. Not locked itself: the marketplace's lock is held by whoever calls."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._codes: dict[str, LicenseCode] = {}

    def make(self, line: OrderLine, *, received: bool = True, code: str | None = None) -> LicenseCode:
        """A code for a paid order line."""
        text = code or f"PL{secrets.token_hex(6).upper()}"
        made = LicenseCode(text, line, self._clock.now(), line.expire_time, received)
        self._codes[text] = made
        return made

    def find(self, code: object) -> LicenseCode | None:
        """By its text, or None."""
        return self._codes.get(code) if isinstance(code, str) else None

    def get(self, code: str) -> LicenseCode:
        """By its text; UnknownCode otherwise."""
        found = self._codes.get(code)
        if found is None:
            raise UnknownCode(f"no authorization code {code[:64]!r} was made here")
        return found

    def all(self) -> list[LicenseCode]:
        """Oldest first."""
        return list(self._codes.values())
