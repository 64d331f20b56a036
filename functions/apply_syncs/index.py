"""Timer: syncs of users and departments that were answered but not finished are applied."""

from __future__ import annotations

from typing import Any

from koogallery.initialization import make_clients
from koogallery.timer import serve
from koogallery.use_cases.apply_syncs import apply_syncs


def initializer(context: object) -> None:
    """Runs before the first call of an instance."""
    make_clients(context)


def handler(event: object, context: object) -> dict[str, Any]:
    """TIMER event in, a report of what was done out."""
    return serve(event, context, apply_syncs)
