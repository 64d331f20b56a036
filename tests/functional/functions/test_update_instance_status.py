"""update_instance_status: the APIG event in, the exact reply out."""

from __future__ import annotations

import pytest

from koogallery_simulator.dialects import saas_v2
from tests.functional.functions.cases import INSTANCE, Case, load, tell, world_with


@pytest.mark.parametrize("case", load("update_instance_status"))
def test_update_instance_status(case: Case, capsys: pytest.CaptureFixture[str]) -> None:
    tell("update_instance_status", case, world_with(case.given), capsys)


def test_a_late_freeze_does_not_undo_an_unfreeze() -> None:
    world = world_with("active")
    freeze = world.sign(saas_v2.update_instance_status(INSTANCE, saas_v2.FREEZE))
    world.clock.advance(5)
    world.shop.freeze(INSTANCE)
    world.clock.advance(5)
    world.shop.unfreeze(INSTANCE)
    assert world.answer(freeze).body == b'{"resultCode":"000000","resultMsg":"success"}'
    assert world.instance(INSTANCE).status == "active"
    world.deliver()
    assert world.product.events(INSTANCE) == ["instance.created", "instance.frozen", "instance.unfrozen"]


def test_a_replayed_freeze_is_answered_as_before_and_changes_nothing() -> None:
    world = world_with("active")
    freeze = world.sign(saas_v2.update_instance_status(INSTANCE, saas_v2.FREEZE))
    first = world.answer(freeze)
    stored = world.instance(INSTANCE)
    world.clock.advance(50)
    assert world.answer(freeze) == first
    assert world.instance(INSTANCE) == stored


def test_freezing_twice_is_told_once() -> None:
    world = world_with("active")
    for _ in range(2):
        world.clock.advance(1)
        world.shop.freeze(INSTANCE)
    world.deliver()
    assert world.product.events(INSTANCE) == ["instance.created", "instance.frozen"]
