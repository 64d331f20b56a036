"""refresh_instance: the APIG event in, the exact reply out."""

from __future__ import annotations

import pytest

from koogallery_simulator.dialects import saas_v2
from tests.functional.functions.cases import INSTANCE, Case, load, tell, world_with
from tests.support.world import World


@pytest.mark.parametrize("case", load("refresh_instance"))
def test_refresh_instance(case: Case, capsys: pytest.CaptureFixture[str]) -> None:
    tell("refresh_instance", case, world_with(case.given), capsys)


def test_a_retry_with_fresh_ids_changes_nothing_more() -> None:
    world = world_with("active")
    (line,) = world.sell("period-year")
    expire = world.clock.now()
    for days in (30, 60):
        callback = saas_v2.refresh_instance(INSTANCE, line, expire.replace(month=12, day=1 + days % 30))
        assert world.send(callback).accepted
    world.deliver()
    assert world.product.events(INSTANCE) == ["instance.created", "instance.renewed"]


def test_a_cancellation_with_the_order_of_the_renewal_is_no_repetition_of_it() -> None:
    world = world_with("active")
    (line,) = world.sell("period-year")
    later, earlier = world.clock.now().replace(year=2028), world.clock.now().replace(year=2027)
    world.send(saas_v2.refresh_instance(INSTANCE, line, later, saas_v2.RENEWAL))
    world.send(saas_v2.refresh_instance(INSTANCE, line, earlier, saas_v2.UNSUBSCRIBE_RENEWAL_PERIOD))
    assert world.instance(INSTANCE).expire_time.startswith("2027")
    world.deliver()
    told = [one.data["scene"] for one in world.product.received if one.type == "instance.renewed"]
    assert told == ["RENEWAL", "UNSUBSCRIBE_RENEWAL_PERIOD"]


@pytest.mark.parametrize(
    ("scene", "year", "alarms"),
    [
        (saas_v2.RENEWAL, 2027, 1),
        (saas_v2.TRIAL_TO_FORMAL, 2027, 1),
        (saas_v2.UNSUBSCRIBE_RENEWAL_PERIOD, 2027, 0),
        (saas_v2.RENEWAL, 2029, 0),
    ],
)
def test_an_expiry_that_anything_but_a_cancellation_shortens_is_an_alarm(scene: str, year: int, alarms: int) -> None:
    world = world_with("active")
    (first,), (second,) = world.sell("period-year"), world.sell("period-year")
    world.send(saas_v2.refresh_instance(INSTANCE, first, world.clock.now().replace(year=2028), saas_v2.RENEWAL))
    for _ in range(2):
        world.send(saas_v2.refresh_instance(INSTANCE, second, world.clock.now().replace(year=year), scene))
    assert [line["event"] for line in world.lines].count("expiry_shortened") == alarms
    assert world.instance(INSTANCE).expire_time.startswith(str(year))


def test_a_change_on_renewal_brings_the_new_product() -> None:
    world = World()
    instance_id = world.open("period-year")
    world.shop.change_on_renewal(instance_id, "period-year-large", 50)
    world.deliver()
    product = world.instance(instance_id).product
    assert product["product_name"] == "Demo product,Large spec,yearly"
    assert product["linear_value"] == "50"
    assert world.product.received[-1].data["product"] == product


def test_a_conversion_to_another_billing_cycle_brings_its_product() -> None:
    world = World()
    instance_id = world.open("period-month")
    sku = world.instance(instance_id).product["sku_code"]
    target = world.marketplace.catalogue.product("period-year").product_id
    world.shop.convert_trial(instance_id, "period-year")
    world.deliver()
    assert world.product.received[-1].data["product_id"] == target
    assert world.instance(instance_id).product["product_id"] == target
    assert world.instance(instance_id).product["sku_code"] == sku


def test_a_renewal_of_the_same_product_names_none() -> None:
    world = World()
    instance_id = world.open("period-year")
    before = world.instance(instance_id).product
    world.shop.renew(instance_id)
    world.deliver()
    assert "product_id" not in world.product.received[-1].data
    assert world.instance(instance_id).product == before
