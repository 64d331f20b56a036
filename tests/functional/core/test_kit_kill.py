"""A sync dies around every call it makes, the timer comes later, and the end is the same as if it had lived.

What was answered with success is applied and told; what died before it was stored was not answered.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import pytest

from koogallery.clock import FrozenClock
from koogallery.directory.buckets import BUCKETS
from koogallery.directory.tenant import MAX_TELLINGS, Tenant, owner_id, tenant_key
from koogallery.state import Item, Key, StateUnavailable
from local_cloud.events import timer_event
from tests.support.copies import copy_of
from tests.support.dying_state import ProcessDied
from tests.support.kit import (
    apply_syncs,
    bind,
    codes,
    departments,
    kit_world,
    names,
    sync,
    told,
    user,
)
from tests.support.memory_state import MemoryState
from tests.support.mortal import Life
from tests.support.world import World

BEFORE: list[tuple[str, dict[str, Any]]] = [
    ("authSync", {"userList": [user("old"), user("going")]}),
    ("allOrgSync", {"orgInfoList": departments(5)}),
]
STORIES: Mapping[str, tuple[str, dict[str, Any]]] = {
    "users come": ("authSync", {"userList": [user(f"u{n}") for n in range(4)]}),
    "users go": ("authSync", {"userList": [user("going"), user("never-there")], "flag": 0}),
    "users lose their access": ("authSync", {"userList": [user("old")], "flag": 3}),
    "a department": ("singleOrgSync", {"orgCode": "77", "flag": 1}),
    "a department goes": ("singleOrgSync", {"orgCode": "00000002", "flag": 0}),
    "all departments": ("allOrgSync", {"orgInfoList": departments(5, first=3)}),
    "no departments": ("allOrgSync", {"orgInfoList": []}),
    "tenant": ("tenantSync", {"name": "renamed"}),
    "tenant goes": ("tenantSync", {"flag": 0}),
    "application": ("applicationSync", {}),
}


@lru_cache(1)
def _made() -> World:
    world = kit_world()
    bind(world)
    for name, members in BEFORE:
        assert sync(world, name, -30, **members) == "000000"
    told(world)
    return world


def prepared() -> World:
    """A bound tenant with two users and five departments, of whom the product was told."""
    return copy_of(_made())


def ending(world: World) -> tuple[Any, ...]:
    """Everything the seller's product can see, and what it was told, in a form that can be compared."""
    events = [(type_, json.dumps(data, sort_keys=True)) for type_, data in told(world)]
    assert len(events) == len(set(events)), "told twice"
    item = world.state.get(tenant_key(owner_id("tenant-0001", "inst-0001")))
    assert item is not None
    tenant = Tenant.from_document(item.document)
    assert tenant.outbox == ()
    seen = (sorted(names(world)), sorted(codes(world))) if tenant.is_bound else ()
    return seen, tenant.name, [one.app_id for one in tenant.present_applications], sorted(events)


def is_clean(world: World) -> bool:
    assert isinstance(world.state, MemoryState)
    left = {item.key.partition.split("#")[0] for item in world.state.all_items()}
    return left <= {"tenants", "directory", "leases"}


@pytest.mark.parametrize("before", [False, True], ids=["after", "before"])
@pytest.mark.parametrize("story", STORIES)
def test_a_sync_that_dies_is_finished_by_the_timer_or_was_never_answered(story: str, before: bool) -> None:
    name, members = STORIES[story]
    undisturbed, untouched = prepared(), prepared()
    whole = Life()
    assert sync(undisturbed, name, life=whole, **members) == "000000"
    expected, unchanged = ending(undisturbed), ending(untouched)
    for death in range(1, whole.calls + 1):
        world = prepared()
        with pytest.raises(ProcessDied):
            sync(world, name, life=Life(death, before=before), **members)
        apply_syncs(world)
        found = ending(world)
        assert found in (expected, unchanged), f"death {death}"
        if found == unchanged != expected:
            # Not stored, so not answered: whoever called tries again.
            assert sync(world, name, **members) == "000000"
            assert ending(world) == expected, f"death {death}, then again"
        world.clock.advance(600)
        apply_syncs(world)
        world.deliver()
        assert is_clean(world), f"death {death}"


@pytest.mark.parametrize("story", [name for name, (call, _) in STORIES.items() if call in ("authSync", "allOrgSync")])
def test_the_timer_dies_and_the_next_one_finishes(story: str) -> None:
    name, members = STORIES[story]
    undisturbed = prepared()
    sync(undisturbed, name, **members)
    expected = ending(undisturbed)
    whole = Life()
    world = begun(name, members)
    apply_syncs(world, whole)
    assert ending(world) == expected
    for death in range(1, whole.calls + 1):
        world = begun(name, members)
        with pytest.raises(ProcessDied):
            apply_syncs(world, Life(death))
        world.clock.advance(120)
        apply_syncs(world)
        assert ending(world) == expected, f"death {death}"
        world.clock.advance(600)
        apply_syncs(world)
        assert is_clean(world), f"death {death}"


def begun(name: str, members: dict[str, Any]) -> World:
    """A sync that died as soon as it was stored."""
    world = prepared()
    with pytest.raises(ProcessDied):
        sync(world, name, life=Life(3, before=True), **members)
    return world


def test_the_delivery_dies_and_no_users_are_lost() -> None:
    whole = Life()
    world = kit_world()
    sync(world, "authSync")
    world.deliver(life=whole)
    for death in range(1, whole.calls + 1):
        world = kit_world()
        sync(world, "authSync")
        with pytest.raises(ProcessDied):
            world.deliver(life=Life(death))
        world.clock.advance(120)
        world.deliver()
        received = [one for one in world.product.received if one.type == "user.added"]
        assert received
        assert all([user["user_name"] for user in one.data["users"]] == ["li.si"] for one in received)
        assert len({one.id for one in received}) == 1
        world.clock.advance(600)
        world.deliver()
        assert is_clean(world), f"death {death}"


class Slow(MemoryState):
    """Every write takes a while of the given clock."""

    def __init__(self) -> None:
        super().__init__()
        self.clock: FrozenClock | None = None
        self.seconds = 0.0

    def put_if_absent(self, key: Key, document: str) -> bool:
        """Slow."""
        self._wait()
        return super().put_if_absent(key, document)

    def replace_if_version(self, item: Item, document: str) -> bool:
        """Slow."""
        self._wait()
        return super().replace_if_version(item, document)

    def _wait(self) -> None:
        if self.clock:
            self.clock.advance(self.seconds)


def test_10000_departments_of_a_slow_store_are_answered_in_time_and_finished_behind() -> None:
    state = Slow()
    world = kit_world(state)
    bind(world)
    state.clock, state.seconds = world.clock, 0.2
    began = world.clock.monotonic()
    assert sync(world, "allOrgSync", orgInfoList=departments(10_000)) == "000000"
    assert world.clock.monotonic() - began < 4
    assert world.lines[-2]["event"] == "sync_left_to_timer"
    state.seconds = 0
    assert apply_syncs(world) == {"applied": 1}
    ((_, data),) = told(world)
    assert (data["added"], data["total"]) == (10_000, 10_000)
    assert len(codes(world)) == 10_000
    assert is_clean(world)


def test_a_timer_that_runs_out_of_time_goes_on_the_next_time() -> None:
    state = Slow()
    world = kit_world(state)
    bind(world)
    state.clock, state.seconds = world.clock, 0.2
    sync(world, "allOrgSync", orgInfoList=departments(10_000))
    state.seconds = 110 / BUCKETS * 2
    assert apply_syncs(world) == {"stopped_out_of_time": 1}
    state.seconds = 0
    assert apply_syncs(world) == {"applied": 1}
    assert len(codes(world)) == 10_000


class Failing(MemoryState):
    """Fails the next so many writes into the directory."""

    failures = 0

    def put_if_absent(self, key: Key, document: str) -> bool:
        """May fail."""
        if self.failures and key.partition.startswith("directory#"):
            self.failures -= 1
            raise StateUnavailable("try again")
        return super().put_if_absent(key, document)


def test_once_stored_a_sync_is_answered_with_success_whatever_the_store_does() -> None:
    state = Failing()
    world = kit_world(state)
    bind(world)
    state.failures = 1
    assert sync(world, "authSync") == "000000"
    assert names(world) == set()
    apply_syncs(world)
    assert names(world) == {"li.si"}
    assert [type_ for type_, _ in told(world)] == ["user.added"]


def test_a_store_that_stays_away_fails_the_run_and_loses_nothing() -> None:
    state = Failing()
    world = kit_world(state)
    bind(world)
    state.failures = 2
    assert sync(world, "authSync") == "000000"
    with pytest.raises(StateUnavailable):
        apply_syncs(world)
    apply_syncs(world)
    assert names(world) == {"li.si"}


def test_while_the_product_takes_no_events_syncs_wait_and_the_directory_goes_on() -> None:
    world = kit_world()
    bind(world)
    for n in range(MAX_TELLINGS + 3):
        assert sync(world, "authSync", n, userList=[user(f"u{n}")]) == "000000"
    assert len(names(world)) == MAX_TELLINGS + 3
    assert apply_syncs(world) == {"waiting": 3}
    while world.deliver().get("delivered"):
        pass
    assert apply_syncs(world) == {"applied": 3}
    assert len(told(world)) == MAX_TELLINGS + 3


def test_a_sync_that_nobody_can_read_is_kept_and_does_not_stop_the_others() -> None:
    world = kit_world()
    bind(world)
    with pytest.raises(ProcessDied):
        sync(world, "authSync", 0, life=Life(3, before=True), userList=[user("one")])
    key = world.settings["STATE_ENCRYPTION_KEY"]
    world.settings["STATE_ENCRYPTION_KEY"] = "ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA="
    assert apply_syncs(world) == {"failed": 1}
    (line,) = [line for line in world.lines if line["event"] == "sync_failed"]
    assert line["alarm"] is True
    assert apply_syncs(world) == {}
    world.settings["STATE_ENCRYPTION_KEY"] = key
    world.clock.advance(3600)
    assert apply_syncs(world) == {"applied": 1}
    assert names(world) == {"one"}


def test_users_whose_event_cannot_be_opened_wait_and_the_others_are_delivered() -> None:
    world = kit_world()
    sync(world, "authSync")
    world.settings["STATE_ENCRYPTION_KEY"] = "ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA="
    sync(world, "tenantSync", tenantId="other")
    assert world.deliver() == {"failed": 1, "delivered": 1}
    world.settings["STATE_ENCRYPTION_KEY"] = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
    world.clock.advance(120)
    assert world.deliver() == {"delivered": 1}


def test_content_that_was_overtaken_meanwhile_is_not_told_after_the_newer_one() -> None:
    """Between writing its buckets and telling, a sync is overtaken: the older content must not be the last told."""
    overtaken = [user("old", name="first"), user("going", name="changed")]
    count = Life()
    sync(prepared(), "authSync", 0, life=count, userList=overtaken)
    for pause in range(3, count.calls + 1):
        world = prepared()

        def overtake(world: World = world) -> None:
            assert sync(world, "authSync", 5, userList=[user("old", name="second")]) == "000000"

        assert sync(world, "authSync", 0, life=Life(pauses={pause: overtake}), userList=overtaken) == "000000"
        apply_syncs(world)
        last = {one["user_name"]: one["name"] for _, data in told(world) for one in data["users"]}
        assert last == {"old": "second", "going": "changed"}, f"pause before call {pause}"
        world.clock.advance(600)
        apply_syncs(world)
        assert is_clean(world), f"pause before call {pause}"


def test_the_timer_does_not_begin_what_a_call_is_still_at() -> None:
    world = kit_world()
    with pytest.raises(ProcessDied):
        sync(world, "authSync", life=Life(3, before=True))
    assert dict(world.call("apply_syncs", timer_event("apply_syncs", "", world.clock.now()))) == {}
