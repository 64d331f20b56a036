"""push_usage: hours that are over become the bill."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from koogallery.errors import SettingsError
from koogallery.timer import MalformedTimerEvent
from koogallery_simulator import faults
from tests.functional.functions.cases import EVENTS, INSTANCE, check_secrets, world_with
from tests.support.books import read_books
from tests.support.counting_state import CountingState
from tests.support.memory_state import MemoryState
from tests.support.world import AT, World, share_of, usage

EVENT: dict[str, Any] = json.loads((EVENTS / "push_usage.json").read_text(encoding="utf-8"))


def test_the_timer_event_of_the_platform_is_understood(capsys: pytest.CaptureFixture[str]) -> None:
    world = world_with("active")
    world.use(usage("a", INSTANCE, "1.23456", AT))
    world.to_next_hour()
    world.lines.clear()
    assert world.call("push_usage", EVENT) == {"hours_sealed": 1, "hours_zero": 0, "records_delivered": 1}
    assert [line["event"] for line in world.lines] == ["usage_backlog", "push_usage"]
    check_secrets(capsys.readouterr().err)
    ((record,),) = (json.loads(body)["usage_records"] for body in world.far_ends.pushes)
    sn = record.pop("metering_sn")
    assert record == {
        "begin_time": "20261121T100500Z",
        "end_time": "20261121T110000Z",
        "instance_id": INSTANCE,
        "record_time": "20261121T110100Z",
        "usage_value": "1.2345",
    }
    assert len(sn) == 40
    assert not world.marketplace.violations.all()


def test_an_idle_run_reports_nothing() -> None:
    assert World().call("push_usage", EVENT) == {}


def test_the_time_of_the_event_says_which_hours_are_over() -> None:
    world = world_with("active")
    world.use(usage("a", INSTANCE, 1, AT))
    world.to_next_hour()
    assert world.push(AT) == {}
    assert world.push()["records_delivered"] == 1


def test_the_remainder_below_four_places_goes_into_a_later_hour() -> None:
    world = world_with("active")
    for hour in range(4):
        world.use(usage(f"a{hour}", INSTANCE, "0.00004", world.clock.now()))
        world.to_next_hour()
        world.push()
    assert world.marketplace.bill.hours(INSTANCE) == {"2026-11-21T12": Decimal("0.0001")}
    assert world.counts["hours_zero"] == 3


def test_packages_of_one_hour_get_intervals_of_their_own() -> None:
    world = World()
    metered = world.open("on-demand")
    packages = [world.open("package") for _ in range(3)]
    world.clock.travel(AT.replace(hour=11))
    now = world.clock.now()
    world.use(usage("none", metered, 1, now), *(usage(p, metered, 2, now, p) for p in packages))
    world.to_next_hour()
    world.push()
    spans = [(record.begin.minute, record.end.minute) for record in world.marketplace.bill.records(metered)]
    assert sorted(spans) == [(0, 15), (15, 30), (30, 45), (45, 0)]
    assert [world.marketplace.bill.package_used(package) for package in packages] == [2, 2, 2]
    assert not world.marketplace.violations.all()


def test_more_than_a_record_can_hold_becomes_several() -> None:
    world = world_with("active")
    world.use(*(usage(f"a{n}", INSTANCE, "99999999", world.clock.now()) for n in range(3)))
    world.to_next_hour()
    world.push()
    values = [record.text for record in world.marketplace.bill.records(INSTANCE)]
    assert sorted(values) == ["99999997.0002", "99999999.9999", "99999999.9999"]
    read_books(world.state, INSTANCE).check_records()


def test_a_batch_has_at_most_a_thousand_records() -> None:
    world = World()
    packages = [world.open("package") for _ in range(30)]
    metered = [world.open("on-demand") for _ in range(34)]
    for id_ in metered:
        now = world.clock.now()
        world.use(*(usage(f"{id_}{package}", id_, 1, now, package) for package in packages))
    world.to_next_hour()
    world.push()
    sizes = [len(json.loads(body)["usage_records"]) for body in world.far_ends.pushes]
    assert sizes == [990, 30]
    assert world.marketplace.bill.total() == 1020


def test_a_smaller_limit_of_the_marketplace_is_learnt_within_a_run() -> None:
    world = World()
    ids = [world.open("on-demand") for _ in range(30)]
    world.use(*(usage(id_, id_, 1, world.clock.now()) for id_ in ids))
    world.marketplace.faults.record_limit = 8
    world.to_next_hour()
    world.push()
    assert world.marketplace.bill.total() == 30
    assert not world.alarms()


def test_an_instance_in_an_abnormal_state_is_tried_again_an_hour_later() -> None:
    world = world_with("active")
    world.use(usage("a", INSTANCE, 1, AT))
    world.marketplace.faults.add(faults.RecordFault(faults.FORCE_CODE, INSTANCE, "013"))
    world.to_next_hour()
    assert world.push()["records_later"] == 1
    world.clock.advance(3500)
    assert "records_delivered" not in world.push()
    world.clock.advance(200)
    assert world.push()["records_delivered"] == 1


def test_a_wrong_key_stops_the_run_and_is_an_alarm() -> None:
    world = world_with("active")
    world.use(usage("a", INSTANCE, 1, AT))
    world.marketplace.faults.add(faults.error("MKT.0102", 1, faults.USAGE))
    world.to_next_hour()
    assert world.push()["stopped_unauthorized"] == 1
    assert [line["alarm"] for line in world.lines if line["event"] == "usage_push_unauthorized"] == [True]
    assert world.push()["records_delivered"] == 1


@pytest.mark.parametrize("code", ["MKT.0999", "94060001", "APIGW.0201"])
def test_a_record_that_always_fails_inside_is_parted_from_the_others(code: str) -> None:
    world = World()
    ids = [world.open("on-demand") for _ in range(8)]
    world.use(*(usage(id_, id_, 1, world.clock.now()) for id_ in ids))
    world.marketplace.faults.add(faults.RecordFault(faults.REJECT_BATCH, ids[3], code, times=10_000))
    world.to_next_hour()
    for _ in range(20):
        world.push()
        world.clock.advance(240)
    assert world.marketplace.bill.total() == 7


def test_an_answer_without_readable_code_is_no_success() -> None:
    world = world_with("active")
    world.use(usage("a", INSTANCE, 1, AT))
    world.marketplace.faults.add(faults.garbage("no-code", 3, faults.USAGE))
    world.to_next_hour()
    assert world.push()["batches_left_pending"] == 1
    assert world.push()["records_delivered"] == 1


@pytest.mark.parametrize("member", ["data", "", "result"])
def test_the_abnormal_list_is_found_wherever_it_stands(member: str) -> None:
    world = world_with("active")
    world.use(usage("a", INSTANCE, 1, AT))
    world.marketplace.faults.abnormal_member = member
    world.marketplace.faults.add(faults.RecordFault(faults.FORCE_CODE, INSTANCE, "009"))
    world.to_next_hour()
    assert world.push()["records_rejected"] == 1
    assert world.alarms() == ["009"]


def test_a_sent_batch_and_its_answers_are_archived(tmp_path: Path) -> None:
    world = World(settings={"ARCHIVE_URL": f"file://{tmp_path}/archive"})
    instance_id = world.open("on-demand")
    world.use(usage("a", instance_id, 1, world.clock.now()))
    world.to_next_hour()
    world.push()
    (file,) = (tmp_path / "archive" / "batches" / "2026-11-21").iterdir()
    content = json.loads(file.read_text(encoding="utf-8"))
    assert content["body"] == world.far_ends.pushes[0].decode()
    assert [fate["status"] for fate in content["fates"].values()] == ["delivered"]
    check_secrets(file.read_text(encoding="utf-8"))


def test_an_archive_that_fails_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "archive").write_text("a file where a folder should be", encoding="utf-8")
    world = World(settings={"ARCHIVE_URL": f"file://{tmp_path}/archive"})
    instance_id = world.open("on-demand")
    world.use(usage("a", instance_id, 1, world.clock.now()))
    world.to_next_hour()
    assert world.push()["records_delivered"] == 1
    assert "archive_failed" in {line["event"] for line in world.lines}


def test_a_share_bills_its_own_instances_only() -> None:
    world = World()
    ids = [world.open("on-demand") for _ in range(12)]
    world.use(*(usage(id_, id_, 1, world.clock.now()) for id_ in ids))
    world.to_next_hour()
    world.push(user_event=share_of(ids[0]))
    billed = {record.instance_id for record in world.marketplace.bill.records()}
    assert billed == {id_ for id_ in ids if share_of(id_) == share_of(ids[0])}


def test_a_billed_record_costs_two_state_calls_amortised() -> None:
    counted = CountingState(MemoryState())
    world = World(counted)
    ids = [world.open("on-demand") for _ in range(150)]
    world.use(*(usage(id_, id_, 1, world.clock.now()) for id_ in ids))
    world.to_next_hour()
    counted.reset()
    assert world.push()["records_delivered"] == 150
    assert counted.calls.total() <= 2 * 150


def test_a_run_that_is_out_of_time_leaves_the_rest_to_the_next_one() -> None:
    world = World()
    ids = [world.open("on-demand") for _ in range(120)]
    world.use(*(usage(id_, id_, 1, world.clock.now()) for id_ in ids))
    world.marketplace.faults.record_limit = 10
    world.to_next_hour()
    for _ in range(400):
        world.far_ends.before_push.append(lambda: world.clock.advance(15))
    first = world.push()
    assert first["stopped_out_of_time"] == 1
    for _ in range(30):
        world.push()
    assert world.marketplace.bill.total() == 120
    assert not world.marketplace.violations.all()


def test_a_missing_setting_fails_the_run_and_is_named() -> None:
    world = world_with("active")
    world.use(usage("a", INSTANCE, 1, AT))
    world.to_next_hour()
    world.settings["MARKETPLACE_ENDPOINT"] = ""
    with pytest.raises(SettingsError):
        world.push()
    assert world.lines[-1]["reason"] == "MARKETPLACE_ENDPOINT is missing"
    world.settings["MARKETPLACE_ENDPOINT"] = "https://market.example"
    world.clock.advance(120)
    assert world.push()["records_delivered"] == 1


def test_an_event_that_is_none_fails_the_run() -> None:
    world = World()
    with pytest.raises(MalformedTimerEvent):
        world.call("push_usage", {**EVENT, "time": "later"})
    assert world.lines[-1]["event"] == "push_usage_failed"
