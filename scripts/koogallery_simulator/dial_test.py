"""Dial tests (拨测): the saved debugging cases, replayed every morning and afternoon.

SaaS guide V2.0, interface description: five failing days in a row freeze the trading of the product and hide it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from koogallery_simulator.caller import Attempt, Caller, reordered
from koogallery_simulator.catalogue import PERIOD_MONTH
from koogallery_simulator.dialects import saas_v2
from koogallery_simulator.dialects.base import Callback
from koogallery_simulator.orders import Customer, OrderLine, OrderType, Purchase, make_order

DAYS_ALLOWED = 5
HALF_A_DAY = timedelta(hours=12)
TYPED_BY_HAND = "huaiweitest123456"
_EXPIRY = datetime(2030, 11, 24, 2, 36, 18, tzinfo=timezone.utc)


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


def saved_cases(*, notify: bool) -> list[Callback]:
    """One debugging case or more for every activity, with mock orders and an instance id typed by hand."""
    new, renew, change = (_mock_line(name) for name in ("MOCKPERIODYEARNEW", "MOCKMONTYRENEW", "MOCKMONTYCHANGE"))
    cases = [
        saas_v2.new_instance(new, test=True),
        saas_v2.new_instance(_mock_line("MOCKONDEMAND"), test=True),
        saas_v2.query_instance(TYPED_BY_HAND, test=True),
        *(saas_v2.refresh_instance(TYPED_BY_HAND, renew, _EXPIRY, scene, test=True) for scene in saas_v2.SCENES),
        saas_v2.update_instance_status(TYPED_BY_HAND, saas_v2.FREEZE, test=True),
        saas_v2.update_instance_status(TYPED_BY_HAND, saas_v2.UNFREEZE, test=True),
        saas_v2.upgrade_instance(TYPED_BY_HAND, change, test=True),
        saas_v2.change_instance_check(TYPED_BY_HAND, PERIOD_MONTH, test=True),
        saas_v2.release_instance(TYPED_BY_HAND, test=True),
    ]
    return [*cases, saas_v2.order_notify(new, test=True)] if notify else cases


def _mock_line(order_id: str) -> OrderLine:
    order = make_order(OrderType.NEW, [Purchase((PERIOD_MONTH,))], _EXPIRY, Customer(), order_id)
    return order.lines[0]


class DialTests:
    """Replays the cases; ``failing_days`` counts days in a row. orderNotify is left out without its key."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self.cases = saved_cases(notify=bool(caller.marketplace.keys.notify))
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
