"""Copies of worlds: each has the past of the first, and none sees what happens in another."""

from __future__ import annotations

from decimal import Decimal

from tests.support.copies import copy_of
from tests.support.world import World, usage


def test_what_happens_in_a_copy_is_not_seen_in_the_world_or_in_another_copy() -> None:
    world = World()
    instance_id = world.open()
    copies = [copy_of(world) for _ in range(2)]
    for copy, quantity in zip(copies, ("1", "2"), strict=True):
        copy.clock.advance(10)
        copy.use(usage("u1", instance_id, quantity, copy.clock.now()))
        copy.to_next_hour()
        copy.push()
    assert [copy.marketplace.bill.total(instance_id) for copy in copies] == [1, 2]
    assert world.marketplace.bill.total(instance_id) == Decimal(0)
    assert (len(world.far_ends.pushes), [len(copy.far_ends.pushes) for copy in copies]) == (0, [1, 1])
    assert world.clock.now() < copies[0].clock.now()
    assert len(world.lines) < len(copies[0].lines) == len(copies[1].lines)
    assert world.size() < copies[0].size()


def test_a_copy_has_the_past_of_its_world() -> None:
    world = World()
    instance_id = world.open()
    copy = copy_of(world)
    assert copy.instance(instance_id) == world.instance(instance_id)
    assert copy.product.events(instance_id) == ["instance.created"]
    assert copy.shop.wait_until_ready(instance_id).code == "000000"
