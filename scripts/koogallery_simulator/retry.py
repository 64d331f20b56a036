"""How long and how often the marketplace repeats a failed callback: data, from the guides' retry rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from koogallery_simulator.assumptions import NOTIFY_RETRY_EVERY, STATUS_RETRY_EVERY
from koogallery_simulator.dialects import saas_v2


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
_HOURLY = RetryPolicy(timedelta(hours=1), timedelta(hours=3))
_ONE_HOUR = RetryPolicy(STATUS_RETRY_EVERY, timedelta(hours=1))
_TWO_MINUTES = RetryPolicy(timedelta(minutes=2), timedelta(hours=2))

Policies = Mapping[str, RetryPolicy]

# SaaS guide V2.0, callback pages
GUIDE: Policies = {
    saas_v2.NEW_INSTANCE: _HOURLY,
    saas_v2.REFRESH_INSTANCE: _ONE_HOUR,
    saas_v2.UPDATE_INSTANCE_STATUS: _ONE_HOUR,
    saas_v2.RELEASE_INSTANCE: _ONE_HOUR,
    saas_v2.UPGRADE_INSTANCE: _HOURLY,
    saas_v2.ORDER_NOTIFY: RetryPolicy(NOTIFY_RETRY_EVERY, timedelta(hours=3)),
}

# The licence guide's twin pages: every two minutes for two hours
LICENCE_TWIN: Policies = dict.fromkeys(GUIDE, _TWO_MINUTES)


def policy_for(policies: Policies, activity: str) -> RetryPolicy:
    """The activity's policy; what no guide repeats is tried once."""
    return policies.get(activity, ONCE)
