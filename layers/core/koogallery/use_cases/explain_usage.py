"""explain: the whole story of one hour of one instance, from the events to what the marketplace said of each record.

Looks in the meter and in its pages. Zero is not missing: an hour with usage of 0 was sealed and says so, an hour that
nobody reported anything for is not on file at all.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from koogallery import times
from koogallery.instance_store import load_instance
from koogallery.instances.instance import Instance
from koogallery.ledger.entries import Line, OpenHour, Record, SealedHour, UsageEvent
from koogallery.ledger.errors import UnknownAccount
from koogallery.ledger.hour_status import MISSING, HourFacts, describe_hour
from koogallery.ledger.meter import Meter
from koogallery.ledger.quantity import ZERO
from koogallery.ledger_store import load_meter
from koogallery.services import Services
from koogallery.spans import closing
from koogallery.use_cases.usage_accounts import pages_with
from koogallery.use_cases.usage_trails import Trail, TrailReader


class BookedEvent(NamedTuple):
    """An event and the hour it is booked in, which is not its own when it came too late for that."""

    event: UsageEvent
    booked_in: str


@dataclass(frozen=True)
class RecordStory:
    """A record, its way, and how it hangs together with reports made again (``metering_sn``, empty when not)."""

    record: Record
    sealed_at: str
    trail: Trail
    again_of: str = ""
    replaced_by: str = ""


@dataclass
class HourStory:
    """Everything on file of an hour. ``events`` are booked in it; ``elsewhere`` only happened in it."""

    instance: Instance
    hour: str
    status: str = MISSING
    reason: str = ""
    sealed_at: str = ""
    lines: dict[str, Line] = field(default_factory=dict)
    events: list[BookedEvent] = field(default_factory=list)
    elsewhere: list[BookedEvent] = field(default_factory=list)
    records: list[RecordStory] = field(default_factory=list)

    def record(self, metering_sn: str) -> RecordStory | None:
        """The record of that number."""
        return next((story for story in self.records if story.record.metering_sn == metering_sn), None)


def explain_usage(services: Services, instance_id: str, hour: str) -> HourStory:
    """The story of ``hour`` (``2026-11-21T10``, UTC); raises ``UnknownAccount``."""
    instance, _ = load_instance(services.state, instance_id)
    if instance is None:
        raise UnknownAccount(f"no instance {instance_id} in this state; check the id and STATE_URL")
    meter, _ = load_meter(services.state, instance_id)
    story = HourStory(instance, hour)
    gathered = _Gathered(hour)
    if meter is not None:
        gathered.take_meter(meter)
        for page in pages_with(services.state, meter, hour, services.clock.now()):
            gathered.take(page.sealed, page.booked_events())
    reader = TrailReader(services, services.clock.now())
    _tell_events(story, gathered)
    _tell_records(story, gathered, reader)
    _tell_status(story, gathered, services, reader)
    return story


class _Gathered:
    """What was found of an hour, each thing once."""

    def __init__(self, hour: str) -> None:
        self.hour = hour
        self.open: OpenHour | None = None
        self.parts: dict[str, SealedHour] = {}
        self.events: dict[str, BookedEvent] = {}

    def take_meter(self, meter: Meter) -> None:
        self.open = meter.open.get(self.hour)
        opened = ((hour, event) for hour, part in meter.open.items() for event in part.events)
        sealed = ((part.hour, event) for part in meter.sealed for event in part.events)
        self.take(meter.sealed, [*opened, *sealed])

    def take(self, parts: Iterable[SealedHour], events: Iterable[tuple[str, UsageEvent]]) -> None:
        for part in parts:
            if part.hour == self.hour:
                self.parts.setdefault(part.again_of, part)
        for booked, event in events:
            if self.hour in (booked, times.hour_of(event.time)):
                self.events.setdefault(event.id, BookedEvent(event, booked))


def _tell_events(story: HourStory, gathered: _Gathered) -> None:
    for booked in sorted(gathered.events.values(), key=lambda found: (found.event.time, found.event.id)):
        (story.events if booked.booked_in == story.hour else story.elsewhere).append(booked)


def _tell_records(story: HourStory, gathered: _Gathered, reader: TrailReader) -> None:
    instance = story.instance
    replaced = {part.again_of: r.metering_sn for part in gathered.parts.values() for r in part.records if part.again_of}
    for part in sorted(gathered.parts.values(), key=lambda part: (bool(part.again_of), part.sealed_at)):
        for record in part.records:
            trail = reader.follow(instance, instance.instance_id, part, record)
            replacement = replaced.get(record.metering_sn, "")
            story.records.append(RecordStory(record, part.sealed_at, trail, part.again_of, replacement))


def _tell_status(story: HourStory, gathered: _Gathered, services: Services, reader: TrailReader) -> None:
    sealed = gathered.parts.get("")
    if sealed is not None:
        story.sealed_at, story.lines = sealed.sealed_at, sealed.lines
    elif gathered.open is not None:
        story.lines = {package: Line(total, ZERO, ZERO) for package, total in gathered.open.totals.items()}
    story.status, story.reason = describe_hour(
        HourFacts(story.hour, sealed, gathered.open),
        story.instance,
        closing=closing(services.settings),
        is_kept=reader.is_kept(story.hour),
        now=services.clock.now(),
    )
