"""Whatever happens to usage, what is billed is what was used, less a remainder that can be explained.

Events of any kind, late ones, repetitions and conflicts, packages, outages, overlapping timers, deaths of a run or of
a report, faults of the marketplace (answers lost after booking among them), freezes and releases, in any order; with
meters that are full after a few events too, and reports taken by function instances that know other pages.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from unittest import mock

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from koogallery.ledger import sealing
from koogallery.ledger.batch import CONFLICT, DELIVERED, REJECTED
from koogallery.page_reader import PageReader
from koogallery_simulator import faults
from tests.support.books import Books, carried, read_books
from tests.support.dying_state import ProcessDied
from tests.support.mortal import Life
from tests.support.world import World, usage

pytestmark = pytest.mark.no_cover

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
CLOSING = 5 * MINUTE
QUANTITIES = st.one_of(
    st.decimals(0, 1000, places=4),
    st.decimals(0, "0.001", places=7),
    st.decimals(0, "99999999.9999", places=4),
    st.just(Decimal(0)),
)
TAKERS = st.integers(0, 4)
CALL_FAULTS: list[Callable[[], faults.CallFault]] = [
    lambda: faults.throttle(2, faults.USAGE),
    lambda: faults.too_many_requests(1, faults.USAGE),
    lambda: faults.error("MKT.0999", 4, faults.USAGE),
    lambda: faults.error("MKT.0999", 1, faults.USAGE, after_booking=True),
    lambda: faults.error("MKT.0101", 1, faults.USAGE),
    lambda: faults.error("MKT.9003", 1, faults.USAGE),
    lambda: faults.error("APIGW.0301", 1, faults.USAGE),
    lambda: faults.reset(1, faults.USAGE),
    lambda: faults.reset(3, faults.USAGE, after_booking=True),
    lambda: faults.hang(30, 1, faults.USAGE, after_booking=True),
    lambda: faults.garbage("html", 1, faults.USAGE),
    lambda: faults.garbage("truncated", 1, faults.USAGE, after_booking=True),
]


@dataclass
class Metered:
    """What the model knows of one pay-per-use instance."""

    id: str
    opened: datetime
    frozen: list[list[datetime | None]] = field(default_factory=list)
    released: datetime | None = None
    accepted: dict[str, dict[str, Any]] = field(default_factory=dict)

    def refuses(self, at: datetime, now: datetime) -> str | None:
        """The code for an event of that time, or None."""
        if at > now + 5 * MINUTE:
            return "in_future"
        if at < now - 21 * DAY:
            return "too_old"
        if at < self.opened:
            return "before_opening"
        if self.released and at >= self.released.replace(microsecond=0):
            return "instance_released"
        for since, until in self.frozen:
            if since and since.replace(microsecond=0) <= at and (until is None or at < until):
                return "instance_frozen"
        return None

    @property
    def used(self) -> Decimal:
        return sum((Decimal(event["quantity"]) for event in self.accepted.values()), Decimal(0))


class UsageMachine(RuleBasedStateMachine):
    """The bundle with two metered instances and a package."""

    @initialize(inline_bytes=st.sampled_from([1, 600, 2_000, 120_000]))
    def begin(self, inline_bytes: int) -> None:
        """What a meter holds before it gives up a page may be next to nothing."""
        self.is_roomy = inline_bytes == 120_000
        self.patch = mock.patch.object(sealing, "INLINE_BYTES", inline_bytes)
        self.patch.start()
        self.world = World()
        self.readers = [PageReader(), PageReader(most_events=3)]
        self.package = self.world.open("package")
        opened = self.world.clock.now()
        self.metered = [Metered(self.world.open("on-demand"), opened) for _ in range(2)]
        self.ids = 0
        self.hours_stood = 0

    def _choose(self, taker: int) -> None:
        """Which function instance takes the next report: one of those that are there, or a new one."""
        self.world.pages = (self.readers * 2 + [PageReader()])[taker % 5]

    def _now(self) -> datetime:
        return self.world.clock.now()

    # ------------------------------------------------------------------------------------------------- the product
    @rule(
        events=st.lists(
            st.tuples(st.integers(0, 1), QUANTITIES, st.integers(-200, 6), st.booleans()), min_size=1, max_size=4
        ),
        taker=TAKERS,
        death=st.one_of(st.none(), st.integers(1, 12)),
    )
    def report(self, events: list[tuple[int, Decimal, int, bool]], taker: int, death: int | None) -> None:
        """New events, from three hours ago to six minutes ahead; the first taker may die, then they come again."""
        sent, expected = [], {}
        now = self._now()
        for which, quantity, minutes, packaged in events:
            self.ids += 1
            at = (now + minutes * MINUTE).replace(microsecond=0)
            metered = self.metered[which]
            event = usage(f"u{self.ids}", metered.id, f"{quantity:f}", at, self.package if packaged else None)
            refused = metered.refuses(at, now)
            if refused is None and metered.released and now >= metered.released + CLOSING:
                refused = "after_final_bill"
            if refused is None:
                metered.accepted[event["id"]] = event
            else:
                expected[event["id"]] = refused
            sent.append(event)
        if death:
            self._choose(taker + 1)
            with suppress(ProcessDied):
                self.world.use(*sent, life=Life(death))
        self._choose(taker)
        answer = self.world.use(*sent)
        assert {one["id"]: one["code"] for one in answer["rejected"]} == expected
        assert answer["accepted"] + answer["duplicates"] == len(sent) - len(expected)
        assert death or not answer["duplicates"]

    @precondition(lambda self: any(metered.accepted for metered in self.metered))
    @rule(data=st.data(), change=st.sampled_from(["", "quantity", "time", "package"]), taker=TAKERS)
    def report_again(self, data: st.DataObject, change: str, taker: int) -> None:
        """An event that was accepted before, as it was or with another content."""
        metered = data.draw(st.sampled_from([one for one in self.metered if one.accepted]))
        event = dict(data.draw(st.sampled_from(list(metered.accepted.values()))))
        at = datetime.fromisoformat(event["time"].replace("Z", "+00:00"))
        if change == "quantity":
            event["quantity"] = f"{Decimal(event['quantity']) + 1:f}"
        elif change == "time":
            earlier = at - timedelta(hours=1) if self.is_roomy else at.replace(minute=0, second=0)
            at = earlier if metered.opened <= earlier < at else at + timedelta(seconds=1)
            event["time"] = f"{at:%Y-%m-%dT%H:%M:%SZ}"
        elif change == "package":
            event["package_instance_id"] = None if event.get("package_instance_id") else self.package
        refused = metered.refuses(at, self._now()) or ("conflicting_id" if change else None)
        if Decimal(event["quantity"]) >= 100_000_000:
            return
        self._choose(taker)
        answer = self.world.use(event)
        assert (answer["accepted"], answer["duplicates"]) == (0, 0 if refused else 1)
        assert [one["code"] for one in answer["rejected"]] == ([refused] if refused else [])

    # -------------------------------------------------------------------------------------------- the marketplace
    @rule(which=st.integers(0, 1))
    def release(self, which: int) -> None:
        """Final; usage of the running hour is still taken for some minutes."""
        metered = self.metered[which]
        if metered.released is None:
            metered.released = self._now()
            self.world.shop.release(metered.id)

    @rule(which=st.integers(0, 1))
    def freeze_or_unfreeze(self, which: int) -> None:
        """No usage while frozen."""
        metered = self.metered[which]
        if metered.released:
            return
        if metered.frozen and metered.frozen[-1][1] is None:
            self.world.shop.unfreeze(metered.id)
            metered.frozen[-1][1] = self._now()
        else:
            self.world.shop.freeze(metered.id)
            metered.frozen.append([self._now(), None])

    @rule(fault=st.sampled_from(CALL_FAULTS))
    def misbehave(self, fault: Callable[[], faults.CallFault]) -> None:
        """The next usage pushes go wrong."""
        self.world.marketplace.faults.add(fault())

    @rule(which=st.integers(0, 1), code=st.sampled_from(["013", "006"]))
    def refuse_a_record(self, which: int, code: str) -> None:
        """013 is sent again later, 006 is for an operator."""
        self.world.marketplace.faults.add(faults.RecordFault(faults.FORCE_CODE, self.metered[which].id, code))

    @rule()
    def go_away_or_come_back(self) -> None:
        """The marketplace cannot be reached."""
        self.world.far_ends.marketplace_unreachable = not self.world.far_ends.marketplace_unreachable

    # ------------------------------------------------------------------------------------------- time and timers
    @rule(minutes=st.integers(1, 130))
    def wait(self, minutes: int) -> None:
        """Time goes by."""
        self.world.clock.advance(60 * minutes)

    @precondition(lambda self: self.hours_stood < 14 * 24)
    @rule(hours=st.integers(20, 60))
    def stand_still(self, hours: int) -> None:
        """No timer fires for days; what would make records older than 21 days has a test of its own."""
        self.hours_stood += hours
        self.world.clock.advance(3600 * hours)

    @rule()
    def push(self) -> None:
        """A timer."""
        self.world.push()

    @rule(seconds=st.sampled_from([0, 100]))
    def push_twice_at_once(self, seconds: int) -> None:
        """A second run while the first one is sending; after 100 s the lease of the first has expired."""

        def second() -> None:
            self.world.clock.advance(seconds)
            self.world.push()

        self.world.far_ends.before_push.append(second)
        self.world.push()
        self.world.far_ends.before_push.clear()

    @rule(number=st.integers(1, 80), seconds=st.sampled_from([1, 100]))
    def push_and_stand_still(self, number: int, seconds: int) -> None:
        """A run is suspended somewhere, another one takes over, and the first goes on as if nothing had happened."""

        def meanwhile() -> None:
            self.world.clock.advance(seconds)
            self.world.push()

        self.world.push(life=Life(pauses={number: meanwhile}))

    @rule(number=st.integers(1, 80), before=st.booleans())
    def push_and_die(self, number: int, before: bool) -> None:
        """A run is killed."""
        with suppress(ProcessDied):
            self.world.push(life=Life(number, before=before))
        self.world.clock.advance(95)

    # ------------------------------------------------------------------------------------------------- invariants
    @invariant()
    def books_agree(self) -> None:
        """At every moment, whatever is under way."""
        for metered in getattr(self, "metered", []):
            books = read_books(self.world.state, metered.id)
            books.check_sums()
            books.check_records()
            assert sum(books.meter.used.values(), Decimal(0)) == metered.used

    def teardown(self) -> None:
        """When all is well again, everything is billed."""
        if not hasattr(self, "metered"):
            return
        self.patch.stop()
        self.world.marketplace.faults.clear()
        self.world.far_ends.marketplace_unreachable = False
        for _ in range(4):
            self.world.to_next_hour()
            self.world.push()
        assert not self.world.marketplace.violations.all()
        assert not {"005", "010"} & set(self.world.alarms())
        for metered in self.metered:
            self._check_bill(metered, read_books(self.world.state, metered.id))

    def _check_bill(self, metered: Metered, books: Books) -> None:
        assert not books.meter.open
        assert {fate.status if fate else "open" for fate in books.fates.values()} <= {DELIVERED, REJECTED, CONFLICT}
        bill = self.world.marketplace.bill
        unbilled = [record for record in books.records() if bill.by_sn(record.metering_sn) is None]
        assert {fate.status for record in unbilled if (fate := books.fates[record.metering_sn])} <= {REJECTED, CONFLICT}
        remainder = carried(books)
        assert remainder < Decimal("0.0001") * max(1, len(books.meter.carried))
        assert bill.total(metered.id) == metered.used - remainder - sum((r.quantity for r in unbilled), Decimal(0))


UsageMachine.TestCase.settings = settings(max_examples=120, stateful_step_count=35)
TestUsage = UsageMachine.TestCase
