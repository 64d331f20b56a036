"""seller_tenants: the directory in pages, for the seller's product alone."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest

from local_cloud.reply import read_reply
from tests.support.kit import CLIENT_SECRET, bind, departments, kit_world, names, read, read_all, sync, user
from tests.support.world import World, seller_event

PATHS = ("/seller/tenants", "/seller/tenants/tenant-0001/users", "/seller/tenants/tenant-0001/departments")


@pytest.fixture
def world() -> World:
    world = kit_world()
    bind(world)
    return world


@pytest.mark.parametrize("path", PATHS)
def test_only_the_sellers_product_may_read(world: World, path: str) -> None:
    for key in ("", "wrong"):
        reply = read_reply(world.call("seller_tenants", seller_event("GET", path, key=key)))
        assert reply.status == 401
        assert reply.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("kind", ["users", "departments"])
def test_every_one_comes_once_page_by_page(world: World, kind: str) -> None:
    sync(world, "authSync", userList=[user(f"u{n}") for n in range(450)])
    sync(world, "allOrgSync", orgInfoList=departments(450))
    status, page = read(world, f"/seller/tenants/tenant-0001/{kind}")
    assert (status, len(page[kind])) == (200, 200)
    found = [one["user_name" if kind == "users" else "org_code"] for one in read_all(world, kind)]
    assert len(found) == len(set(found)) == 450


def test_a_page_that_ends_with_the_last_one_names_no_further_page(world: World) -> None:
    sync(world, "authSync", userList=[user(f"u{n}") for n in range(200)])
    _, page = read(world, "/seller/tenants/tenant-0001/users")
    assert (len(page["users"]), "after" in page) == (200, False)


def test_the_cursor_shows_nobodys_name(world: World) -> None:
    sync(world, "authSync", userList=[user(f"u{n}") for n in range(201)])
    _, page = read(world, "/seller/tenants/tenant-0001/users")
    assert not any(one["user_name"] in page["after"] for one in page["users"] if len(one["user_name"]) > 3)


def test_pages_hold_while_users_come_and_go(world: World) -> None:
    sync(world, "authSync", 0, userList=[user(f"u{n}") for n in range(300)])
    _, page = read(world, "/seller/tenants/tenant-0001/users")
    seen = {one["user_name"] for one in page["users"]}
    sync(world, "authSync", 1, flag=0, userList=[{"userName": name} for name in list(seen)[:100]])
    sync(world, "authSync", 2, userList=[user(f"new{n}") for n in range(50)])
    _, rest = read(world, f"/seller/tenants/tenant-0001/users?after={page['after']}")
    unseen = {f"u{n}" for n in range(300)} - seen
    assert unseen <= {one["user_name"] for one in rest["users"]}
    assert not seen & {one["user_name"] for one in rest["users"]}


def test_tenants_come_page_by_page_without_the_removed_ones(world: World) -> None:
    for n in range(230):
        sync(world, "tenantSync", tenantId=f"t-{n}")
    sync(world, "tenantSync", 1, tenantId="t-7", flag=0)
    found: list[str] = []
    after = ""
    for _ in range(10):
        _, page = read(world, f"/seller/tenants?after={after}")
        found += [one["tenant_id"] for one in page["tenants"]]
        after = page.get("after", "")
        if not after:
            break
    assert sorted(found) == sorted({"tenant-0001", *(f"t-{n}" for n in range(230))} - {"t-7"})


def test_no_secret_is_shown(world: World) -> None:
    sync(world, "applicationSync")
    _, page = read(world, "/seller/tenants")
    assert "secret" not in json.dumps(page).lower()
    assert CLIENT_SECRET not in json.dumps(page)


@pytest.mark.parametrize("after", ["x", "99.abc", "05", "05.XYZ", "-1.a", "05." + "a" * 65])
def test_a_made_up_cursor_is_refused(world: World, after: str) -> None:
    for kind in ("users", "departments"):
        status, problem = read(world, f"/seller/tenants/tenant-0001/{kind}?after={after}")
        assert (status, problem["code"]) == (400, "malformed_request")


@pytest.mark.parametrize("after", ["x", "16.a", "٣.a", "1." + "a" * 1001, "1." + "中" * 400])
def test_a_made_up_cursor_of_the_tenants_is_refused(world: World, after: str) -> None:
    assert read(world, f"/seller/tenants?after={after}")[0] == 400


def test_an_unknown_tenant_is_not_found(world: World) -> None:
    for unknown in ("unknown", "x" * 2000):
        status, problem = read(world, f"/seller/tenants/{unknown}/users")
        assert (status, problem["code"]) == (404, "not_found")


def test_the_tenants_whose_ids_begin_alike_are_kept_apart(world: World) -> None:
    for n, tenant_id in enumerate(("tenant-0001.x", "tenant-00010", "tenant-000")):
        sync(world, "tenantSync", n, tenantId=tenant_id)
        sync(world, "authSync", n, tenantId=tenant_id, userList=[user(f"of-{n}")])
    sync(world, "authSync", 9)
    assert names(world) == {"li.si"}


@pytest.mark.parametrize("tenant_id", ["企业 1", "100%41", "a?b#c"])
def test_a_tenant_is_found_whether_the_gateway_decodes_its_id_or_not(world: World, tenant_id: str) -> None:
    sync(world, "tenantSync", tenantId=tenant_id)
    for given in (tenant_id, quote(tenant_id, safe="")):
        event = seller_event("GET", "/seller/tenants/x/users")
        event["pathParameters"] = {"tenant_id": given}
        reply = read_reply(world.call("seller_tenants", event))
        assert json.loads(reply.body)["tenant_id"] == tenant_id
