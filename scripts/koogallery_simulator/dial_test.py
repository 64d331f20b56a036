"""Dial tests (拨测): the saved debugging cases, replayed every morning and afternoon.

SaaS guide V2.0, interface description: five failing days in a row freeze the trading of the product and hide it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from koogallery_simulator.caller import Attempt, Caller, reordered
from koogallery_simulator.dial_cases import saved_cases

DAYS_ALLOWED = 5
HALF_A_DAY = timedelta(hours=12)


@dataclass(frozen=True)
class DialRun:
    """One replay of all saved cases."""

    at: datetime
    attempts: tuple[Attempt, ...]

    @property
    def failed(self) -> list[Attempt]:
        """Cases without 000000, or with an answer that breaks a rule."""
        return [attempt for attempt in self.attempts if not attempt.accepted or attempt.violations]

    @property
    def passed(self) -> bool:
        """Whether all passed."""
        return not self.failed


class DialTests:
    """Replays the cases of the caller's dialect; ``failing_days`` counts days in a row. orderNotify is left out
    without its key.
    """

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self.cases = saved_cases(caller)
        self.failing_days = 0

    def run(self, *, seed: int | None = None) -> DialRun:
        """All cases once, with a seed in the order it decides."""
        cases = self.cases if seed is None else reordered(self.cases, seed)
        at = self._caller.clock.now()
        return DialRun(at, tuple(self._caller.send(case) for case in cases))

    def run_day(self) -> list[DialRun]:
        """Morning and afternoon, waiting half a day after each; freezes the catalogue after five failing days."""
        runs = []
        for _ in range(2):
            runs.append(self.run())
            self._caller.clock.sleep(HALF_A_DAY.total_seconds())
        self.failing_days = 0 if all(run.passed for run in runs) else self.failing_days + 1
        if self.failing_days >= DAYS_ALLOWED:
            self._caller.marketplace.catalogue.freeze()
        return runs

    def run_days(self, days: int) -> list[DialRun]:
        """That many days."""
        return [run for _ in range(days) for run in self.run_day()]
