"""The line ``usage_backlog``: what a run of push_usage left unsent, and how old the oldest of it is."""

from __future__ import annotations

from typing import Any
from unittest import mock

import pytest

from koogallery.errors import SettingsError
from koogallery.leases import LeaseLost
from koogallery.use_cases import usage_backlog
from koogallery_simulator import faults
from tests.functional.functions.cases import INSTANCE, world_with
from tests.support.counting_state import CountingState
from tests.support.memory_state import MemoryState
from tests.support.world import AT, World, share_of, usage


def told(world: World, **run: Any) -> tuple[int, int]:
    """unsent and oldest_unsent_seconds of the run that is made now."""
    world.lines.clear()
    world.push(**run)
    (line,) = [line for line in world.lines if line["event"] == "usage_backlog"]
    return line["unsent"], line["oldest_unsent_seconds"]


def used(*, minutes: float = 21) -> World:
    """An active instance with usage of an hour that has been over for so long."""
    world = world_with("active")
    world.use(usage("a", INSTANCE, 1, AT))
    world.to_next_hour(minutes)
    return world


def test_nothing_is_left_when_everything_was_sent() -> None:
    assert told(used()) == (0, 0)
    assert told(World()) == (0, 0)


def test_a_batch_that_was_not_taken_counts_its_records_since_the_end_of_the_oldest() -> None:
    world = World()
    ids = [world.open("on-demand") for _ in range(3)]
    world.use(*(usage(id_, id_, 1, AT) for id_ in ids))
    world.to_next_hour()
    world.use(usage("later", ids[0], 1, world.clock.now()))
    world.far_ends.marketplace_unreachable = True
    unsent, oldest = told(world)
    assert unsent == 3
    assert oldest == pytest.approx(60, abs=5)
    world.to_next_hour()
    unsent, oldest = told(world)
    assert unsent == 4
    assert oldest == pytest.approx(3660, abs=15)
    world.far_ends.marketplace_unreachable = False
    assert told(world) == (0, 0)


def test_hours_that_a_run_had_no_time_for_count_one_each() -> None:
    world = used()
    world.to_next_hour(21)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("koogallery.use_cases.seal_hours.ENOUGH_SECONDS", 10_000.0)
        unsent, oldest = told(world)
    assert (unsent, oldest) == (1, 3600 + 21 * 60)


def test_a_record_of_an_abnormal_instance_is_not_late_but_ages() -> None:
    world = used()
    world.marketplace.faults.add(faults.RecordFault(faults.FORCE_CODE, INSTANCE, "013"))
    assert told(world) == (0, 21 * 60)


def test_the_running_hour_is_nobodys_backlog() -> None:
    world = world_with("active")
    world.use(usage("a", INSTANCE, 1, AT))
    assert told(world) == (0, 0)


def test_a_share_tells_of_its_own_slots_alone() -> None:
    world = used()
    world.far_ends.marketplace_unreachable = True
    mine = share_of(INSTANCE)
    number = int(mine.split('"')[3].split(" ")[0])
    other = f'{{"share":"{number % 16 + 1} of 16"}}'
    assert told(world, user_event=mine)[0] == 1
    assert told(world, user_event=other) == (0, 0)


def test_a_run_that_lost_its_slots_tells_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    world = used()
    monkeypatch.setattr("koogallery.leases.Lease.renew", mock.Mock(side_effect=LeaseLost))
    world.lines.clear()
    assert world.push() == {"lease_lost": 1}
    assert "usage_backlog" not in [line["event"] for line in world.lines]


def test_a_run_that_may_not_work_tells_nothing() -> None:
    world = used()
    busy: list[dict[str, Any]] = []
    world.far_ends.before_push.append(lambda: busy.append(world.push()))
    world.lines.clear()
    world.push()
    assert busy == [{"busy": 1}]
    assert [line["unsent"] for line in world.lines if line["event"] == "usage_backlog"] == [0]


def test_a_run_that_fails_says_so_instead() -> None:
    world = used()
    world.settings["MARKETPLACE_ACCESS_KEYS"] = ""
    world.settings["MARKETPLACE_ENDPOINT"] = ""
    world.lines.clear()
    with pytest.raises(SettingsError):
        world.push()
    events = [line["event"] for line in world.lines]
    assert "usage_backlog" not in events
    assert "push_usage_failed" in events


def test_a_backlog_without_bounds_is_counted_to_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(usage_backlog, "MAX_BATCHES", 2)
    counted = CountingState(MemoryState())
    world = World(counted)
    instance_id = world.open("on-demand")
    world.far_ends.marketplace_unreachable = True
    for hour in range(4):
        world.use(usage(f"a{hour}", instance_id, 1, world.clock.now()))
        world.to_next_hour()
        world.push()
    assert told(world)[0] == 2


def test_looking_writes_nothing() -> None:
    counted = CountingState(MemoryState())
    world = World(counted)
    world.push()
    before = counted.writes
    world.push()
    lease = 2
    assert counted.writes - before == lease
