"""Answers are judged as a dial test judges them; calls are signed as the marketplace signs, by its own arithmetic."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from urllib.parse import parse_qsl, urlsplit

import pytest

from doctor.answers import Answer, faults_of
from doctor.calls import Call, calls_of, guides_of, keyless
from koogallery_signing import body_sign
from koogallery_simulator.signatures import callback_signature
from koogallery_simulator.v1_signatures import auth_token, token_text
from tests.support.deployed import CLOUD_SETTINGS, project_bundle

AT = datetime(2026, 11, 21, 10, 5, tzinfo=timezone.utc)
KEY = "v1-interface-key-0001"
CALL = Call("saas_post", "SaaS 2.0", "newInstance", "POST", "/saas?x", {}, b"{}")
CALL_V1 = Call("saas_get", "SaaS 1.0", "newInstance", "GET", "/saas?x", {}, b"", KEY)
GOOD = {"resultCode": "000000", "resultMsg": "success", "instanceId": "debug-1"}


def answer(document: object = GOOD, **changes: object) -> Answer:
    """A good answer with changes."""
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    members: dict[str, object] = {"status": 200, "headers": {"content-type": "application/json"}, "seconds": 0.2}
    return Answer(body=body, **{**members, **changes})  # type: ignore[arg-type]


def test_a_good_answer_has_no_fault() -> None:
    assert list(faults_of(CALL, answer())) == []


@pytest.mark.parametrize(
    ("given", "seen", "todo"),
    [
        (answer(seconds=5.1), "took 5.1 s", "reservedInstances"),
        (answer(status=302), "redirects", "no redirects"),
        (answer({"error_code": "APIG.0101"}, status=404), "HTTP 404, APIG.0101 of the gateway", "apply"),
        (answer(b"", status=500), "HTTP 500", "LTS"),
        (answer(b"", status=401), "HTTP 401", "authorizer"),
        (answer(headers={"content-type": "text/html"}), "Content-Type", "something else"),
        (answer(b"<html>"), "no JSON object", "something else"),
        (answer({"resultCode": "000001"}), "resultCode 000001", "Key Management"),
        (answer({"resultCode": "000005"}), "resultCode 000005", "callback"),
        (answer({"resultCode": "000000"}), "no instanceId", "policies"),
    ],
)
def test_what_a_dial_test_would_count_is_a_fault(given: Answer, seen: str, todo: str) -> None:
    (fault,) = faults_of(CALL, given)
    assert seen in fault.seen
    assert todo in fault.todo


def test_an_answer_of_1_0_has_to_be_signed_with_the_key() -> None:
    body = json.dumps(GOOD).encode()
    headers = {"content-type": "application/json", "body-sign": body_sign.sign(KEY, body)}
    assert list(faults_of(CALL_V1, answer(body, headers=headers))) == []
    headers["body-sign"] = body_sign.sign("another-key-of-1-0", body)
    assert [fault.seen for fault in faults_of(CALL_V1, answer(body, headers=headers))] == [
        "Body-Sign: the Body-Sign header does not fit the body"
    ]
    assert len(list(faults_of(CALL_V1, answer(body)))) == 1


def test_every_route_of_the_marketplace_is_called_with_test_flag_1_and_no_other() -> None:
    bundle = project_bundle()
    calls = list(calls_of(bundle, CLOUD_SETTINGS, lambda: AT))
    spoken = {route.name for route in bundle.routes if guides_of(route.method, route.path)}
    assert {call.route for call in calls} == spoken
    assert not any(name.startswith(("seller_", "login", "logout")) for name in spoken)
    for call in calls:
        members = json.loads(call.body) if call.body else dict(parse_qsl(urlsplit(call.target).query))
        assert str(members["testFlag"]) == "1", call
    policies = {value for route in bundle.routes for policy in route.policies for value in policy.values}
    assert policies - {"upgradeInstance"} <= {call.activity for call in calls}


def test_calls_of_2_0_carry_the_marketplaces_signature() -> None:
    call = next(one for one in calls_of(project_bundle(), CLOUD_SETTINGS, lambda: AT) if one.guide == "SaaS 2.0")
    query = dict(parse_qsl(urlsplit(call.target).query))
    wanted = callback_signature(
        CLOUD_SETTINGS["MARKETPLACE_ACCESS_KEYS"], query["nonce"], query["timestamp"], call.body.decode()
    )
    assert query["signature"].lower() == wanted.lower()
    assert query["timestamp"] == str(int(AT.timestamp() * 1000))


def test_calls_of_1_0_carry_the_marketplaces_token() -> None:
    call = next(one for one in calls_of(project_bundle(), CLOUD_SETTINGS, lambda: AT) if one.guide == "SaaS 1.0")
    pairs = parse_qsl(urlsplit(call.target).query)
    token = dict(pairs)["authToken"]
    signed = [pair for pair in pairs if pair[0] != "authToken"]
    assert token == auth_token(CLOUD_SETTINGS["MARKETPLACE_V1_KEYS"], dict(pairs)["timeStamp"], token_text(signed))


def test_each_call_is_signed_when_its_turn_comes() -> None:
    moments = iter(AT + timedelta(seconds=number) for number in range(200))
    stamps = [
        dict(parse_qsl(urlsplit(call.target).query))["timestamp"]
        for call in calls_of(project_bundle(), CLOUD_SETTINGS, lambda: next(moments))
        if call.route == "saas_post"
    ]
    assert len(stamps) == len(set(stamps)) > 5


def test_guides_without_a_key_are_named_with_their_routes() -> None:
    settings = {"MARKETPLACE_ACCESS_KEYS": "basic-interface-key-0001", "MARKETPLACE_KIT_KEYS": "csms:kit"}
    named = {guide.name: routes for guide, routes in keyless(project_bundle(), settings).items()}
    assert set(named) == {
        "SaaS 1.0",
        "licence guide A",
        "licence guide B",
        "order notification",
        "joint kit 2.0",
        "joint kit 1.0",
    }
    assert named["SaaS 1.0"] == ["saas_get", "root_get"]
