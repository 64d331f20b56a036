"""Timer: what happened to instances is told to the seller's product."""

from __future__ import annotations

from typing import Any

from koogallery.timer import serve
from koogallery.use_cases.deliver_events import deliver_events


def handler(event: object, context: object) -> dict[str, Any]:
    """TIMER event in, a report of what was done out."""
    return serve(event, context, deliver_events)
