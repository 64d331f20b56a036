"""SaaS 1.0 through the local gateway: every activity at both addresses, the raw query string as it is on the wire."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from koogallery.clock import SystemClock
from koogallery_simulator.dialects.base import OutgoingRequest
from koogallery_simulator.v1_signatures import body_sign_problem
from tests.functional.local_cloud.test_kit_paths import answers
from tests.support.saas_v1 import V1_KEY, V1World, opened_app_info, order, query_of
from tests.support.world import ACCESS, API_KEY

INSTANCE = "11111111-2222-4333-8444-555555555555"


class Calls:
    """Requests in the order they are to be sent, each signed a millisecond after the one before."""

    def __init__(self, root: str, state: Path) -> None:
        self.world = V1World(STATE_URL=f"sqlite:///{state}")
        self.world.clock.travel(SystemClock().now())
        self.root, self.requests = root, list[OutgoingRequest]()

    def add(self, activity: str, *, safe: str = "", extra: str = "", **parameters: str) -> None:
        """One call of 1.0."""
        self.world.clock.advance(0.001)
        query = query_of(self.world.signed(activity, **parameters), safe=safe) + extra
        self.requests.append(OutgoingRequest("GET", f"https://seller.example{self.root}?{query}", {}, b""))

    def seller(self, method: str, path: str, body: object = None) -> None:
        """One call of the seller's product."""
        headers = {"Authorization": f"Bearer {API_KEY}", "Content-Type": "application/json"}
        content = b"" if body is None else json.dumps(body).encode()
        self.requests.append(OutgoingRequest(method, f"https://seller.example/seller/{path}", headers, content))


@pytest.mark.parametrize("root", ["/saas", "/"])
def test_a_whole_life_of_1_0_behind_the_gateway(root: str, tmp_path: Path) -> None:
    calls = Calls(root, tmp_path / "state.db")
    about = {"instanceId": INSTANCE}
    upgrade = {**about, "skuCode": "sku-2", "productId": "p-2"}
    calls.add("newInstance", **order(businessId=INSTANCE, customerName="两 words+1"))
    calls.add("queryInstance", **about)
    calls.seller("PUT", f"instances/{INSTANCE}/access", ACCESS)
    calls.add("newInstance", safe="+/=", **order())
    calls.add("queryInstance", instanceId=f"{INSTANCE},unknown")
    calls.add("refreshInstance", orderId="CS-RE-1", expireTime="20991121100500", **about)
    calls.add("upgrade", orderId="CS-UP-1", **upgrade)
    calls.add("upgradeInstance", orderId="CS-UP-2", **upgrade)
    calls.add("expireInstance", **about)
    calls.add("instanceStatus", instanceStatus="NORMAL", **about)
    calls.add("instanceStatus", instanceStatus="FREEZE", **about)
    calls.seller("GET", f"instances/{INSTANCE}")
    calls.add("releaseInstance", **about)
    calls.add("releaseInstance", extra="&instanceId=another&note=", **about)
    calls.seller("GET", f"instances/{INSTANCE}")
    replies = answers(calls.world.settings, calls.requests)
    codes = []
    for request, reply in zip(calls.requests, replies, strict=True):
        assert reply.status_code == 200, reply.text
        if "/seller/" not in request.url[len("https://seller.example") :][:8]:
            assert body_sign_problem(reply.headers["Body-Sign"], V1_KEY, reply.content) is None
            codes.append(reply.json()["resultCode"])
    assert codes == ["000004", "000004", *["000000"] * 10]
    assert replies[3].json()["instanceId"] == INSTANCE
    for app_info in (replies[3].json()["appInfo"], replies[4].json()["info"][0]["appInfo"]):
        assert opened_app_info(app_info, "1")["password"] == ACCESS["password"]
    frozen, released = replies[11].json(), replies[14].json()
    assert (frozen["status"], released["status"]) == ("frozen", "released")


@pytest.mark.parametrize("root", ["/saas", "/"])
def test_bad_calls_of_1_0_are_answered_and_signed_behind_the_gateway(root: str, tmp_path: Path) -> None:
    calls = Calls(root, tmp_path / "state.db")
    calls.add("doSomething")
    calls.add("newInstance", **order(orderId="x" * 65))
    calls.add("queryInstance", extra="x", instanceId=INSTANCE)
    calls.add("upgrade", instanceId=INSTANCE, orderId="CS-UP-1", skuCode="sku-2", productId="00301-2--0")
    calls.add("newInstance", extra="&activity=newInstance&orderId=another", **order())
    replies = answers(calls.world.settings, calls.requests)
    assert [reply.json()["resultCode"] for reply in replies] == ["000002", "000002", "000001", "000003", "000004"]
    for reply in replies:
        assert (reply.status_code, reply.headers["content-type"]) == (200, "application/json")
        assert body_sign_problem(reply.headers["Body-Sign"], V1_KEY, reply.content) is None


def test_without_a_state_a_call_is_a_signed_internal_error(tmp_path: Path) -> None:
    calls = Calls("/saas", tmp_path / "state.db")
    calls.add("newInstance", **order())
    settings = {name: text for name, text in calls.world.settings.items() if name != "STATE_URL"}
    (reply,) = answers(settings, calls.requests)
    assert reply.json()["resultCode"] == "000005"
    assert body_sign_problem(reply.headers["Body-Sign"], V1_KEY, reply.content) is None
