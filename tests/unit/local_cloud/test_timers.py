"""Timers fire at their planned moments, with the TIMER event of that moment."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timezone

import pytest

from bundle_template.bundle import Bundle, Timer
from bundle_template.errors import TemplateError
from bundle_template.reading import read_template
from koogallery.clock import FrozenClock
from local_cloud.events import Event
from local_cloud.timers import Timers

START = datetime(2026, 11, 21, 10, 4, 30, tzinfo=timezone.utc)
USAGE = Timer("usage", "push_usage", "Cron", "0 1,5,9,13 * * * *", "{}", 7)
EVENTS = Timer("events", "deliver_events", "Rate", "3m", "", 8)


def _bundle(*timers: Timer) -> Bundle:
    return replace(read_template(), timers=timers)


def _fired(bundle: Bundle, count: int, oversleep: float = 0) -> list[tuple[str, str]]:
    fired: list[tuple[str, str]] = []
    clock = FrozenClock(START)

    async def play() -> None:
        done = asyncio.Event()

        async def fire(name: str, event: Event) -> None:
            if len(fired) < count:
                fired.append((name, event["time"]))
            if len(fired) == count:
                done.set()

        async def sleep(seconds: float) -> None:
            clock.advance(seconds + oversleep)
            await asyncio.sleep(0)

        timers = Timers(bundle, fire, clock, sleep)
        timers.start()
        await asyncio.wait_for(done.wait(), 5)
        await timers.stop()

    asyncio.run(play())
    return fired


def test_a_cron_timer_fires_at_its_minutes() -> None:
    times = [time for _, time in _fired(_bundle(USAGE), 3)]
    assert times == ["2026-11-21T18:05:00+08:00", "2026-11-21T18:09:00+08:00", "2026-11-21T18:13:00+08:00"]


def test_a_rate_timer_fires_first_after_its_interval() -> None:
    times = [time for _, time in _fired(_bundle(EVENTS), 2)]
    assert times == ["2026-11-21T18:07:30+08:00", "2026-11-21T18:10:30+08:00"]


def test_a_late_wake_up_does_not_shift_the_following_times() -> None:
    times = [time for _, time in _fired(_bundle(EVENTS), 3, oversleep=1.5)]
    assert times == ["2026-11-21T18:07:30+08:00", "2026-11-21T18:10:30+08:00", "2026-11-21T18:13:30+08:00"]


def test_times_that_were_slept_through_are_fired_once() -> None:
    times = [time for _, time in _fired(_bundle(USAGE), 2, oversleep=3600)]
    assert times == ["2026-11-21T18:05:00+08:00", "2026-11-21T19:09:00+08:00"]


def test_a_run_that_is_still_going_on_does_not_hold_back_the_next() -> None:
    clock, started = FrozenClock(START), []

    async def play() -> None:
        second = asyncio.Event()

        async def fire(name: str, event: Event) -> None:
            started.append(event["time"])
            if len(started) > 1:
                second.set()
            await asyncio.Event().wait()

        async def sleep(seconds: float) -> None:
            clock.advance(seconds)
            await asyncio.sleep(0)

        timers = Timers(_bundle(EVENTS), fire, clock, sleep)
        timers.start()
        await asyncio.wait_for(second.wait(), 5)
        await timers.stop()

    asyncio.run(play())
    assert len(started) >= 2


def test_a_schedule_that_never_fires_is_refused_at_the_start() -> None:
    never = replace(USAGE, schedule="0 0 0 30 2 *")

    async def fire(name: str, event: Event) -> None:
        raise AssertionError("nothing fires")

    async def play() -> None:
        Timers(_bundle(never), fire, FrozenClock(START)).start()

    with pytest.raises(TemplateError, match=r"template\.yaml:7: .*never fires"):
        asyncio.run(play())
