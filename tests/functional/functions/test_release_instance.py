"""release_instance: the APIG event in, the exact reply out."""

from __future__ import annotations

import pytest

from koogallery_simulator.dialects import saas_v2
from tests.functional.functions.cases import INSTANCE, Case, load, tell, world_with
from tests.support.counting_state import CountingState


@pytest.mark.parametrize("case", load("release_instance"))
def test_release_instance(case: Case, capsys: pytest.CaptureFixture[str]) -> None:
    tell("release_instance", case, world_with(case.given), capsys)


def test_released_is_final_whatever_comes_later() -> None:
    world = world_with("frozen")
    world.shop.release(INSTANCE)
    stored = world.instance(INSTANCE)
    line = world.marketplace.instance(INSTANCE).line
    later = [
        saas_v2.new_instance(line),
        saas_v2.release_instance(INSTANCE),
        saas_v2.update_instance_status(INSTANCE, saas_v2.UNFREEZE),
        saas_v2.refresh_instance(INSTANCE, line, world.clock.now()),
        saas_v2.upgrade_instance(INSTANCE, line),
    ]
    codes = []
    for callback in later:
        world.clock.advance(1)
        codes.append(world.send(callback).code)
    assert codes == ["000000", "000000", "000003", "000003", "000003"]
    assert world.instance(INSTANCE) == stored


def test_an_identical_request_that_comes_after_the_release_gets_its_first_answer() -> None:
    world = world_with("active")
    freeze = world.send(saas_v2.update_instance_status(INSTANCE, saas_v2.FREEZE))
    world.shop.release(INSTANCE)
    again = world.caller.resend(freeze)
    assert again.code == freeze.code == "000000"
    assert not again.violations
    assert world.instance(INSTANCE).status == "released"


def test_an_instance_that_is_not_metered_has_no_final_hour() -> None:
    world = world_with("active", "period-year")
    counted = world.state
    assert isinstance(counted, CountingState)
    counted.reset()
    world.shop.release(INSTANCE)
    assert counted.writes == 2
