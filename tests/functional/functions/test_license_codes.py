"""Callbacks about authorization codes, driven through POST /license (authorization code guide)."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest

from koogallery.state import State
from tests.support.dying_state import ProcessDied
from tests.support.licences import LICENSE_KEY, PREVIOUS_LICENSE_KEY, LicenseWorld
from tests.support.mortal import Life
from tests.support.world import ACCESS_KEY

CODE = "PLTEST0001"


@pytest.fixture
def world() -> LicenseWorld:
    return LicenseWorld()


def renewal(**changes: str) -> dict[str, Any]:
    return {
        "activity": "refreshLicenseCode",
        "scene": "RENEWAL",
        "orderId": "CS0000000000TEST5",
        "orderLineId": "CS0000000000TEST5-000001",
        "license": CODE,
        "expireTime": "20301124023618",
        **changes,
    }


def status(word: str, **changes: str) -> dict[str, Any]:
    return {"activity": "updateLicenseCodeStatus", "license": CODE, "status": word, **changes}


def release(**changes: str) -> dict[str, Any]:
    return {"activity": "releaseLicenseCode", "license": CODE, **changes}


def told(world: LicenseWorld) -> list[str]:
    world.deliver()
    return [one.type for one in world.seller_product.received]


def test_a_code_lives_and_ends(world: LicenseWorld) -> None:
    for call in (renewal(productId="P-2"), status("FREEZE"), status("UNFREEZE"), release(orderId="CSU")):
        assert world.new(call) == {"resultCode": "000000", "resultMsg": "success"}
        world.clock.advance(1)
    assert told(world) == ["license.renewed", "license.frozen", "license.unfrozen", "license.released"]
    assert {one["license"] for one in (delivery.data for delivery in world.seller_product.received)} == {CODE}
    (renewed,) = world.seller_product.told("license.renewed")
    assert renewed["expire_time"] == "2030-11-24T02:36:18Z"
    assert (renewed["scene"], renewed["order_id"], renewed["product_id"]) == ("RENEWAL", "CS0000000000TEST5", "P-2")
    (released,) = world.seller_product.told("license.released")
    assert released == {"license": CODE, "order_id": "CSU"}


@pytest.mark.parametrize(
    ("call", "event"),
    [
        (renewal(), "license.renewed"),
        (status("FREEZE"), "license.frozen"),
        (status("UNFREEZE"), "license.unfrozen"),
        (release(), "license.released"),
    ],
)
def test_a_code_is_known_at_its_first_mention_and_a_repetition_changes_nothing(
    world: LicenseWorld, call: dict[str, Any], event: str
) -> None:
    for _ in range(3):
        assert world.new(call)["resultCode"] == "000000"
        world.clock.advance(120)
    assert told(world) == [event]
    assert not world.pointers()


def test_a_cancelled_renewal_is_another_effect_than_the_renewal(world: LicenseWorld) -> None:
    for scene in ("RENEWAL", "UNSUBSCRIBE_RENEWAL_PERIOD", "RENEWAL"):
        world.new(renewal(scene=scene))
    assert told(world) == ["license.renewed", "license.renewed"]


def test_an_older_status_changes_nothing_any_more(world: LicenseWorld) -> None:
    world.new(status("FREEZE"))
    assert world.new(status("UNFREEZE"), seconds_ago=20)["resultCode"] == "000000"
    assert told(world) == ["license.frozen"]


def test_a_replayed_request_gets_the_earlier_answer(world: LicenseWorld) -> None:
    world.new(status("FREEZE"), nonce="n" * 32)
    world.clock.advance(1)
    world.new(status("UNFREEZE"))
    world.clock.advance(1)
    assert world.new(status("FREEZE"), nonce="n" * 32)["resultCode"] == "000000"
    assert told(world) == ["license.frozen", "license.unfrozen"]


def test_a_replayed_request_gets_the_earlier_answer_also_when_the_code_was_released_meanwhile(
    world: LicenseWorld,
) -> None:
    world.new(renewal(), nonce="n" * 32)
    world.new(release())
    assert world.new(renewal(), nonce="n" * 32)["resultCode"] == "000000"
    assert world.new(renewal())["resultCode"] == "000003"
    assert told(world) == ["license.renewed", "license.released"]


def test_a_released_code_does_not_exist_any_more(world: LicenseWorld) -> None:
    world.new(release())
    for call in (renewal(), status("FREEZE"), status("UNFREEZE")):
        assert world.new(call)["resultCode"] == "000003"
    assert world.new(release())["resultCode"] == "000000"
    assert told(world) == ["license.released"]


@pytest.mark.parametrize(
    "call",
    [
        status("MELT"),
        status(""),
        {"activity": "updateLicenseCodeStatus", "license": CODE},
        {"activity": "releaseLicenseCode"},
        release(license=""),
        release(license="x" * 65),
        renewal(scene="TRIAL_TO_FORMAL"),
        renewal(expireTime="2030-11-24"),
        renewal(orderId=""),
        {name: text for name, text in renewal().items() if name != "orderLineId"},
        {"activity": "newLicenseCode", "license": CODE},
        {"activity": "upgradeInstance", "instanceId": "i"},
        {"license": CODE},
    ],
)
def test_a_bad_parameter_is_illegal(world: LicenseWorld, call: dict[str, Any]) -> None:
    assert world.new(call)["resultCode"] == "000002"
    assert not world.everything_stored()


@pytest.mark.parametrize("expire", ["20301124023618", "20301124023618999"])
def test_an_expiry_has_14_or_17_digits(world: LicenseWorld, expire: str) -> None:
    assert world.new(renewal(expireTime=expire))["resultCode"] == "000000"


@pytest.mark.parametrize("key", ["wrong", ACCESS_KEY, LICENSE_KEY.upper()])
def test_only_the_licence_keys_sign_calls_about_codes(world: LicenseWorld, key: str) -> None:
    assert world.new(renewal(), key=key)["resultCode"] == "000001"
    assert world.new(renewal(), key=PREVIOUS_LICENSE_KEY)["resultCode"] == "000000"


@pytest.mark.parametrize("call", [renewal(), status("FREEZE"), status("UNFREEZE"), release()])
def test_debug_calls_always_succeed_and_touch_nothing(world: LicenseWorld, call: dict[str, Any]) -> None:
    for flag in ("1", 1):
        assert world.new({**call, "testFlag": flag})["resultCode"] == "000000"
    assert not world.everything_stored()


def test_the_code_lies_nowhere_in_the_clear(world: LicenseWorld) -> None:
    for call in (renewal(), status("FREEZE"), release()):
        world.new(call)
        assert CODE not in world.everything_stored()
    world.deliver()
    assert CODE not in world.everything_stored() + world.everything_logged()


def test_without_keys_the_service_is_not_ready() -> None:
    world = LicenseWorld(settings={"MARKETPLACE_LICENSE_KEYS": ""})
    assert world.new(renewal())["resultCode"] == "000005"
    assert "MARKETPLACE_LICENSE_KEYS is missing" in world.everything_logged()


def test_a_function_that_is_handed_a_call_of_another_says_which_serves_it(world: LicenseWorld) -> None:
    refused = world.new(renewal(), handed_to="newInstance")
    assert refused["resultCode"] == "000002"
    assert "get_license" in refused["resultMsg"]


def test_no_death_loses_or_doubles_an_event(sqlite_state: State) -> None:
    def story(code: str, life: Life) -> None:
        world = LicenseWorld(sqlite_state)
        for call in (status("FREEZE", license=code), release(license=code)):
            with suppress(ProcessDied):
                world.new(call, life=life)
            assert world.new(call)["resultCode"] == "000000"
            world.clock.advance(1)
        world.deliver()
        world.clock.advance(600)
        world.deliver()
        mine = [one for one in world.seller_product.received if one.data.get("license") == code]
        assert [one.type for one in mine] == ["license.frozen", "license.released"], code

    whole = Life()
    story("PLWHOLE", whole)
    for number in range(1, whole.calls + 1):
        for before in (False, True):
            story(f"PL{number}{before}", Life(number, before=before))
