"""Timer: what happened to instances is told to the seller's product."""

from __future__ import annotations

from typing import Any

from koogallery.initialization import make_clients
from koogallery.timer import serve
from koogallery.use_cases.deliver_events import deliver_events


def initializer(context: object) -> None:
    """Runs before the first call of an instance."""
    make_clients(context)


def handler(event: object, context: object) -> dict[str, Any]:
    """TIMER event in, a report of what was done out."""
    return serve(event, context, deliver_events)
