"""Products bound to the old usage push: the same ledger, another wire form (open API guide, usage push, old)."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from koogallery.state import State
from tests.support.books import read_books
from tests.support.dying_state import ProcessDied
from tests.support.licences import LOST, LicenseWorld
from tests.support.mortal import Life
from tests.support.world import usage

OLD = "/rest/marketplace/v1/isv/usage-data"
SUCCESS = {"error_code": "MKT.0000", "error_msg": "success"}


def old_world(state: State | None = None, products: str = "*") -> LicenseWorld:
    world = LicenseWorld(state, settings={"USAGE_PUSH_OLD_PRODUCTS": products})
    world.ends.success = SUCCESS
    return world


def used(world: LicenseWorld, quantity: str = "2.5", *, event_id: str = "u1") -> str:
    instance_id = world.open("on-demand")
    world.clock.advance(10)
    world.use(usage(event_id, instance_id, quantity, world.clock.now()))
    return instance_id


def fates(world: LicenseWorld, instance_id: str) -> list[tuple[str, str]]:
    books = read_books(world.state, instance_id)
    books.check_sums()
    return [(fate.status, fate.code) if fate else ("open", "") for fate in books.fates.values()]


def test_a_record_goes_to_the_old_address_with_its_product_and_without_a_serial() -> None:
    world = old_world()
    instance_id = used(world)
    world.to_next_hour()
    world.push()
    (taken,) = world.ends.taken
    assert taken.path == OLD
    assert not {"signature", "ts", "nonce"} & {name.lower() for name in taken.headers}
    (record,) = taken.json()["usage_records"]
    assert set(record) == {"instance_id", "product_id", "record_time", "begin_time", "end_time", "usage_value"}
    assert (record["instance_id"], record["usage_value"]) == (instance_id, "2.5")
    assert record["product_id"] == world.instance(instance_id).product["product_id"]
    assert fates(world, instance_id) == [("delivered", "")]
    assert not world.ends.pushes


def test_other_products_go_to_the_new_address() -> None:
    world = old_world(products="another-product, and-one-more")
    instance_id = used(world)
    world.to_next_hour()
    world.push()
    assert not world.ends.taken
    assert world.marketplace.bill.total(instance_id) == Decimal("2.5")


def test_a_batch_has_one_wire_form() -> None:
    world = old_world()
    old = [used(world, event_id=f"old-{n}") for n in range(3)]
    product = world.instance(old[0]).product["product_id"]
    new = [used(world, event_id=f"new-{n}") for n in range(2)]
    for instance_id in new:
        world.rename_product(instance_id, "another-product")
    world.settings["USAGE_PUSH_OLD_PRODUCTS"] = str(product)
    world.to_next_hour()
    world.push()
    (taken,) = world.ends.taken
    assert {record["instance_id"] for record in taken.json()["usage_records"]} == set(old)
    (pushed,) = world.ends.pushes
    assert {record["instance_id"] for record in json.loads(pushed)["usage_records"]} == set(new)
    assert all("metering_sn" in record for record in json.loads(pushed)["usage_records"])


def test_an_instance_whose_product_is_not_known_goes_the_new_way() -> None:
    world = old_world()
    instance_id = used(world)
    world.rename_product(instance_id, "")
    world.to_next_hour()
    world.push()
    assert not world.ends.taken


def test_every_try_sends_the_same_bytes() -> None:
    world = old_world()
    instance_id = used(world)
    world.to_next_hour()
    world.ends.script = [LOST, (500, {"error_code": "MKT.0999"}), (406, {"error_code": "MKT.0250"})]
    world.push()
    world.clock.advance(240)
    world.push()
    assert len({one.body for one in world.ends.taken}) == 1
    assert len(world.ends.taken) == 4
    assert fates(world, instance_id) == [("delivered", "")]


def test_a_record_is_settled_by_instance_and_interval() -> None:
    world = old_world()
    good, bad = used(world, event_id="u1"), used(world, event_id="u2")
    world.to_next_hour()

    def answer() -> dict[str, Any]:
        books = read_books(world.state, bad)
        (record,) = books.records()
        named = {"instance_id": bad, "begin_time": record.begin, "end_time": record.end, "error_code": "012"}
        return {**SUCCESS, "data": {"abnormal_usage_data": [named]}}

    world.ends.answer_with = answer
    world.push()
    assert fates(world, good) == [("delivered", "")]
    assert fates(world, bad) == [("rejected", "012")]


@pytest.mark.parametrize("code", ["005", "010"])
def test_a_duplicate_of_our_own_record_is_delivered(code: str) -> None:
    world = old_world()
    instance_id = used(world)
    world.to_next_hour()
    world.ends.script = [LOST]
    world.ends.success = {**SUCCESS, "data": {"abnormal_usage_data": [{"error_code": code}]}}
    world.push()
    assert fates(world, instance_id) == [("delivered", code)]


@pytest.mark.parametrize("code", ["MKT.0100", "MKT.0101", "MKT.0199", "MKT.9001", "MKT.9002", "MKT.9003", "MKT.9004"])
def test_one_poison_record_does_not_block_the_others(code: str) -> None:
    world = old_world()
    ids = [used(world, event_id=f"u{n}") for n in range(4)]
    world.to_next_hour()
    poison = ids[2]
    world.ends.refuse_when = lambda body: (500, {"error_code": code}) if poison.encode() in body else None
    world.push()
    assert [fates(world, one)[0][0] for one in ids] == ["delivered", "delivered", "rejected", "delivered"]


@pytest.mark.parametrize("code", ["MKT.0150", "MKT.0151", "MKT.0154"])
def test_a_refused_key_pair_stops_the_run(code: str) -> None:
    world = old_world()
    instance_id = used(world)
    world.to_next_hour()
    world.ends.script = [(401, {"error_code": code})]
    assert world.push()["stopped_unauthorized"] == 1
    assert len(world.ends.taken) == 1
    world.clock.advance(240)
    world.push()
    assert fates(world, instance_id) == [("delivered", "")]


def test_a_later_change_of_the_setting_does_not_touch_what_is_batched() -> None:
    world = old_world()
    instance_id = used(world)
    world.to_next_hour()
    world.ends.script = [LOST] * 3
    world.push()
    world.settings["USAGE_PUSH_OLD_PRODUCTS"] = ""
    world.clock.advance(240)
    world.push()
    assert len({one.body for one in world.ends.taken}) == 1
    assert not world.ends.pushes
    assert fates(world, instance_id) == [("delivered", "")]


def test_no_death_loses_or_doubles_a_record(sqlite_state: State) -> None:
    def story(life: Life) -> list[tuple[str, str]]:
        world = old_world(sqlite_state)
        instance_id = used(world)
        world.to_next_hour()
        with suppress(ProcessDied):
            world.push(life=life)
        for _ in range(3):
            world.clock.advance(240)
            world.push()
        sent = {one.body for one in world.ends.taken if instance_id.encode() in one.body}
        intervals = {(r["begin_time"], r["end_time"]) for body in sent for r in json.loads(body)["usage_records"]}
        assert len(intervals) == 1
        world.clock.advance(timedelta(hours=2).total_seconds())
        world.push()
        return fates(world, instance_id)

    whole = Life()
    expected = story(whole)
    assert expected == [("delivered", "")]
    for number in range(1, whole.calls + 1):
        for before in (False, True):
            assert story(Life(number, before=before)) == expected, (number, before)
