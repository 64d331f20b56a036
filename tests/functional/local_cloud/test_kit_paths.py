"""The joint kit through the local gateway: every path, both generations, as the marketplace would call it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path

import httpx
import pytest

from bundle_template.reading import read_template
from koogallery.clock import SystemClock
from koogallery_signing import body_sign
from koogallery_simulator.dialects.base import OutgoingRequest
from local_cloud.dev import application
from local_cloud.functions import Functions
from local_cloud.workers import Workers
from tests.support.kit import FUNCTIONS, V1_KEY, body, departments, kit_world, request
from tests.support.world import API_KEY


def answers(settings: Mapping[str, str], calls: list[OutgoingRequest]) -> list[httpx.Response]:
    """What the gateway of the whole bundle answers, call after call."""
    bundle, workers = read_template(), Workers(4)
    app = application(bundle, Functions(bundle, settings), workers, timers=False)

    async def run() -> list[httpx.Response]:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8700") as client:
            return [
                await client.request(
                    call.method, httpx.URL(call.url).raw_path.decode(), content=call.body, headers=dict(call.headers)
                )
                for call in calls
            ]

    found = asyncio.run(run())
    assert workers.close(5)
    return found


@pytest.mark.parametrize("root", ["/saas", ""], ids=["with a path", "bare"])
@pytest.mark.parametrize("generation", [1, 2])
def test_the_kit_works_behind_the_gateway(root: str, generation: int, tmp_path: Path) -> None:
    world = kit_world(STATE_URL=f"sqlite:///{tmp_path}/state.db")
    world.clock.travel(SystemClock().now())
    members = {"allOrgSync": {"orgInfoList": departments(2000)}}
    calls = [
        request(world, name, body(name, **members.get(name, {})), generation=generation, root=root)
        for name in FUNCTIONS
    ]
    key = {"Authorization": f"Bearer {API_KEY}"}
    reads = ["/seller/tenants", "/seller/tenants/tenant-0001/users", "/seller/tenants/tenant-0001/departments"]
    calls += [OutgoingRequest("GET", f"https://seller.example{path}", key, b"") for path in reads]
    *syncs, tenants, users, orgs = answers(world.settings, calls)
    for reply in syncs:
        assert reply.status_code == 200
        assert reply.headers["content-type"] == "application/json"
        assert json.loads(reply.content) == {"resultCode": "000000", "resultMsg": "success"}
        if generation == 1:
            body_sign.verify(key=V1_KEY, body=reply.content, header_value=reply.headers["Body-Sign"])
    assert [one["app_id"] for one in tenants.json()["tenants"][0]["applications"]] == ["app-0001"]
    assert [one["user_name"] for one in users.json()["users"]] == ["li.si"]
    assert len(orgs.json()["departments"]) == 200
