"""Calls of the kit in any order, repeated and at once: the end is that of the order in which they were made."""

from __future__ import annotations

import importlib
import random
import sqlite3
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from koogallery.directory.reading import find_application, find_tenant, find_user
from koogallery.encryption import Sealer
from koogallery.state import State
from local_cloud.reply import read_reply
from tests.support.kit import (
    CLIENT_SECRET,
    FUNCTIONS,
    IDS,
    apply_syncs,
    bind,
    body,
    code_of,
    codes,
    departments,
    kit_world,
    names,
    request,
    sync,
    told,
    user,
)
from tests.support.mortal import Life
from tests.support.world import World, event_of

Call = tuple[str, dict[str, Any]]
flags = st.sampled_from([0, 1, 1, 2])
users = st.lists(st.sampled_from(["a", "b", "c"]), min_size=1, max_size=3, unique=True)
calls: st.SearchStrategy[Call] = st.one_of(
    st.builds(lambda flag: ("tenantSync", {"flag": flag}), flags),
    st.builds(lambda flag: ("applicationSync", {"flag": flag}), flags),
    st.builds(
        lambda flag, given, name: ("authSync", {"flag": flag, "userList": [user(one, name=name) for one in given]}),
        st.sampled_from([0, 1, 2, 3]),
        users,
        st.sampled_from(["x", "y"]),
    ),
    st.builds(
        lambda flag, code: ("singleOrgSync", {"flag": flag, "orgCode": f"{code:08d}"}),
        flags,
        st.integers(0, 4),
    ),
    st.builds(lambda count: ("allOrgSync", {"orgInfoList": departments(count)}), st.integers(0, 4)),
)


def rights(world: World) -> tuple[Any, ...]:
    """Who may sign in, by what, and the departments."""
    sealer = Sealer(world.settings["STATE_ENCRYPTION_KEY"])
    for tenant in find_tenant(world.state, IDS["tenantId"]):
        access = find_application(tenant, None, sealer)
        found = [find_user(world.state, sealer, tenant, name) for name in "abc"]
        may = [(one.user_name, one.facts["name"]) for one in found if one and one.may_sign_in]
        return may, access and access.app_id, sorted(codes(world))
    return ()


def play(made: Sequence[Call], order: Sequence[int]) -> World:
    world = kit_world()
    for number in order:
        name, members = made[number]
        assert sync(world, name, number + 1, **members) == "000000"
    return world


@settings(max_examples=120)
@given(st.lists(calls, min_size=1, max_size=7), st.randoms(use_true_random=False))
def test_any_order_with_repeats_ends_like_the_order_in_which_they_were_made(
    made: list[Call], chance: random.Random
) -> None:
    straight = list(range(len(made)))
    mixed = straight + [chance.choice(straight) for _ in range(3)]
    chance.shuffle(mixed)
    assert rights(play(made, mixed)) == rights(play(made, straight))


@settings(max_examples=60)
@given(st.lists(calls, min_size=1, max_size=8))
def test_a_product_that_follows_the_events_knows_the_directory(made: list[Call]) -> None:
    world = play(made, range(len(made)))
    known: dict[str, dict[str, Any]] = {}
    for type_, data in told(world):
        if type_ == "tenant.removed":
            known.clear()
        for one in data.get("users", ()) if type_.startswith("user.") else ():
            if type_ == "user.removed":
                known.pop(one["user_name"], None)
            else:
                known[one["user_name"]] = one
    if find_tenant(world.state, IDS["tenantId"]):
        assert set(known) == names(world)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_same_call_20_times_at_once_is_told_once(race_safe_state: State, name: str) -> None:
    world = kit_world(race_safe_state)
    results = at_once(world, [(name, {})] * 20)
    assert set(results) == {"000000"}
    apply_syncs(world)
    events = told(world)
    if name == "allOrgSync":
        # Each of them may have written some of the departments first: together they tell every one once.
        assert sum(data["added"] for _, data in events) == 3
    else:
        assert len(events) == 1


def test_different_users_at_once_all_arrive(race_safe_state: State) -> None:
    world = kit_world(race_safe_state)
    bind(world)
    lists = [[user(f"u{n}-{m}") for m in range(5)] for n in range(8)]
    results = at_once(world, [("authSync", {"userList": one}) for one in lists])
    assert set(results) == {"000000"}
    apply_syncs(world)
    expected = {f"u{n}-{m}" for n in range(8) for m in range(5)}
    assert names(world) == expected
    assert {one["user_name"] for _, data in told(world) for one in data["users"]} == expected


def at_once(world: World, made: Sequence[Call]) -> list[str]:
    """Result codes of calls that begin together. The world is injected once: its patches are not for threads."""
    prepared = [(FUNCTIONS[name], event_of(request(world, name, body(name, **members)))) for name, members in made]
    handlers = {name: importlib.import_module(f"functions.{name}.index").handler for name, _ in prepared}
    results: list[str] = []
    barrier = threading.Barrier(len(prepared))

    def run(function: str, event: object) -> None:
        barrier.wait()
        results.append(code_of(read_reply(handlers[function](event, world.context(function)))))

    with world.injected(Life()):
        threads = [threading.Thread(target=run, args=one) for one in prepared]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    return results


def test_the_state_file_shows_nobody_and_no_secret(sqlite_state: State, tmp_path: Path) -> None:
    world = kit_world(sqlite_state)
    for name in FUNCTIONS:
        assert sync(world, name) == "000000"
    assert sync(world, "authSync", 5, flag=3, userList=[user("zhang.san")]) == "000000"
    with sqlite3.connect(tmp_path / "state.db") as file:
        file.execute("pragma wal_checkpoint(full)")
    content = b"".join(one.read_bytes() for one in tmp_path.iterdir())
    assert b"tenant-0001" in content
    for hidden in (CLIENT_SECRET, "li.si", "zhang.san", "13800000000", "person.example", "产品部", "Department 1"):
        assert hidden.encode() not in content


def test_logs_show_nobody_and_no_secret(capsys: pytest.CaptureFixture[str]) -> None:
    world = kit_world()
    for name in FUNCTIONS:
        sync(world, name)
        sync(world, name, generation=1)
        sync(world, name, flag=9)
    told(world)
    apply_syncs(world)
    written = "".join(capsys.readouterr()) + repr(world.lines)
    for hidden in (
        CLIENT_SECRET,
        "li.si",
        "13800000000",
        "person.example",
        "产品部",
        world.settings["KIT_PRIVATE_KEY"],
    ):
        assert hidden not in written
