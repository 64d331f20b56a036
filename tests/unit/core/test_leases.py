"""Leases: one owner a slot, for a time, with a fence that grows."""

from __future__ import annotations

import json
from datetime import datetime, timezone

import pytest

from koogallery.clock import FrozenClock
from koogallery.leases import TTL, Lease, LeaseLost
from koogallery.state import Key
from tests.support.counting_state import CountingState
from tests.support.memory_state import MemoryState

TTL_SECONDS = TTL.total_seconds()


@pytest.fixture
def clock() -> FrozenClock:
    """Five past ten."""
    return FrozenClock(datetime(2026, 11, 21, 10, 5, tzinfo=timezone.utc))


@pytest.fixture
def state() -> CountingState:
    """Empty."""
    return CountingState(MemoryState())


def fence(state: CountingState, slot: int) -> int:
    """The fence of a slot."""
    item = state.get(Key("leases", "usage"))
    assert item is not None
    return int(json.loads(item.document)[str(slot)]["fence"])


def test_the_first_takes_what_it_wants_and_the_second_what_is_left(state: CountingState, clock: FrozenClock) -> None:
    first, second = Lease(state, clock, "usage"), Lease(state, clock, "usage")
    assert first.acquire([0, 1]) == (0, 1)
    assert second.acquire([0, 1, 2]) == (2,)
    assert Lease(state, clock, "usage").acquire([0, 1, 2]) == ()


def test_queues_have_leases_of_their_own(state: CountingState, clock: FrozenClock) -> None:
    Lease(state, clock, "usage").acquire([0])
    assert Lease(state, clock, "events").acquire([0]) == (0,)


def test_a_lease_that_was_given_back_can_be_taken_at_once(state: CountingState, clock: FrozenClock) -> None:
    first = Lease(state, clock, "usage")
    first.acquire([0, 1])
    first.release()
    assert first.slots == ()
    assert Lease(state, clock, "usage").acquire([0, 1]) == (0, 1)


@pytest.mark.parametrize(("seconds", "taken"), [(TTL_SECONDS - 0.001, ()), (TTL_SECONDS, (0,))])
def test_a_dead_owner_blocks_a_slot_until_its_time_is_over(
    state: CountingState, clock: FrozenClock, seconds: float, taken: tuple[int, ...]
) -> None:
    Lease(state, clock, "usage").acquire([0])
    clock.advance(seconds)
    assert Lease(state, clock, "usage").acquire([0]) == taken


def test_an_owner_that_goes_on_keeps_its_lease(state: CountingState, clock: FrozenClock) -> None:
    first = Lease(state, clock, "usage")
    first.acquire([0])
    for _ in range(20):
        clock.advance(TTL_SECONDS / 4)
        first.renew()
        assert Lease(state, clock, "usage").acquire([0]) == ()


def test_renewing_costs_nothing_while_the_lease_is_fresh(state: CountingState, clock: FrozenClock) -> None:
    lease = Lease(state, clock, "usage")
    lease.acquire([0])
    state.reset()
    for _ in range(100):
        clock.advance(0.05)
        lease.renew()
    assert state.total == 0


def test_an_owner_that_stood_still_learns_that_it_was_replaced(state: CountingState, clock: FrozenClock) -> None:
    first, second = Lease(state, clock, "usage"), Lease(state, clock, "usage")
    first.acquire([0, 1])
    clock.advance(TTL_SECONDS)
    second.acquire([1])
    with pytest.raises(LeaseLost):
        first.renew()


def test_giving_back_what_another_has_taken_leaves_it_to_him(state: CountingState, clock: FrozenClock) -> None:
    first, second = Lease(state, clock, "usage"), Lease(state, clock, "usage")
    first.acquire([0])
    clock.advance(TTL_SECONDS)
    second.acquire([0])
    first.release()
    assert Lease(state, clock, "usage").acquire([0]) == ()
    second.renew()


def test_the_fence_grows_with_every_new_owner_and_not_with_renewals(state: CountingState, clock: FrozenClock) -> None:
    first, second, third = (Lease(state, clock, "usage") for _ in range(3))
    first.acquire([0])
    before = fence(state, 0)
    clock.advance(TTL_SECONDS / 2)
    first.renew()
    assert fence(state, 0) == before
    first.release()
    second.acquire([0])
    assert fence(state, 0) == before + 1
    clock.advance(TTL_SECONDS)
    third.acquire([0])
    assert fence(state, 0) == before + 2


def test_giving_back_nothing_writes_nothing(state: CountingState, clock: FrozenClock) -> None:
    Lease(state, clock, "usage").release()
    assert state.total == 0


def test_a_lost_race_for_the_item_is_run_again(clock: FrozenClock) -> None:
    class Racing(MemoryState):
        """Another queue of slots changes the item between a read and the first write."""

        races = 1

        def get(self, key: Key) -> object:  # type: ignore[override]
            item = super().get(key)
            if self.races:
                self.races -= 1
                Lease(self, clock, "usage").acquire([5])
            return item

    state = Racing()
    assert Lease(state, clock, "usage").acquire([0]) == (0,)
    assert Lease(state, clock, "usage").acquire([0, 5]) == ()
