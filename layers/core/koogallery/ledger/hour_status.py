"""The state of an hour in words. Zero is not missing, and below 0.0001 is neither. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from koogallery import times
from koogallery.instances.instance import Instance
from koogallery.ledger.closing import Closing, final_hour_due
from koogallery.ledger.entries import OpenHour, SealedHour
from koogallery.ledger.quantity import add, plain

OPEN, SEALED, ZERO_HOUR, CARRIED, MISSING = "open", "sealed", "zero", "carried", "missing"
OVERDUE = timedelta(hours=2)
"""Age from which something that should have been done is a matter for an operator."""


@dataclass(frozen=True)
class HourFacts:
    """What is known of an hour: its seal, or its open part, or neither."""

    hour: str
    sealed: SealedHour | None
    opened: OpenHour | None


def describe_hour(
    facts: HourFacts, instance: Instance, *, closing: Closing, is_kept: bool, now: datetime
) -> tuple[str, str]:
    """Status and reason. ``is_kept``: nothing of the hour can have been retired yet."""
    if facts.sealed is not None:
        return _sealed(facts.sealed)
    if facts.opened is not None:
        return OPEN, _why_open(facts.hour, instance, closing, now)
    return MISSING, _why_missing(facts.hour, instance, is_kept, now)


def seal_due_at(hour: str, instance: Instance, closing: Closing) -> datetime:
    """From when on an hour can be sealed: when it is over, or when the time of grace of a released instance is."""
    final = final_hour_due(instance, closing)
    if final is not None and hour >= times.hour_of(times.parse_iso(instance.released_at)):
        return final
    return times.hour_end(hour)


def _sealed(part: SealedHour) -> tuple[str, str]:
    if part.records:
        return SEALED, f"sealed at {part.sealed_at}"
    rest = add(*(line.carried_out for line in part.lines.values()))
    if rest:
        return CARRIED, f"sealed at {part.sealed_at}: nothing could be sent, {plain(rest)} is carried into a later hour"
    return ZERO_HOUR, f"sealed at {part.sealed_at}: usage was reported and is 0; a record of 0 cannot be sent"


def _why_open(hour: str, instance: Instance, closing: Closing, now: datetime) -> str:
    due = seal_due_at(hour, instance, closing)
    if now < due:
        return f"still takes usage; the first run of push_usage from {times.iso(due)} on seals it"
    if now < due + OVERDUE:
        return f"over since {times.iso(due)}; the next run of push_usage seals it"
    return f"over since {times.iso(due)} but not sealed: push_usage did not run or failed; see its timer and its log"


def _why_missing(hour: str, instance: Instance, is_kept: bool, now: datetime) -> str:
    start, end = times.hour_start(hour), times.hour_end(hour)
    if now < start:
        return "the hour lies in the future"
    if not instance.activated_at:
        return "the instance is not open: the seller's product has not reported its access data"
    if times.parse_iso(instance.activated_at) >= end:
        return f"the instance was opened later, at {instance.activated_at}"
    if instance.released_at and times.parse_iso(instance.released_at) <= start:
        return f"the instance was released before, at {instance.released_at}"
    if not is_kept:
        return "nothing is in the state any more: the hour is older than the retention; see usage/ in the archive"
    if instance.was_frozen_at(start) and instance.was_frozen_at(end - timedelta(seconds=1)):
        return "no usage was taken: the instance was frozen"
    return "no usage was reported for this hour. Missing is not zero: if there was usage, its report did not arrive"
