"""/seller/licenses/activate, /heartbeat and /usage: the marketplace's calls and codes behind them."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest

from koogallery.state import State
from tests.support.dying_state import ProcessDied
from tests.support.licences import LOST, UNREACHABLE, LicenseWorld
from tests.support.mortal import Life

CODE = "PLTEST0001"
BASE = "/api/mkp-openapi-public/global"
INFO = {"status": "ALIVE", "expire_time": "20300101000000", "product_id": "12345", "amount": 2, "order_id": "CS1"}
ACTIVATED = {"error_code": "92020000", "error_msg": "success", "data": {"license_code_info": json.dumps(INFO)}}
STATE = {"license_code": CODE, "activate_time": "20260101000000", **INFO}
QUERIED = {"error_code": "92020000", "error_msg": "success", "data": STATE}
REPORTED = {"error_code": "92020000", "error_msg": "success"}
TWICE = (200, {"error_code": "92020003", "error_msg": "illegal state"})
UNKNOWN = (200, {"error_code": "92020005", "error_msg": "no such code"})
RETRYABLE = [
    UNREACHABLE,
    LOST,
    (200, {"error_code": "92020001"}),
    (500, {"error_code": "92020001"}),
    (429, {"error_code": "APIGW.0308"}),
    (406, {"error_code": "MKT.0250"}),
    (504, {"error_code": "APIGW.0201"}),
    (502, {}),
    (200, ["no object"]),
    (200, {"error_code": "77777777"}),
]
FINAL = [
    ("92020002", 400, "invalid_parameter"),
    ("92020004", 409, "not_received_yet"),
    ("92020005", 404, "unknown_license"),
    ("92020011", 409, "not_activated"),
    ("92020020", 400, "invalid_license_in_list"),
    ("95000001", 400, "invalid_parameter"),
    ("95000002", 502, "marketplace_refused"),
    ("95000003", 502, "marketplace_refused"),
    ("95000004", 502, "marketplace_refused"),
]


@pytest.fixture
def world() -> LicenseWorld:
    world = LicenseWorld()
    world.ends.success = ACTIVATED
    return world


def activate(world: LicenseWorld, **more: Any) -> tuple[int, Any]:
    return world.licences("POST", "activate", {"license": CODE, **more})


def heartbeat(world: LicenseWorld) -> tuple[int, Any]:
    return world.licences("POST", "heartbeat", {"license": CODE})


# -------------------------------------------------------------------------------------------------------- activate
def test_a_code_is_activated(world: LicenseWorld) -> None:
    status, answer = activate(world, real_effect_time="2026-11-21T10:00:00Z")
    assert status == 200
    assert answer == {
        "license": CODE,
        "already_activated": False,
        "status": "ALIVE",
        "expire_time": "2030-01-01T00:00:00Z",
        "product_id": "12345",
        "order_id": "CS1",
        "amount": 2,
        "data": INFO,
    }
    (taken,) = world.ends.taken
    assert taken.path == f"{BASE}/v1/license/activate"
    assert taken.json() == {"license": CODE, "real_effect_time": "20261121100000"}


def test_the_time_of_delivery_may_be_left_out_or_have_the_marketplaces_form(world: LicenseWorld) -> None:
    activate(world)
    activate(world, real_effect_time="20261121100000")
    assert [one.json() for one in world.ends.taken] == [
        {"license": CODE},
        {"license": CODE, "real_effect_time": "20261121100000"},
    ]


def test_a_repetition_of_our_own_activation_is_done_already(world: LicenseWorld) -> None:
    first = activate(world)[1]
    world.ends.script = [TWICE]
    status, again = activate(world)
    assert (status, again) == (200, {**first, "already_activated": True})


def test_an_activation_whose_answer_was_lost_is_done_already(world: LicenseWorld) -> None:
    world.ends.script = [LOST, TWICE]
    assert activate(world)[0] == 503
    status, answer = activate(world)
    assert (status, answer) == (200, {"license": CODE, "already_activated": True})


def test_an_activation_by_somebody_else_is_a_problem_and_stays_one(world: LicenseWorld) -> None:
    world.ends.script = [TWICE, TWICE]
    for _ in range(2):
        status, problem = activate(world)
        assert (status, problem["code"]) == (409, "already_activated")


@pytest.mark.parametrize("known_fate", [(406, {"error_code": "MKT.0250"}), UNREACHABLE, UNKNOWN])
def test_an_attempt_that_never_arrived_is_no_activation_of_ours(world: LicenseWorld, known_fate: Any) -> None:
    world.ends.script = [known_fate, TWICE]
    activate(world)
    assert activate(world)[1]["code"] == "already_activated"


def test_a_code_nobody_knows_leaves_nothing_behind(world: LicenseWorld) -> None:
    world.ends.script = [UNKNOWN]
    assert activate(world)[1]["code"] == "unknown_license"
    assert not world.everything_stored()


def test_a_run_that_dies_is_repaired_by_the_repetition(sqlite_state: State) -> None:
    def story(code: str, life: Life) -> None:
        world = LicenseWorld(sqlite_state)
        world.ends.success = ACTIVATED
        with suppress(ProcessDied):
            world.licences("POST", "activate", {"license": code}, life=life)
        world.ends.script = [TWICE] if world.ends.taken else []
        status, answer = world.licences("POST", "activate", {"license": code})
        assert (status, answer["already_activated"]) == (200, bool(len(world.ends.taken) == 2))

    whole = Life()
    story("whole", whole)
    for number in range(1, whole.calls + 1):
        for before in (False, True):
            story(f"code-{number}-{before}", Life(number, before=before))


# ------------------------------------------------------------------------------------------------------- heartbeat
def test_a_query_shows_state_and_expiry(world: LicenseWorld) -> None:
    world.ends.success = QUERIED
    status, answer = heartbeat(world)
    assert status == 200
    assert (answer["status"], answer["stale"]) == ("ALIVE", False)
    assert (answer["activate_time"], answer["expire_time"]) == ("2026-01-01T00:00:00Z", "2030-01-01T00:00:00Z")
    assert answer["data"] == STATE
    (taken,) = world.ends.taken
    assert (taken.path, taken.json()) == (f"{BASE}/v1/license/heartbeat", {"license": CODE})


@pytest.mark.parametrize("word", ["EXPIRED", "RELEASED", "SOMETHING_NEW"])
def test_every_state_is_handed_on(world: LicenseWorld, word: str) -> None:
    world.ends.success = {**QUERIED, "data": {**STATE, "status": word, "amount": 2.50}}
    answer = heartbeat(world)[1]
    assert (answer["status"], answer["amount"]) == (word, "2.5")


@pytest.mark.parametrize("data", [None, {}, {"status": 7}, []])
def test_an_answer_without_a_state_is_not_taken_for_one(world: LicenseWorld, data: Any) -> None:
    world.ends.success = {"error_code": "92020000", "data": data}
    assert heartbeat(world)[0] == 503


@pytest.mark.parametrize("outage", RETRYABLE)
def test_while_the_marketplace_is_out_the_last_state_stands_in(world: LicenseWorld, outage: Any) -> None:
    world.ends.success = QUERIED
    as_of = heartbeat(world)[1]["as_of"]
    world.ends.script = [outage] * 9
    world.clock.advance(23 * 3600)
    status, answer = heartbeat(world)
    assert (status, answer["status"], answer["stale"], answer["as_of"]) == (200, "ALIVE", True, as_of)
    world.clock.advance(2 * 3600)
    assert heartbeat(world)[0] == 503


def test_the_time_of_grace_is_a_setting(world: LicenseWorld) -> None:
    world.settings["LICENSE_GRACE_HOURS"] = "0"
    world.ends.success = QUERIED
    heartbeat(world)
    world.clock.advance(1)
    world.ends.script = [UNREACHABLE]
    assert heartbeat(world)[0] == 503


@pytest.mark.parametrize(
    "call",
    [
        {"activity": "releaseLicenseCode", "license": CODE},
        {"activity": "updateLicenseCodeStatus", "license": CODE, "status": "FREEZE"},
    ],
)
def test_no_state_stands_in_for_a_code_that_was_ended(world: LicenseWorld, call: dict[str, str]) -> None:
    world.ends.success = QUERIED
    heartbeat(world)
    world.new(call)
    world.ends.script = [UNREACHABLE]
    assert heartbeat(world)[0] == 503


def test_a_definite_answer_wins_over_the_last_state(world: LicenseWorld) -> None:
    world.ends.success = QUERIED
    heartbeat(world)
    world.ends.script = [UNKNOWN]
    assert heartbeat(world)[1]["code"] == "unknown_license"


# ----------------------------------------------------------------------------------------------------------- usage
def test_who_uses_the_software_is_reported(world: LicenseWorld) -> None:
    world.ends.success = REPORTED
    usage = [{"license": CODE, "ids": ["user-1", "user-2"]}, {"license": "PL2", "ids": ["user-3"]}]
    assert world.licences("POST", "usage", {"usage": usage}) == (200, {"reported": 2, "failed": []})
    (taken,) = world.ends.taken
    assert taken.path == f"{BASE}/v2/license/software-usage-info"
    assert taken.json() == {
        "usage_info": [
            {"license": CODE, "software_usage_Info": [{"id": "user-1"}, {"id": "user-2"}]},
            {"license": "PL2", "software_usage_Info": [{"id": "user-3"}]},
        ]
    }


def test_how_many_use_the_software_is_reported(world: LicenseWorld) -> None:
    world.ends.success = REPORTED
    assert world.licences("POST", "usage", {"usage": [{"license": CODE, "active_num": 999_999_999}]})[0] == 200
    assert world.ends.taken[0].json()["usage_info"][0]["software_usage_Info"] == [{"active_num": 999_999_999}]


@pytest.mark.parametrize(
    "data",
    [
        {"check_fail_list": [{"license": "PL2", "code": "92020005"}]},
        {"result": {"check_fail_license": [{"license": "PL2", "code": "92020005"}]}},
        [{"check_fail_x": {"license": "PL2", "code": "92020005"}}],
    ],
)
def test_what_was_not_taken_is_told(world: LicenseWorld, data: Any) -> None:
    world.ends.success = {**REPORTED, "data": data}
    status, answer = world.licences("POST", "usage", {"usage": [{"license": CODE, "active_num": 1}]})
    assert (status, answer["failed"]) == (200, [{"license": "PL2", "code": "92020005"}])


@pytest.mark.parametrize(
    "usage",
    [
        None,
        [],
        [{}],
        ["x"],
        [{"license": CODE}],
        [{"license": CODE, "ids": []}],
        [{"license": CODE, "ids": ["x" * 257]}],
        [{"license": CODE, "ids": [""]}],
        [{"license": CODE, "ids": [7]}],
        [{"license": CODE, "ids": ["x"] * 101}],
        [{"license": CODE, "active_num": -1}],
        [{"license": CODE, "active_num": 1_000_000_000}],
        [{"license": CODE, "active_num": True}],
        [{"license": CODE, "active_num": "1"}],
        [{"license": CODE, "ids": ["a"], "active_num": 1}],
        [{"license": CODE, "ids": ["a"]}, {"license": "PL2", "active_num": 1}],
        [{"license": "x" * 65, "active_num": 1}],
        [{"license": CODE, "active_num": 1}] * 101,
    ],
)
def test_a_report_that_cannot_be_read_is_refused(world: LicenseWorld, usage: Any) -> None:
    status, problem = world.licences("POST", "usage", {"usage": usage})
    assert (status, problem["code"]) == (400, "malformed_request")
    assert not world.ends.taken


# ----------------------------------------------------------------------------------------------------------- codes
@pytest.mark.parametrize("path", ["activate", "heartbeat", "usage"])
@pytest.mark.parametrize(("code", "status", "problem"), FINAL)
@pytest.mark.parametrize("http", [200, 400, 500])
def test_a_code_of_the_marketplace_is_a_stable_problem_whatever_the_status(
    world: LicenseWorld, path: str, code: str, status: int, problem: str, http: int
) -> None:
    world.ends.script = [(http, {"error_code": code, "error_msg": "text with 13800000000"})]
    body = {"license": CODE, "usage": [{"license": CODE, "active_num": 1}]}
    found, answer = world.licences("POST", path, body)
    assert (found, answer["code"]) == (status, problem)
    assert "13800000000" not in json.dumps(answer) + world.everything_logged()


@pytest.mark.parametrize("path", ["activate", "heartbeat", "usage"])
@pytest.mark.parametrize("outage", RETRYABLE)
def test_what_may_pass_by_itself_is_503_with_a_time(world: LicenseWorld, path: str, outage: Any) -> None:
    world.ends.script = [outage]
    body = {"license": CODE, "usage": [{"license": CODE, "active_num": 1}]}
    reply = world.licences_reply("POST", path, body)
    headers = {name.lower(): text for name, text in reply.headers.items()}
    assert (reply.status, headers["retry-after"]) == (503, "30")
    assert json.loads(reply.body)["code"].startswith("marketplace_")


@pytest.mark.parametrize(
    "answer",
    [(403, {"error_code": "92020001"}), (401, {"error_code": "APIGW.0301"}), (401, {"error_code": "APIGW.0303"})],
)
def test_a_refused_key_pair_is_ours_to_repair(world: LicenseWorld, answer: Any) -> None:
    world.ends.script = [answer]
    status, problem = activate(world)
    assert (status, problem["code"]) == (502, "marketplace_unauthorized")
    assert "marketplace_unauthorized" in world.everything_logged()


@pytest.mark.parametrize("body", [{}, {"license": ""}, {"license": 7}, {"license": "x" * 65}, {"license": "a\nb"}])
@pytest.mark.parametrize("path", ["activate", "heartbeat"])
def test_a_call_that_names_no_code_is_refused(world: LicenseWorld, path: str, body: dict[str, Any]) -> None:
    status, problem = world.licences("POST", path, body)
    assert (status, problem["code"]) == (400, "malformed_request")
    assert not world.ends.taken


@pytest.mark.parametrize("moment", ["tomorrow", 7, "2026-02-30T00:00:00Z"])
def test_a_bad_time_of_delivery_is_refused(world: LicenseWorld, moment: object) -> None:
    assert activate(world, real_effect_time=moment)[0] == 400


def test_the_key_of_the_seller_interface_is_needed(world: LicenseWorld) -> None:
    for method, path in (("POST", "activate"), ("POST", "heartbeat"), ("POST", "usage"), ("PUT", "x"), ("GET", "x")):
        assert world.licences(method, path, {"license": CODE}, key="wrong")[0] == 401
    assert not world.ends.taken


def test_nothing_secret_lies_in_the_state_or_the_logs(world: LicenseWorld) -> None:
    activate(world)
    world.ends.success = QUERIED
    heartbeat(world)
    text = world.everything_stored().replace(json.dumps(STATE)[1:-1], "") + world.everything_logged()
    assert CODE not in text
