"""Fires the timer functions of a bundle by their schedules, as TIMER triggers do."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

from bundle_template.bundle import Bundle, Timer
from bundle_template.errors import TemplateError
from bundle_template.schedules import BadSchedule, next_time
from koogallery.clock import Clock
from local_cloud.events import Event, timer_event

Fire = Callable[[str, Event], Awaitable[None]]
Sleep = Callable[[float], Awaitable[None]]

LONGEST_SLEEP = 30.0
"""Seconds; the clock is looked at again afterwards, since a machine may have slept meanwhile."""


def first_times(bundle: Bundle, after: datetime) -> list[tuple[Timer, datetime]]:
    """When each timer fires first; raises ``TemplateError`` for a schedule that never fires."""
    return [(timer, _next(bundle, timer, after)) for timer in bundle.timers]


class Timers:
    """All timers of a bundle. A run that is still going on does not hold back the next one, as in the cloud."""

    def __init__(self, bundle: Bundle, fire: Fire, clock: Clock, sleep: Sleep = asyncio.sleep) -> None:
        self._bundle = bundle
        self._fire = fire
        self._clock = clock
        self._sleep = sleep
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Begin; raises as ``first_times`` does."""
        for timer, time in first_times(self._bundle, self._clock.now()):
            self._keep(self._run(timer, time))

    async def stop(self) -> None:
        """Fire no more and let go of what is running."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _run(self, timer: Timer, due: datetime) -> None:
        while True:
            left = (due - self._clock.now()).total_seconds()
            if left > 0:
                await self._sleep(min(left, LONGEST_SLEEP))
                continue
            self._keep(self._fire(timer.function, timer_event(timer.name, timer.user_event, due)))
            due = _next(self._bundle, timer, due)
            if due <= self._clock.now():
                # Times that passed while the machine slept are not made up for: each run takes on what is due.
                due = _next(self._bundle, timer, self._clock.now())

    def _keep(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _next(bundle: Bundle, timer: Timer, after: datetime) -> datetime:
    try:
        return next_time(timer.schedule_type, timer.schedule, after)
    except BadSchedule as exc:
        raise TemplateError(bundle.path, timer.line, str(exc)) from exc
