"""Time as the deployment needs it; tests hand in one that only they move."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timezone


def _utc_now() -> datetime:
    return datetime.now(timezone.utc)


@dataclass(frozen=True)
class Clock:
    """``now`` in UTC; ``sleep`` takes seconds."""

    now: Callable[[], datetime] = _utc_now
    sleep: Callable[[float], None] = time.sleep
