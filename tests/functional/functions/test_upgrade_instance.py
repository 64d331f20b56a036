"""upgrade_instance: the APIG event in, the exact reply out."""

from __future__ import annotations

import pytest

from koogallery_simulator.dialects import saas_v2
from koogallery_simulator.orders import OrderType
from tests.functional.functions.cases import INSTANCE, Case, load, tell, world_with
from tests.support.world import World


@pytest.mark.parametrize("case", load("upgrade_instance"))
def test_upgrade_instance(case: Case, capsys: pytest.CaptureFixture[str]) -> None:
    tell("upgrade_instance", case, world_with(case.given), capsys)


def test_a_retried_upgrade_is_told_once_with_the_product_of_its_order() -> None:
    world = World()
    instance_id = world.open("period-year")
    order = world.marketplace.order_about(
        instance_id, OrderType.CHANGE, product=world.marketplace.catalogue.product("period-year-large")
    )
    for _ in range(3):
        world.clock.advance(3600)
        assert world.send(saas_v2.upgrade_instance(instance_id, order.lines[0])).accepted
    world.deliver()
    assert world.product.events(instance_id) == ["instance.created", "instance.upgraded"]
    told = world.product.received[-1].data
    assert (told["order_type"], told["product"]["product_name"]) == ("CHANGE", "Demo product,Large spec,yearly")
    assert world.instance(instance_id).product == told["product"]


def test_a_check_has_no_side_effects() -> None:
    world = world_with("active")
    stored = world.instance(INSTANCE)
    product = world.marketplace.catalogue.product("period-year")
    assert world.send(saas_v2.change_instance_check(INSTANCE, product, 5)).accepted
    assert world.instance(INSTANCE) == stored
