"""What the bundle did wrong, by the name of the rule."""

from __future__ import annotations

import logging
import threading
from collections import deque
from dataclasses import dataclass
from datetime import datetime

from koogallery_simulator.clock import Clock

MOST_KEPT = 10_000
_log = logging.getLogger("koogallery_simulator")


@dataclass(frozen=True)
class Violation:
    """One broken rule. ``detail`` names members and ids, never a secret or a body."""

    rule: str
    detail: str
    at: datetime

    def __str__(self) -> str:
        return f"{self.rule}: {self.detail}"


class Violations:
    """All violations so far, oldest first; thread-safe; the oldest go when there are more than ``MOST_KEPT``."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: deque[Violation] = deque(maxlen=MOST_KEPT)

    def add(self, rule: str, detail: str) -> Violation:
        """Note one and log it."""
        violation = Violation(rule, detail, self._clock.now())
        with self._lock:
            self._kept.append(violation)
        _log.warning("violation %s", violation)
        return violation

    def all(self) -> list[Violation]:
        """A copy, oldest first."""
        with self._lock:
            return list(self._kept)

    def rules(self) -> set[str]:
        """Names of the broken rules."""
        return {violation.rule for violation in self.all()}

    def clear(self) -> None:
        """Forget all."""
        with self._lock:
            self._kept.clear()

    def __len__(self) -> int:
        with self._lock:
            return len(self._kept)
