"""query_instance: the APIG event in, the exact reply out."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from koogallery.services import Services
from koogallery.settings import Settings
from koogallery.use_cases.replay_events import replay_events
from koogallery_simulator.dialects import saas_v2
from tests.functional.functions.cases import Case, load, tell, world_with
from tests.support.counting_state import CountingState
from tests.support.memory_state import MemoryState
from tests.support.world import ACCESS, World, usage


@pytest.mark.parametrize("case", load("query_instance"))
def test_query_instance(case: Case, capsys: pytest.CaptureFixture[str]) -> None:
    tell("query_instance", case, world_with(case.given), capsys)


def test_a_hundred_instances_cost_two_reads() -> None:
    counted = CountingState(MemoryState())
    world = World(counted)
    world.product.access = ACCESS
    ids = [world.shop.buy("on-demand")[0] for _ in range(100)]
    world.deliver()
    world.use(usage("e1", ids[7], "2.25", world.clock.now()))
    counted.reset()
    attempt = world.send(saas_v2.query_instance(*ids))
    assert (counted.reads, counted.writes) == (2, 0)
    assert attempt.accepted
    assert not attempt.violations
    info = json.loads(attempt.answer.body if attempt.answer else b"{}")["info"]
    assert [one["instanceId"] for one in info] == ids
    assert [one["usageInfo"][0]["usageValue"] for one in info if one["usageInfo"][0]["usageValue"]] == [2.25]


def test_provisioning_that_was_given_up_is_a_failure_until_the_event_is_replayed() -> None:
    world = World()
    (instance_id,) = world.shop.buy("period-year")
    (other,) = world.shop.buy("period-year")

    def code(*ids: str) -> str:
        attempt = world.send(saas_v2.query_instance(*ids))
        return str(json.loads(attempt.answer.body if attempt.answer else b"{}")["resultCode"])

    assert code(instance_id) == "000004"
    world.product.failing = 10_000
    for _ in range(75):
        world.clock.advance(3601)
        world.deliver()
    assert code(instance_id) == code(instance_id, other) == "000005"
    (third,) = world.shop.buy("period-year")
    assert code(instance_id, third) == "000004"
    replaying = Services(Settings(), world.clock)
    replaying.state = world.state
    replay_events(replaying, instance_id)
    assert code(instance_id) == "000004"
    world.set_access(other)
    assert code(other) == "000000"


def test_a_package_shows_what_each_instance_used_of_it() -> None:
    world = World()
    package, first, second = world.open("package"), world.open("on-demand-stops"), world.open("on-demand")
    now = world.clock.now()
    world.use(
        usage("e1", first, "1.50006", now, package),
        usage("e2", second, "2", now, package),
        usage("e3", second, "40", now),
    )
    attempt = world.send(saas_v2.query_instance(package, second))
    assert not attempt.violations
    of_package, of_second = json.loads(attempt.answer.body if attempt.answer else b"{}")["info"]
    shown = {one["relatedInstanceId"]: Decimal(str(one["usageValue"])) for one in of_package["usageInfo"]}
    assert shown == {first: Decimal("1.5001"), second: Decimal(2)}
    assert of_second["usageInfo"] == [{"usageValue": 42.0, "statisticalTime": "20261121100500000"}]


def test_a_yearly_product_shows_no_usage() -> None:
    world = World()
    attempt = world.send(saas_v2.query_instance(world.open("period-year")))
    assert attempt.answer is not None
    assert b"usageInfo" not in attempt.answer.body


@pytest.mark.parametrize(
    ("endpoint", "switch", "shown"),
    [
        ("https://mkt.myhuaweicloud.com", "", True),
        ("https://mkt-intl.myhuaweicloud.com", "", False),
        ("https://mkt.myhuaweicloud.eu", "", False),
        ("https://mkt-intl.myhuaweicloud.com", "on", True),
        ("https://mkt.myhuaweicloud.com", "off", False),
    ],
)
def test_usage_is_shown_where_the_site_asks_for_it(endpoint: str, switch: str, shown: bool) -> None:
    world = World()
    instance_id = world.open("on-demand")
    world.settings |= {"MARKETPLACE_ENDPOINT": endpoint, "QUERY_USAGE_INFO": switch}
    attempt = world.send(saas_v2.query_instance(instance_id))
    assert attempt.answer is not None
    assert (b"usageInfo" in attempt.answer.body) is shown


def test_the_memo_is_escaped_and_every_member_keeps_its_length() -> None:
    world = World()
    (instance_id,) = world.shop.buy("period-year")
    world.set_access(instance_id, {"front_end_url": "https://app.example/", "memo": "请先登录"})
    attempt = world.send(saas_v2.query_instance(instance_id))
    assert attempt.answer is not None
    assert attempt.answer.body.isascii()
    assert "请先登录" in str(json.loads(attempt.answer.body))
