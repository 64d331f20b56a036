"""Timer: sessions that are over and used codes leave the state."""

from __future__ import annotations

from typing import Any

from koogallery.timer import serve
from koogallery.use_cases.expire_sessions import expire_sessions


def handler(event: object, context: object) -> dict[str, Any]:
    """TIMER event in, a report of what was done out."""
    return serve(event, context, expire_sessions)
