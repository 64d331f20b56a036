"""seller_instances: list, look, and report access data."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest

from koogallery_simulator.dialects import saas_v2
from koogallery_simulator.dialects.base import Callback
from local_cloud.reply import read_reply
from tests.functional.functions.cases import INSTANCE, Case, load, tell, world_with
from tests.support.world import ACCESS, World, seller_event


@pytest.mark.parametrize("case", load("seller_instances"))
def test_seller_instances(case: Case, capsys: pytest.CaptureFixture[str]) -> None:
    tell("seller_instances", case, world_with(case.given), capsys)


def listed(world: World, query: str = "") -> list[dict[str, Any]]:
    """Every instance, page by page."""
    found: list[dict[str, Any]] = []
    after = ""
    while True:
        status, page = world.seller("GET", f"/seller/instances?after={quote(after)}{query}")
        assert status == 200
        assert len(page["instances"]) <= 100
        found += page["instances"]
        if "after" not in page:
            return found
        after = page["after"]


def test_all_pages_together_show_every_instance_once() -> None:
    world = World()
    world.product.access = ACCESS
    ids = [world.shop.buy("period-year")[0] for _ in range(230)]
    world.deliver()
    world.shop.freeze(ids[5])
    assert sorted(one["instance_id"] for one in listed(world)) == sorted(ids)
    assert [one["instance_id"] for one in listed(world, "&status=frozen")] == [ids[5]]
    assert len(listed(world, "&status=active")) == 229


@pytest.mark.parametrize("after", ["9" * 5000 + ".x", "16.x", "٣٣.x", "1.x", "00." + "x" * 65, "x"])
def test_a_cursor_that_no_answer_gave_is_malformed(after: str) -> None:
    status, problem = World().seller("GET", f"/seller/instances?after={quote(after)}")
    assert (status, problem["code"]) == (400, "malformed_request")


@pytest.mark.parametrize("id_", ["x" * 2000, quote("中" * 400)])
@pytest.mark.parametrize(("method", "path"), [("GET", "/seller/instances/{}"), ("PUT", "/seller/instances/{}/access")])
def test_an_id_that_is_too_long_for_the_store_is_not_found(method: str, path: str, id_: str) -> None:
    status, problem = World().seller(method, path.format(id_), ACCESS if method == "PUT" else None)
    assert (status, problem["code"]) == (404, "not_found")


def test_an_id_with_special_characters_can_be_addressed() -> None:
    world = World()
    (line,) = world.sell("period-year")
    made = saas_v2.new_instance(line)
    strange = "a b+c?d#é"
    assert world.send(Callback(made.activity, {**made.members, "businessId": strange}, line=line)).accepted
    event = seller_event("GET", "/seller/instances/x")
    event["path"] = f"/seller/instances/{strange}"
    event["pathParameters"] = {"instance_id": quote(strange, safe="")}
    reply = read_reply(world.call("seller_instances", event))
    assert json.loads(reply.body)["instance_id"] == strange
    assert world.set_access(strange)[0] == 200


def test_access_data_is_stored_encrypted_and_never_shown_to_the_seller_again() -> None:
    world = world_with("active")
    stored = world.instance(INSTANCE).to_document()
    _, shown = world.seller("GET", f"/seller/instances/{INSTANCE}")
    assert ACCESS["password"] not in stored + json.dumps(shown)
    assert "access" not in shown


def test_access_data_that_comes_again_keeps_the_moment_of_opening() -> None:
    world = world_with("active")
    opened = world.instance(INSTANCE).activated_at
    world.clock.advance(3600)
    world.set_access(INSTANCE, {"front_end_url": "https://new.example/"})
    assert world.instance(INSTANCE).activated_at == opened
    attempt = world.send(saas_v2.query_instance(INSTANCE))
    assert attempt.answer is not None
    assert b"https://new.example/" in attempt.answer.body


@pytest.mark.parametrize(("method", "path"), [("GET", f"/{INSTANCE}"), ("GET", ""), ("PUT", f"/{INSTANCE}/access")])
def test_a_wrong_key_sees_nothing(method: str, path: str) -> None:
    world = world_with("active")
    status, answer = world.seller(method, f"/seller/instances{path}", ACCESS, key="wrong")
    assert (status, answer["code"]) == (401, "unauthorized")


def test_a_refused_call_is_told_what_to_authenticate_with() -> None:
    reply = read_reply(World().call("seller_instances", seller_event("GET", "/seller/instances", key="wrong")))
    assert (reply.status, reply.headers["WWW-Authenticate"]) == (401, "Bearer")
