"""Activate, query and software usage of authorization codes: one documented code for every state."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, cast

import pytest

from koogallery_simulator import Marketplace, Request, SimulatedClock
from koogallery_simulator.license_endpoints import ROOT
from tests.unit.simulator.tools import marketplace, read, signed_headers

ACTIVATE, HEARTBEAT, USAGE = "v1/license/activate", "v1/license/heartbeat", "v2/license/software-usage-info"


class Desk:
    """A marketplace with one code, and signed calls to it."""

    def __init__(self, *, received: bool = True) -> None:
        self.market: Marketplace
        self.clock: SimulatedClock
        self.market, self.clock = marketplace()
        line = self.market.sell("license-b").lines[0]
        self.code = self.market.make_license_code(line, received=received)

    def raw(self, interface: str, body: bytes, content_type: str = "application/json") -> tuple[int, str, Any]:
        plain = Request("POST", f"{ROOT}/{interface}", (), {"content-type": content_type}, body)
        headers = signed_headers(plain, self.market.clock.now())
        status, document = read(self.market.handle(Request("POST", plain.path, (), headers, body)))
        return status, str(document["error_code"]), document.get("data")

    def call(self, interface: str, **members: object) -> tuple[int, str, Any]:
        return self.raw(interface, json.dumps(members).encode())

    def activate(self) -> str:
        return self.call(ACTIVATE, license=self.code.code)[1]

    def rules(self) -> set[str]:
        return self.market.violations.rules()


def test_activation_tells_what_was_bought() -> None:
    desk = Desk()
    status, code, data = desk.call(ACTIVATE, license=desk.code.code, real_effect_time="20260115100000")
    assert (status, code) == (200, "92020000")
    info = json.loads(data["license_code_info"])
    assert (info["status"], info["expire_time"], info["amount"]) == ("ALIVE", "20270115100000", 1)
    assert (info["order_id"], info["product_id"]) == (desk.code.line.order_id, desk.code.line.product.product_id)
    assert desk.rules() == set()


def test_activation_by_the_state_of_the_code() -> None:
    desk = Desk()
    assert desk.call(ACTIVATE, license="PLUNKNOWN")[1] == "92020005"
    assert desk.activate() == "92020000"
    assert desk.activate() == "92020003"
    assert Desk(received=False).activate() == "92020004"
    for change in ("released", "frozen"):
        ended = Desk()
        setattr(ended.code, change, True)
        assert ended.activate() == "92020003"
    assert desk.rules() == set()


@pytest.mark.parametrize(
    ("members", "rule"),
    [
        ({}, "license-code"),
        ({"license": ""}, "license-code"),
        ({"license": "x" * 65}, "license-code"),
        ({"license": 7}, "license-code"),
        ({"license": "?", "real_effect_time": "20260115095959"}, "license-effect-time"),
        ({"license": "?", "real_effect_time": "2026-01-15"}, "license-effect-time"),
    ],
)
def test_wrong_parameter_of_activate(members: dict[str, object], rule: str) -> None:
    desk = Desk()
    if members.get("license") == "?":
        members = {**members, "license": desk.code.code}
    assert desk.call(ACTIVATE, **members)[1] == "92020002"
    assert desk.rules() == {rule}


def test_member_nobody_knows_is_a_violation_and_nothing_else() -> None:
    desk = Desk()
    assert desk.call(ACTIVATE, license=desk.code.code, licence="x")[1] == "92020000"
    assert desk.rules() == {"license-members"}


@pytest.mark.parametrize(
    ("body", "content_type", "expected"),
    [
        (b"{", "application/json", (400, "95000004")),
        (b"[]", "application/json", (400, "95000001")),
        (b"{}", "text/plain", (415, "95000003")),
    ],
)
@pytest.mark.parametrize("interface", [ACTIVATE, HEARTBEAT, USAGE])
def test_bodies_that_are_none(interface: str, body: bytes, content_type: str, expected: tuple[int, str]) -> None:
    assert Desk().raw(interface, body, content_type)[:2] == expected


@pytest.mark.parametrize("interface", [ACTIVATE, HEARTBEAT, USAGE])
def test_unsigned_call_is_turned_away_by_the_gateway(interface: str) -> None:
    desk = Desk()
    request = Request("POST", f"{ROOT}/{interface}", (), {"content-type": "application/json"}, b"{}")
    status, document = read(desk.market.handle(request))
    assert (status, document["error_code"]) == (401, "APIGW.0301")


def test_query_by_the_state_of_the_code() -> None:
    desk = Desk()
    assert desk.call(HEARTBEAT, license="PLUNKNOWN")[1] == "92020005"
    assert desk.call(HEARTBEAT, license=desk.code.code)[1] == "92020011"
    desk.activate()
    _, code, data = desk.call(HEARTBEAT, license=desk.code.code)
    assert (code, data["license_code"], data["status"]) == ("92020000", desk.code.code, "ALIVE")
    assert data["activate_time"] == "20260115100000"
    desk.code.frozen = True
    assert desk.call(HEARTBEAT, license=desk.code.code)[2]["status"] == "EXPIRED"
    desk.code.released = True
    assert desk.call(HEARTBEAT, license=desk.code.code)[2]["status"] == "RELEASED"
    assert desk.rules() == set()


def test_old_member_of_the_query_is_still_taken() -> None:
    desk = Desk()
    desk.activate()
    info: dict[str, object] = {"thirdPartyAccount": "account-1", "ip": "192.0.2.51"}
    assert desk.call(HEARTBEAT, license=desk.code.code, heartbeatInfo=info)[1] == "92020000"
    assert desk.call(HEARTBEAT, license=desk.code.code, heartbeatInfo={"ip": "192.0.2.51"})[1] == "92020002"
    assert desk.rules() == {"license-heartbeat-info"}


def usage(code: str, *items: Mapping[str, object]) -> dict[str, object]:
    return {"license": code, "software_usage_Info": list(items)}


def test_usage_is_told_by_ids_or_by_numbers() -> None:
    desk = Desk()
    desk.activate()
    text = desk.code.code
    assert desk.call(USAGE, usage_info=[usage(text, {"id": "a"}, {"id": "b"})])[1] == "92020000"
    assert desk.call(USAGE, usage_info=[usage(text, {"active_num": 7})])[1] == "92020000"
    assert desk.code.users == 9
    assert desk.rules() == set()


def test_failing_codes_of_a_usage_call_are_listed() -> None:
    desk = Desk()
    desk.activate()
    entries = [usage(desk.code.code, {"id": "a"}), usage("PLUNKNOWN", {"id": "a"})]
    status, code, data = desk.call(USAGE, usage_info=entries)
    assert (status, code) == (200, "92020020")
    assert [one["license"] for one in cast("list[dict[str, str]]", data["check_fail_list"])] == ["PLUNKNOWN"]
    assert desk.code.users == 0


@pytest.mark.parametrize(
    "entries",
    [
        None,
        [],
        ["x"],
        [usage("?")],
        [usage("?", {"id": "a"}, {"active_num": 1})],
        [usage("?", {"id": "a"}), usage("?", {"active_num": 1})],
        [usage("?", {"id": "a", "active_num": 1})],
        [usage("?", {"active_num": -1})],
        [usage("?", {"active_num": True})],
        [usage("?", {"active_num": 10**9})],
        [usage("?", {"id": ""})],
        [usage("?", {"id": "a"})] * 101,
        [usage("?", *({"id": str(number)} for number in range(101)))],
    ],
)
def test_usage_of_another_form_is_refused(entries: object) -> None:
    desk = Desk()
    assert desk.call(USAGE, usage_info=entries)[1] == "92020002"
    assert desk.rules() == {"license-usage"}
