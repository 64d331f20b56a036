"""The end of a meter: how long the final hour of a released instance stays open for usage from before the release."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from koogallery import times
from koogallery.instances.instance import Instance


@dataclass(frozen=True)
class Closing:
    """``grace`` is the setting USAGE_CLOSING_MINUTES."""

    grace: timedelta


def final_hour_due(instance: Instance, closing: Closing) -> datetime | None:
    """From when on the final hour of a released instance is sealed; None while it is not released."""
    return times.parse_iso(instance.released_at) + closing.grace if instance.released_at else None
