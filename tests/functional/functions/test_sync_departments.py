"""sync_department and sync_departments: the organisation of an enterprise, piece by piece and whole."""

from __future__ import annotations

import json

import pytest

from tests.support.kit import bind, codes, departments, kit_world, read_all, request, send, sync, told
from tests.support.world import World


@pytest.fixture
def world() -> World:
    world = kit_world()
    bind(world)
    return world


def types(world: World) -> list[str]:
    return [type_ for type_, _ in told(world)]


@pytest.mark.parametrize("generation", [1, 2])
def test_a_department_is_told_and_shown(world: World, generation: int) -> None:
    assert sync(world, "singleOrgSync", generation=generation, parentCode=None) == "000000"
    ((type_, data),) = told(world)
    department = {"org_code": "00000001", "org_name": "产品部", "parent_code": ""}
    ids = {"tenant_id": "tenant-0001", "instance_id": "inst-0001", "synced_at": "2026-11-21T10:05:00Z"}
    assert (type_, data) == ("department.added", {**ids, **department})
    assert read_all(world, "departments") == [department]


def test_a_department_is_renamed_moved_and_removed(world: World) -> None:
    sync(world, "singleOrgSync", 0)
    sync(world, "singleOrgSync", 1, flag=2, orgName="renamed")
    sync(world, "singleOrgSync", 2, flag=2, orgName="renamed", parentCode="00000009")
    sync(world, "singleOrgSync", 3, flag=2, orgName="renamed", parentCode="00000009")
    assert read_all(world, "departments")[0]["parent_code"] == "00000009"
    for seconds in (4, 4, 5):
        assert sync(world, "singleOrgSync", seconds, flag=0, orgName=None) == "000000"
    assert types(world) == [f"department.{how}" for how in ("added", "modified", "modified", "removed")]
    assert codes(world) == set()


def test_an_older_department_is_ignored(world: World) -> None:
    sync(world, "singleOrgSync", 5, flag=0)
    assert sync(world, "singleOrgSync", 3) == "000000"
    assert (codes(world), types(world)) == (set(), [])


@pytest.mark.parametrize("generation", [1, 2])
def test_a_full_sync_replaces_the_set(world: World, generation: int) -> None:
    sync(world, "singleOrgSync", 0, orgCode="99999999")
    told(world)
    assert sync(world, "allOrgSync", 1, generation=generation, orgInfoList=departments(3)) == "000000"
    ((type_, data),) = told(world)
    assert type_ == "department.replaced"
    assert {name: data[name] for name in ("added", "modified", "removed", "total")} == {
        "added": 3,
        "modified": 0,
        "removed": 1,
        "total": 3,
    }
    assert codes(world) == {"00000000", "00000001", "00000002"}


def test_a_repeated_full_sync_tells_nothing(world: World) -> None:
    for seconds in (0, 0, 5):
        assert sync(world, "allOrgSync", seconds) == "000000"
    assert types(world) == ["department.replaced"]


def test_a_removal_by_a_full_sync_is_reversible(world: World) -> None:
    sync(world, "allOrgSync", 0, orgInfoList=departments(3))
    sync(world, "allOrgSync", 1, orgInfoList="[]")
    assert codes(world) == set()
    sync(world, "allOrgSync", 2, orgInfoList=departments(3))
    assert len(codes(world)) == 3
    counts = [(data["added"], data["removed"], data["total"]) for _, data in told(world)]
    assert counts == [(3, 0, 3), (0, 3, 0), (3, 0, 3)]


def test_what_is_newer_than_a_full_sync_stays(world: World) -> None:
    sync(world, "singleOrgSync", 5, orgCode="99999999")
    sync(world, "allOrgSync", 3, orgInfoList=departments(1))
    assert codes(world) == {"99999999", "00000000"}


def test_what_is_older_than_a_full_sync_does_not_come_back(world: World) -> None:
    sync(world, "allOrgSync", 5, orgInfoList=departments(1))
    told(world)
    assert sync(world, "singleOrgSync", 3, orgCode="99999999") == "000000"
    assert sync(world, "allOrgSync", 4, orgInfoList=departments(9)) == "000000"
    assert (codes(world), types(world)) == ({"00000000"}, [])


def test_another_instance_of_the_tenant_is_not_touched(world: World) -> None:
    sync(world, "allOrgSync", 0, orgInfoList=departments(2))
    sync(world, "tenantSync", 1, instanceId="other")
    sync(world, "allOrgSync", 2, instanceId="other", orgInfoList=[])
    assert len(read_all(world, "departments", "&instance_id=inst-0001")) == 2
    assert read_all(world, "departments", "&instance_id=other") == []


def test_the_printed_form_with_bare_names_is_read(world: World) -> None:
    text = '[{orgCode:"1",orgName:"根",parentCode:""},{orgCode:"2",orgName:"x",parentCode:"missing"}]'
    assert sync(world, "allOrgSync", orgInfoList=text, flag=1) == "000000"
    assert codes(world) == {"1", "2"}


def test_10000_departments_within_one_answer(world: World) -> None:
    assert sync(world, "allOrgSync", orgInfoList=departments(10_000)) == "000000"
    ((_, data),) = told(world)
    assert (data["added"], data["total"]) == (10_000, 10_000)
    assert len(codes(world)) == len(read_all(world, "departments")) == 10_000


def test_a_body_of_more_than_one_megabyte_is_read_and_of_more_than_four_refused(world: World) -> None:
    padded = [{**one, "orgName": "x" * 100} for one in departments(10_000)]
    outgoing = request(world, "allOrgSync", {**json_body(), "orgInfoList": padded})
    assert len(outgoing.body) > 1_048_576
    assert json.loads(send(world, outgoing).body)["resultCode"] == "000000"
    outgoing = request(world, "allOrgSync", b'{"x":"' + b"x" * 4 * 1024 * 1024 + b'"}')
    assert json.loads(send(world, outgoing).body)["resultCode"] == "000002"


def json_body() -> dict[str, object]:
    return {"instanceId": "inst-0001", "tenantId": "tenant-0001", "testFlag": 0, "timeStamp": "20261121180501000"}
