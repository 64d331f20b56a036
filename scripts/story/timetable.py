"""Time of the story: one clock, moved by hand, and the timers of ``template.yaml`` that fire as it passes them."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import cast

from bundle_template.bundle import Bundle
from bundle_template.schedules import next_time
from koogallery_simulator import SimulatedClock
from local_cloud.events import timer_event
from local_cloud.functions import Callees
from local_cloud.timers import first_times

Report = Mapping[str, object]


class Timetable:
    """Moves the clock that bundle, marketplace and product share."""

    def __init__(self, bundle: Bundle, functions: Callees, clock: SimulatedClock) -> None:
        self.clock = clock
        self._functions = functions
        self._due = {timer.name: (due, timer) for timer, due in first_times(bundle, clock.now())}

    def wait(self, **span: float) -> dict[str, list[Report]]:
        """Let time pass (the members of a timedelta); what each timer function reported, by its name."""
        return self.wait_until(self.clock.now() + timedelta(**span))

    def wait_until(self, moment: datetime) -> dict[str, list[Report]]:
        """The same up to a moment, which a function that pauses may overrun by a few seconds."""
        reports: dict[str, list[Report]] = {}
        while True:
            due, timer = min(self._due.values(), key=lambda entry: entry[0])
            if due > moment:
                break
            self._move_to(due)
            event = timer_event(timer.name, timer.user_event, due)
            report = self._functions.call(timer.function, event, self.clock, uuid.uuid4().hex)
            reports.setdefault(timer.function, []).append(cast("Report", report))
            self._due[timer.name] = (next_time(timer.schedule_type, timer.schedule, due), timer)
        self._move_to(moment)
        return reports

    def _move_to(self, moment: datetime) -> None:
        self.clock.advance(max(0.0, (moment - self.clock.now()).total_seconds()))
