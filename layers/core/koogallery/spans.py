"""Spans that settings give: how long a final hour stays open, how long settled usage stays in the state."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from koogallery import times
from koogallery.ledger.closing import Closing
from koogallery.settings import Settings

DEFAULT_CLOSING_MINUTES = 5
DEFAULT_RETENTION_DAYS = 90


def closing(settings: Settings) -> Closing:
    """USAGE_CLOSING_MINUTES."""
    return Closing(timedelta(minutes=int(settings.usage_closing_minutes or DEFAULT_CLOSING_MINUTES)))


def retention_ends(settings: Settings) -> Callable[[str], datetime]:
    """RETENTION_DAYS: when what belongs to an hour may leave the state."""
    span = timedelta(days=int(settings.retention_days or DEFAULT_RETENTION_DAYS))
    return lambda hour: times.hour_end(hour) + span
