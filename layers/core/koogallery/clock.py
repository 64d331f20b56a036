"""The only module that reads the time. Everything else is handed a clock."""

from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone
from typing import Protocol


class Clock(Protocol):
    """Source of time for one call."""

    def now(self) -> datetime:
        """Current moment, aware, UTC."""

    def monotonic(self) -> float:
        """Seconds that never go back; only differences mean anything."""

    def sleep(self, seconds: float) -> None:
        """Wait for ``seconds``."""


class SystemClock:
    """The clock of the machine."""

    def now(self) -> datetime:
        """Current moment, aware, UTC."""
        return datetime.now(timezone.utc)

    def monotonic(self) -> float:
        """Seconds that never go back."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait for ``seconds``."""
        time.sleep(seconds)


class FrozenClock:
    """A clock that moves only when told to; sleeping moves it."""

    def __init__(self, at: datetime) -> None:
        if at.tzinfo is None:
            raise ValueError("a clock needs an aware moment")
        self._at = at.astimezone(timezone.utc)
        self._elapsed = 0.0

    def now(self) -> datetime:
        """The moment it stands at, UTC."""
        return self._at

    def monotonic(self) -> float:
        """Seconds it was moved so far."""
        return self._elapsed

    def sleep(self, seconds: float) -> None:
        """Move forward by ``seconds``."""
        self.advance(seconds)

    def advance(self, seconds: float) -> None:
        """Move forward by ``seconds``."""
        self._at += timedelta(seconds=seconds)
        self._elapsed += seconds

    def travel(self, to: datetime) -> None:
        """Move forward to ``to``; never back."""
        self.advance(max(0.0, (to - self._at).total_seconds()))


class OffsetClock:
    """A running clock that stood at ``at`` when it was made."""

    def __init__(self, at: datetime, base: Clock | None = None) -> None:
        self._base = base or SystemClock()
        self._shift = at - self._base.now()

    def now(self) -> datetime:
        """The shifted moment, UTC."""
        return self._base.now() + self._shift

    def monotonic(self) -> float:
        """Seconds that never go back."""
        return self._base.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait for ``seconds``."""
        self._base.sleep(seconds)

    def travel(self, to: datetime) -> None:
        """Move forward to ``to``; never back."""
        self._shift += max(timedelta(0), to - self.now())
