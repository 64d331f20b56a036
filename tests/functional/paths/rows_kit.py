"""The joint kit: five syncs at paths of their own, each in both generations."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from koogallery_simulator.times import kit_time
from tests.functional.paths.callbacks import SpeaksKit, forged, illegal
from tests.functional.paths.rows import Members, Result, Row, Try, both
from tests.functional.paths.rows_saas_v2 import INTERNAL
from tests.functional.paths.running import APP, Running, fresh_id
from tests.support.kit import body, departments, encrypted, user

PART = "Joint kit"
ADD, REMOVE = 1, 0
Given = Callable[[Running], dict[str, Any]]
Shows = Callable[[Running, Members, Result], None]


def sync(running: Running, name: str, members: Members, *, generation: int = 2) -> None:
    """A sync that succeeds, a second after whatever came before."""
    running.clock.advance(1)
    speech = SpeaksKit(generation)
    path = f"/saas/produceAPI/{'v2/' if generation == 2 else ''}{name}"
    answer = running.send(speech.request(running.url(f"POST {path}"), members, running.clock.now()))
    assert speech.read(answer).code == "000000"


def bind(running: Running, **facts: Any) -> dict[str, str]:
    """A tenant of its own: its ids."""
    ids = {"instanceId": fresh_id("inst"), "tenantId": fresh_id("tenant")}
    sync(running, "tenantSync", {**body("tenantSync", timeStamp=None), **ids, **facts})
    return ids


def _of_tenant(name: str, **more: Any) -> Given:
    """A complete body about a tenant that is bound."""

    def given(running: Running) -> dict[str, Any]:
        ids = bind(running) if name != "tenantSync" else {"instanceId": fresh_id("i"), "tenantId": fresh_id("tenant")}
        own = dict(body(name, timeStamp=None, **more))
        if "currentSyncTime" in own:
            own["currentSyncTime"] = kit_time(running.clock.now(), 8)
        return {**own, **ids}

    return given


# ----------------------------------------------------------------------------------------------------- what is seen
def tenant_seen(running: Running, tenant_id: str) -> dict[str, Any] | None:
    """The tenant as the seller's product sees it."""
    after = ""
    while True:
        status, page = running.seller("GET", f"/seller/tenants?after={after}")
        assert status == 200, page
        for tenant in page["tenants"]:
            if tenant["tenant_id"] == tenant_id:
                return dict(tenant)
        if "after" not in page:
            return None
        after = page["after"]


def directory_seen(running: Running, members: Members, result: Result) -> object:
    """Tenant with its pending events, users, departments."""
    del result
    tenant_id = members["tenantId"]
    pages = [running.seller("GET", f"/seller/tenants/{tenant_id}/{kind}") for kind in ("users", "departments")]
    return tenant_seen(running, tenant_id), pages


def _tenant_is_there(running: Running, members: Members, result: Result) -> None:
    del result
    tenant = tenant_seen(running, members["tenantId"])
    assert tenant is not None
    assert (tenant["name"], tenant["domain"]) == (members["name"], members["domainName"])


def _application_is_there(running: Running, members: Members, result: Result) -> None:
    del result
    tenant = tenant_seen(running, members["tenantId"])
    assert tenant is not None
    assert tenant["applications"] == [{"app_id": members["appId"], "client_id": members["clientId"]}]


def _lists(kind: str, member: str, *expected: str) -> Shows:
    def shows(running: Running, members: Members, result: Result) -> None:
        del result
        status, page = running.seller("GET", f"/seller/tenants/{members['tenantId']}/{kind}")
        assert status == 200, page
        assert sorted(one[member] for one in page[kind]) == sorted(expected)

    return shows


# -------------------------------------------------------------------------------------------------------- meanwhile
def _removed(name: str) -> Shows:
    def meanwhile(running: Running, members: Members, result: Result) -> None:
        del result
        running.clock.advance(1)
        later = {"currentSyncTime": kit_time(running.clock.now(), 8)} if "currentSyncTime" in members else {}
        sync(running, name, {**members, "flag": REMOVE, **later})

    return meanwhile


def _other_departments(running: Running, members: Members, result: Result) -> None:
    del result
    sync(running, "allOrgSync", {**members, "orgInfoList": departments(2, first=50)})


def _undecryptable(running: Running, row: Row) -> Iterator[Try]:
    for label, secret in (("in the clear", "secret-in-the-clear"), ("of another key", "QUJD" * 128)):
        yield Try(f"clientSecret {label}", row.request(running, {**row.given(running), "clientSecret": secret}))


_TENANT = ("tenantId", "flag")
_SYNCS: list[dict[str, Any]] = [
    {
        "name": "tenantSync",
        "given": _of_tenant("tenantSync"),
        "illegal": illegal(
            *_TENANT,
            "tenantCode",
            "name",
            "domainName",
            lengths={"tenantId": 64, "instanceId": 64, "tenantCode": 64, "name": 255, "domainName": 255},
            flag="9",
            timeStamp="yesterday",
        ),
        "shows": _tenant_is_there,
        "meanwhile": _removed("tenantSync"),
    },
    {
        "name": "applicationSync",
        "given": _of_tenant("applicationSync", appId=APP),
        "illegal": both(
            illegal(
                *_TENANT,
                "appId",
                "clientId",
                "clientSecret",
                lengths={"tenantId": 64, "appId": 64, "clientId": 64},
                flag="9",
                timeStamp="yesterday",
            ),
            _undecryptable,
        ),
        "shows": _application_is_there,
        "meanwhile": _removed("applicationSync"),
    },
    {
        "name": "authSync",
        "given": _of_tenant("authSync", userList=[user("li.si"), user("zhang.san")]),
        "illegal": illegal(
            *_TENANT,
            "appId",
            "userList",
            lengths={"tenantId": 64, "appId": 64},
            flag="9",
            timeStamp="yesterday",
            currentSyncTime="yesterday",
        ),
        "shows": _lists("users", "user_name", "li.si", "zhang.san"),
        "meanwhile": _removed("authSync"),
    },
    {
        "name": "singleOrgSync",
        "given": _of_tenant("singleOrgSync", orgCode="00000007"),
        "illegal": illegal(
            *_TENANT,
            "orgCode",
            "orgName",
            lengths={"tenantId": 64, "orgCode": 64, "orgName": 128, "parentCode": 64},
            flag="9",
            timeStamp="yesterday",
        ),
        "shows": _lists("departments", "org_code", "00000007"),
        "meanwhile": _removed("singleOrgSync"),
    },
    {
        "name": "allOrgSync",
        "given": _of_tenant("allOrgSync"),
        "illegal": illegal(
            "tenantId", "orgInfoList", lengths={"tenantId": 64}, timeStamp="yesterday", orgInfoList="no list"
        ),
        "shows": _lists("departments", "org_code", "00000000", "00000001", "00000002"),
        "meanwhile": _other_departments,
    },
]


def _row(generation: int, told: dict[str, Any]) -> Row:
    path = "/produceAPI/v2/" if generation == 2 else "/produceAPI/"
    return Row(
        f"kit-{generation}.0",
        PART,
        told["name"],
        (f"POST /saas{path}{told['name']}", f"POST {path}{told['name']}"),
        SpeaksKit(generation),
        told["given"],
        troubles={"000001": forged, "000002": told["illegal"], "000005": INTERNAL},
        view=directory_seen,
        shows=told["shows"],
        meanwhile=told["meanwhile"],
    )


def sign_in_ready(running: Running, account: str = "user.two") -> dict[str, str]:
    """A tenant whose users can sign in: bound to the auth centre, with its application and one user."""
    ids = bind(running, domainName=running.centre.base)
    secret = encrypted(running.centre.client_secret)
    client = {"appId": APP, "clientId": running.centre.client_id, "clientSecret": secret}
    sync(running, "applicationSync", {**body("applicationSync", timeStamp=None, **client), **ids})
    authorize(running, ids, account)
    return ids


def authorize(running: Running, ids: Members, account: str, **members: object) -> None:
    """authSync of one user; ``enable`` and ``flag`` may differ."""
    flag = members.pop("flag", ADD)
    running.clock.advance(1)
    own = {"userList": [user(account, **members)], "currentSyncTime": kit_time(running.clock.now(), 8), "flag": flag}
    sync(running, "authSync", {**body("authSync", timeStamp=None, appId=APP), **own, **ids})


ROWS = [_row(generation, told) for generation in (2, 1) for told in _SYNCS]
