"""What every line about a call says: which call, how long, and what it was about."""

from __future__ import annotations

from typing import Any

import pytest

from koogallery.clock import FrozenClock
from koogallery.errors import SettingsError
from koogallery.http import HttpLimits, HttpRequest
from koogallery_simulator.dialects import saas_v2
from tests.support.auth_centre import AuthCentre
from tests.support.log_lines import Lines, catch_lines
from tests.support.sign_in_world import SignInWorld
from tests.support.world import AT, World, event_of


def the_line(world: World, event: str) -> dict[str, Any]:
    """The newest line of an event."""
    return next(line for line in reversed(world.lines) if line["event"] == event)


def test_a_callback_tells_request_activity_instance_result_and_duration() -> None:
    world = World()
    (line,) = world.sell("on-demand")
    event = event_of(world.sign(saas_v2.new_instance(line)))
    world.call("new_instance", event)
    told = the_line(world, "callback")
    instance_id = told["instance_id"]
    assert told == {
        "event": "callback",
        "result_code": "000004",
        "milliseconds": 0,
        "request_id": event["requestContext"]["requestId"],
        "activity": "newInstance",
        "signed": "canonical, basic key 0",
        "instance_id": instance_id,
    }
    assert world.instance(instance_id).status == "creating"
    world.send(saas_v2.update_instance_status(instance_id, "FREEZE"))
    assert the_line(world, "callback")["instance_id"] == instance_id


def test_a_refused_callback_tells_its_request_too() -> None:
    world = World()
    (line,) = world.sell("on-demand")
    event = event_of(world.sign(saas_v2.new_instance(line)))
    event["queryStringParameters"]["signature"] = "0" * 64
    world.call("new_instance", event)
    told = the_line(world, "callback")
    assert (told["result_code"], told["request_id"]) == ("000001", event["requestContext"]["requestId"])
    assert "instance_id" not in told


def test_the_duration_is_the_time_the_function_took(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    instance_id = world.open()
    send = type(world.far_ends).send

    def slow(ends: Any, request: HttpRequest, limits: HttpLimits) -> Any:
        world.clock.advance(1.25)
        return send(ends, request, limits)

    monkeypatch.setattr(type(world.far_ends), "send", slow)
    world.shop.freeze(instance_id)
    world.deliver()
    assert the_line(world, "deliver_events")["milliseconds"] == 1250


@pytest.mark.parametrize("failing", [False, True])
def test_a_timer_tells_request_and_duration_also_when_it_fails(failing: bool) -> None:
    world = World(settings={"STATE_ENCRYPTION_KEY": "", "RETENTION_DAYS": "1" if failing else ""})
    if failing:
        with pytest.raises(SettingsError):
            world.push()
    else:
        world.push()
    told = the_line(world, "push_usage_failed" if failing else "push_usage")
    assert (told["request_id"], told["milliseconds"]) == ("request-1", 0)


@pytest.mark.parametrize(("path", "status"), [("/seller/instances", 200), ("/seller/instances/nobody", 404)])
def test_a_call_of_the_product_tells_request_status_and_duration(path: str, status: int) -> None:
    world = World()
    assert world.seller("GET", path)[0] == status
    told = the_line(world, "seller_call")
    assert (told["status"], told["path"], told["milliseconds"]) == (status, path, 0)
    assert told["request_id"]


def test_a_page_of_the_sign_in_tells_request_status_and_duration() -> None:
    lines: Lines = []
    with AuthCentre(FrozenClock(AT)) as centre, catch_lines(lines):
        SignInWorld(centre).browser().get("/login/callback")
    (told,) = [line for line in lines if line["event"] == "sign_in"]
    assert told["request_id"]
    assert {"status", "milliseconds"} <= told.keys()
