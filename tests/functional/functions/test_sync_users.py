"""sync_users: authSync, users of an application."""

from __future__ import annotations

import json
from typing import Any

import pytest

from koogallery.directory.reading import User, find_tenant, find_user
from koogallery.encryption import Sealer
from koogallery.inferred import KIT_MAX_USERS
from tests.support.kit import bind, kit_world, names, read_all, sync, time_stamp, told, user
from tests.support.world import World

SYNCED_AT = "2026-11-21T10:05:00Z"


@pytest.fixture
def world() -> World:
    world = kit_world()
    bind(world)
    return world


def find(world: World, name: str, app_id: str | None = None) -> User | None:
    (tenant,) = find_tenant(world.state, "tenant-0001")
    return find_user(world.state, Sealer(world.settings["STATE_ENCRYPTION_KEY"]), tenant, name, app_id)


def users_told(world: World) -> list[tuple[str, list[str]]]:
    return [(type_, sorted(one["user_name"] for one in data["users"])) for type_, data in told(world)]


@pytest.mark.parametrize("generation", [1, 2])
def test_users_are_told_with_everything_and_shown(world: World, generation: int) -> None:
    members = {"position": "engineer", "employeeType": 1, "entryDate": "2020-01-1", "unknownMember": 1}
    assert sync(world, "authSync", generation=generation, userList=[user("li.si", **members)]) == "000000"
    expected = {
        "app_id": "app-0001",
        "user_name": "li.si",
        "name": "Name of li.si",
        "org_code": "00000001",
        "position": "engineer",
        "employee_type": 1,
        "role": "user",
        "mobile": "13800000000",
        "email": "li.si@person.example",
        "entry_date": "2020-01-1",
        "enabled": True,
        "authorized": True,
    }
    ids = {"tenant_id": "tenant-0001", "instance_id": "inst-0001", "app_id": "app-0001", "synced_at": SYNCED_AT}
    assert told(world) == [("user.added", {**ids, "users": [expected]})]
    assert read_all(world, "users") == [expected]


def test_one_call_is_one_event_of_those_that_changed(world: World) -> None:
    sync(world, "authSync", 0, userList=[user("a"), user("b")])
    sync(world, "authSync", 1, userList=[user("a"), user("b"), user("c")])
    sync(world, "authSync", 2, flag=2, userList=[user("a", role="admin"), user("b")])
    assert users_told(world) == [("user.added", ["a", "b"]), ("user.added", ["c"]), ("user.modified", ["a"])]


def test_a_repeat_tells_nothing_and_a_deletion_twice_succeeds(world: World) -> None:
    for seconds in (0, 0, 1):
        assert sync(world, "authSync", seconds) == "000000"
    for seconds in (2, 2, 3):
        assert sync(world, "authSync", seconds, flag=0, userList=[{"userName": "li.si"}]) == "000000"
    assert users_told(world) == [("user.added", ["li.si"]), ("user.removed", ["li.si"])]
    assert names(world) == set()


def test_what_is_told_of_a_removed_user_is_its_name(world: World) -> None:
    sync(world, "authSync", 0)
    told(world)
    sync(world, "authSync", 1, flag=0)
    ((_, data),) = told(world)
    assert data["users"] == [{"user_name": "li.si", "app_id": "app-0001"}]


def test_a_cancelled_authorisation_takes_the_access_and_keeps_the_account(world: World) -> None:
    sync(world, "authSync", 0)
    told(world)
    for seconds in (1, 1, 2):
        assert sync(world, "authSync", seconds, flag=3, userList=[{"userName": "li.si"}]) == "000000"
    ((type_, data),) = told(world)
    assert type_ == "user.unauthorized"
    assert data["users"][0]["authorized"] is False
    (shown,) = read_all(world, "users")
    assert (shown["name"], shown["authorized"]) == ("Name of li.si", False)
    found = find(world, "li.si")
    assert found is not None
    assert not found.may_sign_in
    sync(world, "authSync", 3)
    found = find(world, "li.si")
    assert found is not None
    assert found.may_sign_in


def test_a_disabled_user_may_not_sign_in(world: World) -> None:
    sync(world, "authSync", userList=[user("a", enable="false"), user("b", enable=True)])
    disabled, enabled = find(world, "a"), find(world, "b")
    assert disabled is not None
    assert enabled is not None
    assert (disabled.may_sign_in, enabled.may_sign_in) == (False, True)
    assert find(world, "c") is None


def test_a_user_is_authorised_for_an_application(world: World) -> None:
    sync(world, "authSync", 0, appId="app-1")
    sync(world, "authSync", 1, appId="app-2")
    sync(world, "authSync", 2, appId="app-1", flag=3)
    rights = [found.may_sign_in for app in ("app-1", "app-2", None) if (found := find(world, "li.si", app))]
    assert rights == [False, True, True]


def test_an_older_sync_is_ignored_by_its_currentSyncTime(world: World) -> None:  # noqa: N802 - the wire's word
    sync(world, "authSync", 10, currentSyncTime=time_stamp(10), userList=[user("li.si", name="newest")])
    sync(world, "authSync", 11, currentSyncTime=time_stamp(5), userList=[user("li.si", name="older")])
    sync(world, "authSync", 12, currentSyncTime=time_stamp(9), flag=0)
    assert read_all(world, "users")[0]["name"] == "newest"
    assert users_told(world) == [("user.added", ["li.si"])]


def test_a_removal_shuts_out_an_addition_that_is_older_but_comes_later(world: World) -> None:
    assert sync(world, "authSync", 5, flag=0) == "000000"
    assert sync(world, "authSync", 3) == "000000"
    assert (names(world), told(world)) == (set(), [])


def test_in_a_list_the_last_mention_of_a_user_counts(world: World) -> None:
    sync(world, "authSync", userList=[user("a", name="first"), user("a", name="last")])
    assert [one["name"] for one in read_all(world, "users")] == ["last"]


@pytest.mark.parametrize("as_text", [False, True], ids=["list", "text"])
def test_500_users_of_one_call(world: World, as_text: bool) -> None:
    users: Any = [user(f"user{n:04d}") for n in range(500)]
    assert sync(world, "authSync", userList=json.dumps(users) if as_text else users) == "000000"
    ((type_, data),) = told(world)
    assert (type_, len(data["users"])) == ("user.added", 500)
    assert len(names(world)) == len(read_all(world, "users")) == 500


def test_more_users_than_are_taken_are_refused_whole(world: World) -> None:
    users = [user(f"u{n}") for n in range(KIT_MAX_USERS + 1)]
    assert sync(world, "authSync", userList=users) == "000002"
    assert (names(world), told(world)) == (set(), [])


def test_an_empty_list_is_success(world: World) -> None:
    assert sync(world, "authSync", userList=[]) == "000000"
    assert told(world) == []


def test_users_may_come_before_their_tenant() -> None:
    world = kit_world()
    assert sync(world, "authSync", 0) == "000000"
    assert [type_ for type_, _ in told(world)] == ["user.added"]
    sync(world, "tenantSync", 1)
    assert names(world) == {"li.si"}
