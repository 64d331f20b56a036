"""deliver_events: what happened goes to the seller's product, in order, at least once, for three days."""

from __future__ import annotations

import json
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from koogallery.errors import SettingsError
from koogallery.http import HttpResponse
from koogallery.state import StateUnavailable
from koogallery.timer import MalformedTimerEvent
from koogallery_simulator import faults
from koogallery_simulator.dialects import saas_v2
from tests.functional.functions.cases import EVENTS, INSTANCE, check_secrets, world_with
from tests.support.dying_state import ProcessDied
from tests.support.mortal import Life
from tests.support.world import ACCESS, World, share_of

EVENT: dict[str, Any] = json.loads((EVENTS / "deliver_events.json").read_text(encoding="utf-8"))


def test_the_timer_event_of_the_platform_is_understood(capsys: pytest.CaptureFixture[str]) -> None:
    world = world_with("active")
    world.shop.freeze(INSTANCE)
    world.lines.clear()
    assert world.call("deliver_events", EVENT) == {"delivered": 1}
    about = {"request_id": "request-1", "milliseconds": 0}
    assert world.lines == [{"event": "deliver_events", **about, "delivered": 1}]
    check_secrets(capsys.readouterr().err)


def test_an_idle_run_reports_nothing() -> None:
    assert World().call("deliver_events", EVENT) == {}


def test_the_first_event_tells_the_order_the_product_and_the_buyer() -> None:
    world = World()
    (instance_id,) = world.shop.buy("period-year")
    world.deliver()
    (told,) = world.product.received
    assert (told.type, told.id, told.timestamp) == ("instance.created", f"msg_{instance_id}_1", "2026-11-21T10:05:00Z")
    assert told.data["instance_id"] == instance_id
    assert told.data["order_type"] == "NEW"
    assert told.data["product"]["charging_mode"] == "PERIOD"
    assert told.data["product"]["expire_time"] == "2027-11-21T10:05:00Z"
    assert told.data["buyer"]["customer_id"] == "0123456789abcdef0123456789abcdef"


def test_personal_data_of_the_buyer_is_told_and_neither_kept_nor_logged(capsys: pytest.CaptureFixture[str]) -> None:
    world = World()
    (instance_id,) = world.shop.buy("period-year")
    world.deliver()
    kept = world.instance(instance_id).to_document() + capsys.readouterr().err + str(world.lines)
    assert "10000000000" not in kept
    assert "demo-account" not in kept


def test_access_data_in_the_answer_opens_the_instance() -> None:
    world = World()
    (instance_id,) = world.shop.buy("period-year")
    assert world.shop.query(instance_id).code == "000004"
    world.product.access = ACCESS
    world.deliver()
    assert world.shop.query(instance_id).code == "000000"


def test_access_data_that_cannot_be_used_delivers_all_the_same() -> None:
    world = World()
    (instance_id,) = world.shop.buy("period-year")
    world.product.access = {"front_end_url": "ftp://app.example/"}
    assert world.deliver() == {"delivered": 1}
    assert world.instance(instance_id).status == "creating"
    assert [line["event"] for line in world.lines][-2:] == ["access_in_answer_refused", "deliver_events"]


def test_access_data_of_a_released_instance_opens_nothing() -> None:
    world = World()
    (instance_id,) = world.shop.buy("period-year")
    world.shop.release(instance_id)
    world.product.access = ACCESS
    world.deliver()
    assert world.instance(instance_id).access == ""
    assert world.product.events(instance_id) == ["instance.created", "instance.released"]


def test_a_failing_product_is_asked_again_with_growing_pauses() -> None:
    world = World()
    world.shop.buy("period-year")
    world.product.failing = 10_000
    tries = []
    for minute in range(600):
        before = world.product.failing
        world.deliver()
        if world.product.failing < before:
            tries.append(minute)
        world.clock.advance(60)
    pauses = [later - earlier for earlier, later in pairwise(tries)]
    assert pauses[0] == 1
    assert all(earlier <= later + later // 9 + 1 for earlier, later in pairwise(pauses))
    assert 54 <= pauses[-1] <= 60
    assert len(tries) < 20


@pytest.mark.parametrize(
    ("asked", "minutes"),
    [
        pytest.param("1200", 20, id="longer than planned"),
        pytest.param("5", 1, id="never shorter than planned"),
        pytest.param("86400", 60, id="an hour at most"),
    ],
)
def test_a_product_that_asks_for_a_longer_pause_gets_it(asked: str, minutes: int) -> None:
    world = World()
    world.shop.buy("period-year")
    world.product.failing, world.product.failure = 1, HttpResponse(429, {"retry-after": asked}, b"")
    assert world.deliver() == {"failed": 1}
    waited = 0
    while not world.deliver():
        world.clock.advance(60)
        waited += 1
    assert waited == minutes


def test_after_three_days_the_next_event_gets_its_turn() -> None:
    world = World()
    (instance_id,) = world.shop.buy("period-year")
    world.product.failing = 10_000
    for _ in range(71):
        world.deliver()
        world.clock.advance(3601)
    assert world.instance(instance_id).dead_letters == ()
    world.shop.freeze(instance_id)
    for _ in range(3):
        world.clock.advance(3601)
        world.deliver()
    world.product.failing = 0
    world.clock.advance(3601)
    world.deliver()
    assert world.product.events(instance_id) == ["instance.frozen"]
    (dead,) = world.instance(instance_id).dead_letters
    assert (dead.type, dead.last_failure) == ("instance.created", "status 500")


def test_one_failing_instance_does_not_hold_up_the_others() -> None:
    world = World()
    first, second = world.shop.buy("period-year", "period-year")
    world.product.failing = 1
    assert world.deliver() == {"failed": 1, "delivered": 1}
    world.clock.advance(120)
    world.deliver()
    assert world.product.events(first) == world.product.events(second) == ["instance.created"]


def test_a_product_that_is_not_there_is_left_alone_after_three_tries() -> None:
    world = World()
    for _ in range(8):
        world.shop.buy("period-year")
    world.product.unreachable = True
    report = world.deliver()
    assert (report["failed"], report["stopped_endpoint_down"]) == (3, 1)


def test_an_order_query_that_fails_is_asked_again() -> None:
    world = World()
    (instance_id,) = world.shop.buy("period-year")
    world.marketplace.faults.add(faults.throttle(1, faults.ORDER))
    assert world.deliver() == {"failed": 1, "stopped_throttled": 1}
    assert not world.product.received
    world.clock.advance(61)
    assert world.deliver() == {"delivered": 1}
    assert world.product.events(instance_id) == ["instance.created"]


def test_one_call_that_is_not_authorised_is_the_last_of_its_run() -> None:
    """More than five failures in a row lock the pair for a while. What needs no order is delivered all the same."""
    world = World()
    known = [world.open("period-year") for _ in range(3)]
    for _ in range(8):
        world.shop.buy("period-year")
    for instance_id in known:
        world.shop.freeze(instance_id)
    right = world.settings["MARKETPLACE_SK"]
    world.settings["MARKETPLACE_SK"] = "another-secret-key"
    for _ in range(4):
        report = world.deliver()
        assert (report["failed"], report["stopped_unauthorized"]) == (1, 1)
        world.clock.advance(30)
    assert "aksk-locked-pair-used" not in world.marketplace.violations.rules()
    assert [world.product.events(instance_id)[-1] for instance_id in known] == ["instance.frozen"] * 3
    world.settings["MARKETPLACE_SK"] = right
    world.clock.advance(300)
    assert world.deliver() == {"delivered": 8}


def test_a_marketplace_that_is_called_too_often_is_left_alone_until_the_next_run() -> None:
    world = World()
    for _ in range(4):
        world.shop.buy("period-year")
    world.marketplace.faults.add(faults.throttle(4, faults.ORDER))
    assert world.deliver() == {"failed": 1, "stopped_throttled": 1}
    world.marketplace.faults.clear()
    world.clock.advance(61)
    assert world.deliver() == {"delivered": 4}


def test_what_an_order_says_of_the_product_is_kept_though_the_delivery_fails() -> None:
    world = World()
    (instance_id,) = world.shop.buy("on-demand")
    world.product.failing = 1
    world.deliver()
    assert world.instance(instance_id).product["charging_mode"] == "ON_DEMAND"


def test_a_share_looks_after_its_own_instances_only() -> None:
    world = World()
    ids = [world.shop.buy("period-year")[0] for _ in range(12)]
    world.deliver(user_event=share_of(ids[0]))
    told = {one.data["instance_id"] for one in world.product.received}
    assert ids[0] in told
    assert told == {id_ for id_ in ids if share_of(id_) == share_of(ids[0])}


def test_a_pointer_whose_event_never_came_is_removed_after_the_time_of_grace() -> None:
    world = World()
    (line,) = world.sell("period-year")
    with suppress(ProcessDied):
        world.answer_with(world.sign(saas_v2.new_instance(line)), Life(4))
    size = world.size()
    world.clock.advance(299)
    world.deliver()
    assert world.size() == size + 1
    world.clock.advance(2)
    world.deliver()
    assert world.size() == size


@pytest.mark.parametrize("name", ["SELLER_WEBHOOK_URL", "SELLER_WEBHOOK_SECRET", "STATE_ENCRYPTION_KEY"])
def test_a_missing_setting_fails_the_run_and_is_named(name: str) -> None:
    world = World()
    world.shop.buy("period-year")
    world.settings[name] = ""
    world.product.access = ACCESS
    with pytest.raises(SettingsError):
        world.deliver()
    assert world.lines[-1]["event"] == "deliver_events_failed"
    assert world.lines[-1]["reason"] == f"{name} is missing"


@pytest.mark.parametrize(
    "event",
    [
        None,
        {},
        {"time": 5},
        {"time": "soon"},
        {**EVENT, "user_event": "{"},
        {**EVENT, "user_event": '{"share":"0 of 4"}'},
        {**EVENT, "user_event": '{"share":"5 of 4"}'},
        {**EVENT, "user_event": '{"share":"1 of 17"}'},
        {**EVENT, "user_event": '{"share":1}'},
        {**EVENT, "user_event": "[]"},
    ],
)
def test_an_event_that_is_none_fails_the_run(event: object) -> None:
    world = World()
    with pytest.raises(MalformedTimerEvent):
        world.call("deliver_events", event)
    assert world.lines[-1]["event"] == "deliver_events_failed"


def test_a_store_that_fails_fails_the_run() -> None:
    world = World()
    with pytest.raises(StateUnavailable):
        world.deliver(life=Life(failures={1: StateUnavailable("no answer")}))


def test_delivered_callbacks_are_archived_without_secrets(tmp_path: Path) -> None:
    world = World(settings={"ARCHIVE_URL": f"file://{tmp_path}/archive"})
    (instance_id,) = world.shop.buy("period-year")
    world.deliver()
    (file,) = (path for path in (tmp_path / "archive").rglob("*") if path.is_file())
    content = json.loads(file.read_text(encoding="utf-8"))
    assert content["callback"]["activity"] == "newInstance"
    assert content["event"] == f"msg_{instance_id}_1"
    check_secrets(file.read_text(encoding="utf-8"))
