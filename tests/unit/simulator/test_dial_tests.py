"""Dial tests: all activities, twice a day, five failing days freeze trading."""

from __future__ import annotations

from datetime import timedelta

import pytest

from koogallery_simulator import Caller, DialTests, Keys, Marketplace, SimulatedClock
from koogallery_simulator.dialects import saas_v2
from koogallery_simulator.errors import ProductFrozen
from tests.unit.simulator.tools import START, Seller, calling


def test_saved_cases_cover_every_activity_and_scene_as_debugging_calls() -> None:
    caller, seller, _ = calling()
    run = DialTests(caller).run()
    assert run.passed
    assert {str(body["activity"]) for body in seller.bodies} == set(saas_v2.ACTIVITIES)
    assert {str(body["scene"]) for body in seller.bodies if "scene" in body} == set(saas_v2.SCENES)
    assert {body["testFlag"] for body in seller.bodies} == {"1"}
    assert caller.marketplace.instances() == []


def test_order_notify_is_left_out_without_its_key() -> None:
    market = Marketplace(Keys(ak="a", sk="s", access=("k",)), SimulatedClock(START))
    seller = Seller()
    assert DialTests(Caller(market, "http://127.0.0.1:8700/saas", transport=seller)).run().passed
    assert "orderNotify" not in {body["activity"] for body in seller.bodies}


def test_day_has_two_runs() -> None:
    caller, _, clock = calling()
    runs = DialTests(caller).run_day()
    assert [run.at for run in runs] == [START, START + timedelta(hours=12)]
    assert clock.now() == START + timedelta(days=1)


def test_cases_can_be_shuffled() -> None:
    caller, seller, _ = calling()
    tests = DialTests(caller)
    tests.run(seed=3)
    shuffled = [body["activity"] for body in seller.bodies]
    seller.bodies.clear()
    tests.run()
    assert shuffled != [body["activity"] for body in seller.bodies]


def test_fifth_failing_day_in_a_row_freezes_trading() -> None:
    caller, seller, _ = calling()
    tests = DialTests(caller)
    seller.answers = lambda message: {"resultCode": "000004"} if message["activity"] == "newInstance" else None
    tests.run_days(4)
    assert not caller.marketplace.catalogue.frozen()
    tests.run_day()
    with pytest.raises(ProductFrozen):
        caller.marketplace.sell("one-time")


def test_good_day_ends_the_row() -> None:
    caller, seller, _ = calling()
    tests = DialTests(caller)
    for _ in range(3):
        seller.status = 500
        tests.run_days(4)
        seller.status = 200
        tests.run_day()
    assert tests.failing_days == 0
    assert not caller.marketplace.catalogue.frozen()


def test_broken_rule_fails_a_case_that_was_accepted() -> None:
    caller, seller, _ = calling()
    seller.seconds = 6.0
    run = DialTests(caller).run()
    assert not run.passed
    assert all(attempt.accepted for attempt in run.failed)
