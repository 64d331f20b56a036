"""The three licence guides: what is called, how it is signed, and what becomes of instances and codes."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from typing import Literal
from urllib.parse import parse_qs, urlsplit

import pytest

from koogallery_simulator import Keys, Marketplace, NotAccepted, Purchase, SimulatedClock, SimulatorError
from koogallery_simulator.catalogue import LICENSE_A
from koogallery_simulator.dialects import license_a, license_b, license_c, saas_v2
from koogallery_simulator.dialects.license_c import LicenseC
from koogallery_simulator.license_codes import ALIVE, EXPIRED, RELEASED
from koogallery_simulator.signatures import callback_signature
from tests.unit.simulator.every_guide import Message, shops
from tests.unit.simulator.tools import KEYS, START


def signed_with(url: str, body: bytes, key: str) -> bool:
    query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    return query["signature"] == callback_signature(key, query["nonce"], query["timestamp"], body.decode())


# ------------------------------------------------------------------------------------------------------- guide A
def test_old_licence_is_asked_for_with_the_machine_code() -> None:
    made, seller, _ = shops()
    machine = (("identificationCode", "machine-1,machine-2"),)
    instance_id, licence = made.license_a.buy(Purchase((LICENSE_A,), 3, machine))
    (message,) = seller.messages
    assert (message["path"], message["activity"], message["amount"]) == ("/license", "getLicense", "3")
    assert json.loads(base64.b64decode(str(message["saasExtendParams"])))[0]["value"] == "machine-1,machine-2"
    assert "mobilePhone" not in message
    assert licence == f"LICENCE-{instance_id[:8]}"
    assert made.marketplace.instance(instance_id).status == "active"


def test_life_of_an_old_licence() -> None:
    made, seller, _ = shops()
    shop = made.license_a
    instance_id, _ = shop.buy("license-a")
    bought = seller.messages[-1]["orderId"]
    shop.renew(instance_id)
    assert seller.messages[-1]["expireTime"] == "20280115100000"
    assert seller.messages[-1]["orderId"] != bought
    shop.expire(instance_id)
    assert made.marketplace.instance(instance_id).frozen
    shop.release(instance_id)
    assert seller.messages[-1]["orderId"] == bought
    assert made.marketplace.instance(instance_id).closed_at is not None
    assert {str(message["activity"]) for message in seller.messages} == set(license_a.ACTIVITIES)
    assert not made.marketplace.violations.all()


def test_old_licence_order_waits_for_a_person_and_is_not_refunded() -> None:
    made, seller, clock = shops()
    seller.answers = lambda message: {"resultCode": "000004", "license": ""}
    with pytest.raises(NotAccepted):
        made.license_a.buy("license-a")
    assert clock.now() - START == timedelta(hours=3)
    assert made.marketplace.failed_lines() == []


def test_old_renewal_is_tried_once() -> None:
    made, seller, clock = shops()
    instance_id, _ = made.license_a.buy("license-a")
    seller.down = 1
    with pytest.raises(NotAccepted):
        made.license_a.renew(instance_id)
    assert clock.now() == START


@pytest.mark.parametrize(
    ("answer", "rules"),
    [
        ({"license": ""}, {"license"}),
        ({"license": None}, {"license"}),
        ({"license": "x" * 1025}, {"license"}),
        ({"instanceId": ""}, {"new-instance-id"}),
        ({"resultCode": "000005", "license": "", "instanceId": None}, set()),
    ],
)
def test_get_license_answer_breaks(answer: Message, rules: set[str]) -> None:
    made, seller, _ = shops()
    seller.answers = lambda message: answer
    line = made.license_a.order("license-a").lines[0]
    attempt = made.license_a.caller.send(made.license_a.opening(line))
    assert {violation.rule for violation in attempt.violations} == rules


def test_licence_of_an_order_never_changes() -> None:
    made, seller, _ = shops()
    line = made.license_a.order("license-a").lines[0]
    opening = made.license_a.opening(line)
    first = made.license_a.caller.send(opening)
    assert made.license_a.caller.resend(first).accepted
    assert not made.marketplace.violations.all()
    seller.answers = lambda message: {"license": "another"}
    made.license_a.caller.send(opening)
    assert made.marketplace.violations.rules() == {"license-changed"}


# ------------------------------------------------------------------------------------------------------- guide B
def test_code_is_made_by_the_marketplace_and_nobody_is_called() -> None:
    made, seller, _ = shops()
    code = made.license_b.buy("license-b")
    assert code.startswith("PL")
    assert len(code) <= 64
    assert seller.messages == []
    assert made.marketplace.license_code(code).status(START) == ALIVE


def test_life_of_a_code() -> None:
    made, seller, clock = shops()
    shop = made.license_b
    code = shop.buy("license-b")
    found = made.marketplace.license_code(code)
    shop.freeze(code)
    assert found.status(clock.now()) == EXPIRED
    shop.renew(code)
    renewed = seller.messages[-2]
    assert (renewed["scene"], renewed["license"], renewed["expireTime"]) == ("RENEWAL", code, "20280115100000")
    assert found.status(clock.now()) == ALIVE
    shop.unsubscribe(code)
    assert seller.messages[-1]["orderLineId"]
    assert found.status(clock.now()) == RELEASED
    assert {str(message["activity"]) for message in seller.messages} == set(license_b.ACTIVITIES)
    for request in seller.requests:
        assert request.url.startswith("http://127.0.0.1:8700/license?")
        assert signed_with(request.url, request.body, KEYS.license[0])
    assert not made.marketplace.violations.all()


def test_release_after_retention_names_no_order() -> None:
    made, seller, _ = shops()
    made.license_b.release(made.license_b.buy("license-b"))
    assert "orderId" not in seller.messages[-1]


def test_code_outlives_its_period_as_expired() -> None:
    made, _, clock = shops()
    code = made.marketplace.license_code(made.license_b.buy("license-b"))
    clock.advance(366 * 86_400)
    assert code.status(clock.now()) == EXPIRED


def test_code_callbacks_are_tried_every_two_minutes_sixty_times_more() -> None:
    made, seller, clock = shops()
    code = made.license_b.buy("license-b")
    seller.down = 1000
    with pytest.raises(NotAccepted):
        made.license_b.freeze(code)
    assert len(seller.requests) == 61
    assert clock.now() - START == timedelta(hours=2)


def test_unknown_code_is_told() -> None:
    made, _, _ = shops()
    with pytest.raises(SimulatorError, match="no authorization code"):
        made.license_b.renew("PLUNKNOWN")


# ------------------------------------------------------------------------------------------------------- guide C
@pytest.mark.parametrize("key", ["license", "access"])
def test_online_licence_calls_can_be_signed_with_either_key(key: Literal["license", "access"]) -> None:
    made, seller, _ = shops()
    made.license_c.caller.dialect = LicenseC(key)
    made.license_c.buy("license-c")
    (request,) = seller.requests
    assert request.url.startswith("http://127.0.0.1:8700/license?")
    assert signed_with(request.url, request.body, getattr(KEYS, key)[0])


def test_application_for_a_licence() -> None:
    made, seller, _ = shops()
    instance_id = made.license_c.buy("license-c")
    application = made.license_c.apply(instance_id, fingerprint="mac|disk", event_id="event-1")
    message = seller.messages[-1]
    assert message["activity"] == license_c.GET_LICENSE_ASYNC
    assert message["effectiveTime"] == "2026-01-15 10:00:00 z"
    assert message["expireTime"] == "20270115100000"
    assert (message["eventId"], message["deviceFingerprint"]) == ("event-1", "mac|disk")
    assert application.delivered is None
    assert made.marketplace.license_upload.applications["event-1"] is application


def test_life_of_an_online_licence_instance() -> None:
    made, seller, _ = shops()
    shop = made.license_c
    seller.answers = lambda message: {"resultCode": "000004"} if message["activity"] == "newInstance" else None
    instance_id = shop.buy("license-c")
    seller.answers = lambda message: None
    assert made.marketplace.instance(instance_id).status == "active"
    shop.apply(instance_id)
    shop.renew(instance_id)
    shop.freeze(instance_id)
    shop.unfreeze(instance_id)
    shop.release(instance_id)
    assert {str(message["activity"]) for message in seller.messages} == set(license_c.ACTIVITIES)
    with pytest.raises(SimulatorError, match="released"):
        shop.apply(instance_id)
    assert not made.marketplace.violations.all()


@pytest.mark.parametrize(
    ("code", "accepted", "rules"),
    [
        ("000000", True, set()),
        ("000004", True, set()),
        ("000900", False, set()),
        ("000903", False, set()),
        ("000904", False, {"result-code-activity"}),
    ],
)
def test_codes_of_an_application(code: str, accepted: bool, rules: set[str]) -> None:
    made, seller, _ = shops()
    seller.answers = lambda message: {"resultCode": code}
    attempt = made.license_c.caller.send(license_c.get_license_async("inst-a", "event-1", START))
    assert attempt.accepted is accepted
    assert {violation.rule for violation in attempt.violations} == rules


def test_codes_of_applications_belong_to_applications() -> None:
    made, seller, _ = shops()
    seller.answers = lambda message: {"resultCode": "000900"}
    attempt = made.license_c.caller.send(saas_v2.update_instance_status("inst-a", "FREEZE"))
    assert [violation.rule for violation in attempt.violations] == ["result-code-activity"]


# ---------------------------------------------------------------------------------------------------------- keys
@pytest.mark.parametrize(
    ("name", "setting"),
    [("saas_v1", "MARKETPLACE_V1_KEYS"), ("license_b", "MARKETPLACE_LICENSE_KEYS"), ("kit", "MARKETPLACE_KIT_KEYS")],
)
def test_missing_key_names_its_setting(name: str, setting: str) -> None:
    bare = Marketplace(Keys(ak="a", sk="s", access=("k",), kit_public=KEYS.kit_public), SimulatedClock(START))
    made, _, _ = shops()
    caller = getattr(made, name).caller
    caller.marketplace = bare
    with pytest.raises(SimulatorError, match=setting):
        caller.send(saas_v2.query_instance("inst-a"))
