"""The upload of a licence to the marketplace: what is sent, what is tried again, and when a person has to look."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

import pytest

from tests.functional.functions.online_licences.applications import (
    INTERNAL,
    LICENCE,
    REFUSED,
    application,
    applied,
    later,
    shown,
)
from tests.support.licences import LOST, UNREACHABLE, LicenseWorld


def test_a_text_is_uploaded_behind_the_call(world: LicenseWorld) -> None:
    applied(world)
    status, document = world.give("EV-1", LICENCE)
    assert (status, document["status"]) == (200, "pending")
    assert not world.ends.taken
    world.deliver()
    (taken,) = world.ends.taken
    assert taken.path == "/api/mkp-openapi-public/global/v1/market-event/EV-1/file"
    head, about = taken.parts()["isvUpdateFileReq"]
    assert "Content-Type: application/json" in head
    assert json.loads(about) == {"type": "CHARACTERS", "characters": LICENCE}
    assert taken.headers["X-Sdk-Content-Sha256"] == "UNSIGNED-PAYLOAD"
    assert (shown(world)["status"], shown(world)["attempts"]) == ("delivered", 1)
    later(world, 3)
    assert len(world.ends.taken) == 1
    assert not world.pointers()


def test_a_file_is_uploaded_with_its_hash(world: LicenseWorld) -> None:
    applied(world)
    content = bytes(range(256)) * 3 + b"\r\n--license-\r\n"
    body = {"file_name": "许可 1.lic", "content_base64": base64.b64encode(content).decode()}
    assert world.licences("PUT", "EV-1", body)[0] == 200
    world.deliver()
    (taken,) = world.ends.taken
    parts = taken.parts()
    assert parts["file"][1] == content
    assert 'filename="许可 1.lic"' in parts["file"][0]
    assert json.loads(parts["isvUpdateFileReq"][1]) == {
        "type": "FILE",
        "sha256": hashlib.sha256(content).hexdigest(),
        "file_name": "许可 1.lic",
    }


@pytest.mark.parametrize("answer", [{"license": LICENCE}, {"file_name": "a.lic", "content_base64": "QUJD"}])
def test_the_answer_of_the_product_is_uploaded_in_the_same_run(world: LicenseWorld, answer: dict[str, str]) -> None:
    world.seller_product.answers["license.requested"] = answer
    applied(world)
    assert len(world.ends.taken) == 1
    assert shown(world)["status"] == "delivered"


@pytest.mark.parametrize("code", ["CBC.0000", "MKT.0000", "92020000", "CBC. 0000"])
def test_every_code_of_success_is_taken(world: LicenseWorld, code: str) -> None:
    applied(world)
    world.ends.success = {"error_code": code, "error_msg": "success"}
    world.give("EV-1", LICENCE)
    world.deliver()
    assert shown(world)["status"] == "delivered"


@pytest.mark.parametrize("code", ["CBC.0101", "91381033", "91381034", "91381035", "91381037", "91381038", "95000001"])
@pytest.mark.parametrize("http", [200, 400, 500])
def test_a_refusal_is_final_and_alarms(world: LicenseWorld, code: str, http: int) -> None:
    applied(world)
    world.ends.script = [(http, {"error_code": code, "error_msg": "no"})]
    world.give("EV-1", LICENCE)
    later(world, 3)
    assert len(world.ends.taken) == 1
    document = shown(world)
    assert document["status"] == "refused"
    assert code.replace("CBC", "MKT") in document["last_failure"]
    assert "license_not_delivered" in world.everything_logged()
    assert not world.pointers()


@pytest.mark.parametrize(
    "answer",
    [
        INTERNAL,
        (200, {"error_code": "91381036"}),
        (406, {"error_code": "MKT.0250"}),
        (404, {"error_code": "APIGW.0101"}),
    ],
)
def test_what_the_marketplace_certainly_did_not_take_is_tried_again_and_again(
    world: LicenseWorld, answer: tuple[int, Any]
) -> None:
    applied(world)
    world.ends.script = [answer] * 5
    world.give("EV-1", LICENCE)
    later(world, 5)
    assert shown(world)["status"] == "pending"
    later(world)
    assert (shown(world)["status"], len(world.ends.taken)) == ("delivered", 6)


def test_the_pauses_grow(world: LicenseWorld) -> None:
    applied(world)
    world.ends.script = [INTERNAL] * 9
    world.give("EV-1", LICENCE)
    world.deliver()
    for minutes, attempts in ((0.5, 1), (0.6, 2), (1.5, 2), (0.6, 3)):
        world.clock.advance(minutes * 60)
        world.deliver()
        assert len(world.ends.taken) == attempts


def test_after_three_days_a_person_has_to_look(world: LicenseWorld) -> None:
    applied(world)
    world.ends.script = [INTERNAL] * 200
    world.give("EV-1", LICENCE)
    later(world, 74)
    assert shown(world)["status"] == "failed"
    assert not world.pointers()


def test_a_marketplace_nobody_reaches_is_called_once_a_run(world: LicenseWorld) -> None:
    instance_id = applied(world, "EV-1")
    world.new(application(instance_id, "EV-2"))
    world.give("EV-1", LICENCE)
    world.give("EV-2", LICENCE)
    world.ends.script = [UNREACHABLE] * 3
    world.deliver()
    assert len(world.ends.script) == 2
    later(world, 4)
    assert (shown(world, "EV-1")["status"], shown(world, "EV-2")["status"]) == ("delivered", "delivered")


def test_a_refused_key_pair_stops_the_run_and_is_tried_rarely(world: LicenseWorld) -> None:
    instance_id = applied(world, "EV-1")
    world.new(application(instance_id, "EV-2"))
    world.give("EV-1", LICENCE)
    world.give("EV-2", LICENCE)
    world.ends.script = [(403, {"error_code": "CBC.0150"})]
    world.deliver()
    assert len(world.ends.taken) == 1
    assert '"alarm": true' in world.everything_logged()
    assert {shown(world, "EV-1")["status"], shown(world, "EV-2")["status"]} == {"pending"}
    later(world, 2)
    assert {shown(world, "EV-1")["status"], shown(world, "EV-2")["status"]} == {"delivered"}


@pytest.mark.parametrize("outcome", [LOST, (200, ["no object"]), (200, {"error_code": "77777777"}), (502, {})])
def test_an_unknown_outcome_is_repeated_once(world: LicenseWorld, outcome: Any) -> None:
    applied(world)
    world.ends.script = [outcome]
    world.give("EV-1", LICENCE)
    later(world, 4)
    assert (shown(world)["status"], len(world.ends.taken)) == ("delivered", 2)
    assert world.ends.taken[0].body == world.ends.taken[1].body


@pytest.mark.parametrize("outcome", [LOST, (200, {"error_code": "77777777"})])
def test_after_two_unknown_outcomes_a_person_has_to_look(world: LicenseWorld, outcome: Any) -> None:
    applied(world)
    world.ends.script = [outcome] * 9
    world.give("EV-1", LICENCE)
    later(world, 9)
    assert (shown(world)["status"], len(world.ends.taken)) == ("unclear", 2)
    assert '"alarm": true' in world.everything_logged()


def test_a_refusal_after_an_unknown_outcome_is_unclear(world: LicenseWorld) -> None:
    applied(world)
    world.ends.script = [LOST, (200, {"error_code": "91381034"})]
    world.give("EV-1", LICENCE)
    later(world, 4)
    assert shown(world)["status"] == "unclear"


def test_failures_with_a_known_fate_do_not_use_up_the_repetition(world: LicenseWorld) -> None:
    applied(world)
    world.ends.script = [INTERNAL, INTERNAL, LOST, INTERNAL, UNREACHABLE]
    world.give("EV-1", LICENCE)
    later(world, 8)
    assert shown(world)["status"] == "delivered"


def test_a_person_may_have_it_sent_again(world: LicenseWorld) -> None:
    applied(world)
    world.ends.script = [REFUSED]
    world.give("EV-1", LICENCE)
    later(world)
    status, problem = world.give("EV-1", "ANOTHER")
    assert (status, problem["code"]) == (409, "license_conflict")
    status, document = world.give("EV-1", LICENCE)
    assert (status, document["status"]) == (200, "pending")
    later(world)
    assert shown(world)["status"] == "delivered"
    assert len(world.ends.taken) == 2
