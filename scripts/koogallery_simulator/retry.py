"""How long and how often the marketplace repeats a failed callback; each dialect has its guide's table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from koogallery_simulator.assumptions import STATUS_RETRY_EVERY


@dataclass(frozen=True)
class RetryPolicy:
    """One try at once, then one ``every`` so often as long as the whole time is not over ``lasting``."""

    every: timedelta
    lasting: timedelta

    @property
    def tries(self) -> int:
        """Tries in all, the first included."""
        return 1 + (self.lasting // self.every if self.every else 0)


ONCE = RetryPolicy(timedelta(0), timedelta(0))
HOURLY = RetryPolicy(timedelta(hours=1), timedelta(hours=3))
ONE_HOUR = RetryPolicy(STATUS_RETRY_EVERY, timedelta(hours=1))
TWO_MINUTES = RetryPolicy(timedelta(minutes=2), timedelta(hours=2))

Policies = Mapping[str, RetryPolicy]


def policy_for(policies: Policies, activity: str) -> RetryPolicy:
    """The activity's policy; what no guide repeats is tried once."""
    return policies.get(activity, ONCE)
