"""sync_tenant: an enterprise comes, changes and goes."""

from __future__ import annotations

import pytest

from tests.support.kit import IDS, kit_world, names, read, read_all, sync, told
from tests.support.memory_state import MemoryState

TENANTS = "/seller/tenants"


@pytest.mark.parametrize("generation", [1, 2])
def test_a_tenant_is_told_and_shown(generation: int) -> None:
    world = kit_world()
    assert sync(world, "tenantSync", generation=generation) == "000000"
    facts = {"order_id": "CS0001", "code": "acme", "name": "示例企业", "domain": "https://acme.example.test"}
    ids = {"tenant_id": "tenant-0001", "instance_id": "inst-0001"}
    assert told(world) == [("tenant.added", {**ids, **facts})]
    status, page = read(world, TENANTS)
    assert status == 200
    assert page == {"tenants": [{**ids, **facts, "applications": [], "events_pending": 0, "events_dead": 0}]}


def test_a_repeat_is_success_and_tells_nothing() -> None:
    world = kit_world()
    for seconds in (0, 0, 5):
        assert sync(world, "tenantSync", seconds) == "000000"
    assert [type_ for type_, _ in told(world)] == ["tenant.added"]


def test_a_modification_of_the_unknown_adds_it() -> None:
    world = kit_world()
    assert sync(world, "tenantSync", flag=2) == "000000"
    assert [type_ for type_, _ in told(world)] == ["tenant.added"]


def test_an_older_call_changes_nothing() -> None:
    world = kit_world()
    sync(world, "tenantSync", 10, name="newer")
    assert sync(world, "tenantSync", 5, name="older") == "000000"
    assert sync(world, "tenantSync", 5, flag=0) == "000000"
    assert read(world, TENANTS)[1]["tenants"][0]["name"] == "newer"


def test_a_removal_disables_applications_users_and_departments() -> None:
    world = kit_world()
    for seconds, name in enumerate(("tenantSync", "applicationSync", "authSync", "allOrgSync")):
        assert sync(world, name, seconds) == "000000"
    told(world)
    assert sync(world, "tenantSync", 10, flag=0) == "000000"
    assert told(world) == [("tenant.removed", IDS_TOLD)]
    assert read(world, TENANTS)[1] == {"tenants": []}
    assert read(world, f"{TENANTS}/tenant-0001/users")[0] == 404
    # The tenant comes back: what was synced before its removal does not.
    sync(world, "tenantSync", 20)
    assert read(world, TENANTS)[1]["tenants"][0]["applications"] == []
    assert read_all(world, "users") == read_all(world, "departments") == []
    sync(world, "authSync", 30)
    assert names(world) == {"li.si"}
    assert [type_ for type_, _ in told(world)] == ["tenant.added", "user.added"]


IDS_TOLD = {"tenant_id": "tenant-0001", "instance_id": "inst-0001"}


def test_removals_never_ask_what_there_is() -> None:
    world = kit_world()
    for seconds in (0, 0, 1):
        assert sync(world, "tenantSync", seconds, flag=0, instanceId="never-seen", orderId=None, name=None) == "000000"
    assert told(world) == []


def test_ids_are_empty_while_a_credential_is_applied_for() -> None:
    world = kit_world()
    assert sync(world, "tenantSync", instanceId="", orderId="") == "000000"
    ((type_, data),) = told(world)
    assert (type_, data["instance_id"], data["order_id"]) == ("tenant.added", "", "")


def test_instances_that_bind_the_same_tenant_are_kept_apart() -> None:
    world = kit_world()
    sync(world, "tenantSync", 0, instanceId="i-1", name="one")
    sync(world, "tenantSync", 1, instanceId="i-2", name="two")
    sync(world, "authSync", 2, instanceId="i-1")
    assert {one["instance_id"] for one in read(world, TENANTS)[1]["tenants"]} == {"i-1", "i-2"}
    assert read_all(world, "users", "&instance_id=i-2") == []
    assert len(read_all(world, "users", "&instance_id=i-1")) == 1
    assert read(world, f"{TENANTS}/{IDS['tenantId']}/users")[1]["instance_id"] == "i-2"
    assert read(world, f"{TENANTS}/{IDS['tenantId']}/users?instance_id=i-3")[0] == 404
    sync(world, "tenantSync", 3, instanceId="i-2", flag=0)
    assert read(world, f"{TENANTS}/{IDS['tenantId']}/users")[1]["instance_id"] == "i-1"


def test_a_change_takes_two_writes() -> None:
    world = kit_world()
    sync(world, "tenantSync")
    assert isinstance(world.state, MemoryState)
    assert len(world.state.all_items()) == 2
