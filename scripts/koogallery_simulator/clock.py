"""Time, handed in everywhere: the only module here that reads the machine's clock."""

from __future__ import annotations

import threading
import time
from datetime import datetime, timedelta, timezone
from typing import Protocol


class Clock(Protocol):
    """Source of time; any object with these three methods will do."""

    def now(self) -> datetime:
        """Current moment, aware, UTC."""

    def monotonic(self) -> float:
        """Seconds that never go back."""

    def sleep(self, seconds: float) -> None:
        """Wait, or pretend to."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Current moment, UTC."""
        return datetime.now(timezone.utc)

    def monotonic(self) -> float:
        """Seconds that never go back."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait for ``seconds``."""
        time.sleep(seconds)


class SimulatedClock:
    """Stands still until it is moved; sleeping moves it. Safe to share between threads."""

    def __init__(self, at: datetime) -> None:
        if at.tzinfo is None:
            raise ValueError("a clock needs an aware moment")
        self._at = at.astimezone(timezone.utc)
        self._elapsed = 0.0
        self._lock = threading.Lock()

    def now(self) -> datetime:
        """The moment it stands at."""
        with self._lock:
            return self._at

    def monotonic(self) -> float:
        """Seconds it was moved so far."""
        with self._lock:
            return self._elapsed

    def sleep(self, seconds: float) -> None:
        """Move on by ``seconds``; nobody waits."""
        self.advance(seconds)

    def advance(self, seconds: float) -> None:
        """Move on by ``seconds`` (never back)."""
        if seconds < 0:
            raise ValueError("a clock does not go back")
        with self._lock:
            self._at += timedelta(seconds=seconds)
            self._elapsed += seconds


class ShiftedClock:
    """Runs with the machine's clock, ahead of it by what it was advanced."""

    def __init__(self) -> None:
        self._system = SystemClock()
        self._shift = 0.0
        self._lock = threading.Lock()

    def now(self) -> datetime:
        """The shifted moment."""
        with self._lock:
            return self._system.now() + timedelta(seconds=self._shift)

    def monotonic(self) -> float:
        """Seconds that never go back."""
        return self._system.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait for ``seconds``."""
        self._system.sleep(seconds)

    def advance(self, seconds: float) -> None:
        """Move ahead by ``seconds`` (never back)."""
        if seconds < 0:
            raise ValueError("a clock does not go back")
        with self._lock:
            self._shift += seconds


class ImpatientClock:
    """The machine's clock, but its pauses are skipped: an hourly retry comes at once."""

    def __init__(self) -> None:
        self._system = SystemClock()

    def now(self) -> datetime:
        """Current moment, UTC."""
        return self._system.now()

    def monotonic(self) -> float:
        """Seconds that never go back."""
        return self._system.monotonic()

    def sleep(self, seconds: float) -> None:
        """Do not wait."""
