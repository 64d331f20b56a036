"""Damage to a meter, to its pages or to what it says of reports made again is a fault that is named."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from koogallery.ledger.entries import Record
from koogallery.ledger.meter import Meter
from koogallery.ledger.page import PageEntry
from koogallery.ledger.sealing import metering_sn
from koogallery.slots import instance_key, page_partition
from koogallery.state import Key
from koogallery.use_cases.correct_usage import report_again
from tests.functional.operations.desk import HOUR, Desk, desk_in
from tests.functional.operations.reconcile_usage.findings import faults


def test_a_meter_without_instance_is_a_fault(billed: Desk) -> None:
    billed.state.delete(instance_key("i-2"))
    assert "there is usage of an instance that does not exist" in faults(billed.reconcile())


def _drop_event(meter: Meter) -> None:
    meter.sealed[0].events.pop()


def _drop_open_event(meter: Meter) -> None:
    next(iter(meter.open.values())).events.pop()


def _duplicate_event(meter: Meter) -> None:
    meter.sealed[0].events.append(meter.sealed[1].events[0])


def _change_total(meter: Meter) -> None:
    meter.open["2026-11-21T13"].totals[""] += 1


def _change_used(meter: Meter) -> None:
    meter.used[""] += Decimal("0.0001")


def _drop_seal(meter: Meter) -> None:
    del meter.sealed[1]


def _seal_twice(meter: Meter) -> None:
    meter.sealed.append(meter.sealed[0])


def _change_line(meter: Meter) -> None:
    meter.sealed[0].lines[""] = meter.sealed[0].lines[""]._replace(carried_out=Decimal("0.5"))


def _change_quantity(meter: Meter) -> None:
    _replace_record(meter, quantity=Decimal(99))


def _drop_record(meter: Meter) -> None:
    meter.sealed[0].records = []


def _duplicate_sn(meter: Meter) -> None:
    meter.sealed[1].records = [meter.sealed[1].records[0]._replace(metering_sn=meter.sealed[0].records[0].metering_sn)]


def _overlap(meter: Meter) -> None:
    _replace_record(meter, end="20261121T120000Z")


def _negative_carry(meter: Meter) -> None:
    meter.carried[""] = Decimal(-1)


def _lose_page(meter: Meter) -> None:
    meter.pages.append(PageEntry("2026-11-21T08", "2026-11-21T09", "2026-11-21T09", 99))


def _replace_record(meter: Meter, **fields: object) -> None:
    (record,) = meter.sealed[0].records
    changed = Record(**{**record._asdict(), **fields})
    sn = metering_sn(meter.instance_id, changed.package, (changed.begin, changed.end), changed.quantity)
    meter.sealed[0].records = [changed._replace(metering_sn=sn)]


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (_drop_event, "the events kept in the meter are 10, not 11.5"),
        (_drop_event, "the hour counts 1.5, its events are 0"),
        (_drop_open_event, "the hour counts 7, its events are 0"),
        (_duplicate_event, "a-1 is counted twice"),
        (_change_total, "used is not sealed + open + carried: -1 off"),
        (_change_used, "used is not sealed + open + carried: 0.0001 off"),
        (_drop_seal, "the records on file are 3, not 4.5"),
        (_seal_twice, "the seal is counted twice"),
        (_change_line, "used + carried in - carried out is 1, the records are 1.5"),
        (_change_quantity, "does not have the record"),
        (_drop_record, "used + carried in - carried out is 1.5, the records are 0"),
        (_duplicate_sn, "the metering_sn stands twice"),
        (_duplicate_sn, "the metering_sn does not belong to the content of the record"),
        (_overlap, "overlaps"),
        (_overlap, "is not inside the hour"),
        (_negative_carry, "less than nothing is carried"),
        (_lose_page, "is gone"),
    ],
)
def test_damage_to_a_meter_is_found(billed: Desk, damage: Callable[[Meter], None], says: str) -> None:
    meter = billed.meter("i-1")
    damage(meter)
    billed.put_meter(meter)

    result = billed.reconcile()

    assert not result.is_clean
    assert any(says in text for text in faults(result)), faults(result)
    assert {finding.instance_id for finding in result.faults} == {"i-1"}


def test_a_page_that_is_gone_is_a_fault(desk: Desk) -> None:
    desk.opened("i-1")
    desk.bill("i-1", range(40))
    assert desk.reconcile().is_clean
    desk.state.delete(Key(page_partition("i-1"), desk.meter("i-1").pages[0].sort))

    found = faults(desk.reconcile())

    assert any(text.startswith("page ") for text in found)
    assert any("the records on file are" in text for text in found)


def test_a_fault_that_is_gone_at_the_second_look_is_none(billed: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from koogallery.use_cases import reconcile_usage

    sound, looks = billed.meter("i-1"), []
    damaged = billed.meter("i-1")
    _change_used(damaged)
    billed.put_meter(damaged)

    def heal(state: object, instance_id: str) -> tuple[Meter, None]:
        looks.append(instance_id)
        return sound, None

    monkeypatch.setattr(reconcile_usage, "load_meter", heal)
    assert billed.reconcile().is_clean
    assert looks == ["i-1"]


def test_damage_is_found_also_where_some_was_archived(tmp_path: Path) -> None:
    desk = desk_in(tmp_path, retention_days="23")
    desk.opened("i-1")
    desk.bill("i-1", range(60))
    desk.push(hours=26 * 24)
    assert desk.reconcile().outcomes.by_status["archived"] > 0
    meter = desk.meter("i-1")
    _drop_event(meter)
    desk.put_meter(meter)

    assert any("the events kept in the meter" in text for text in faults(desk.reconcile()))


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"quantity": Decimal(9)}, "again with another content"),
        ({"package": "p-9"}, "again with another content"),
    ],
)
def test_a_new_report_says_what_the_refused_one_said(desk: Desk, fields: dict[str, object], says: str) -> None:
    desk.opened("i-1")
    desk.use("i-1", "2.5", "e-1")
    desk.marketplace.codes["i-1"] = ["003"]
    desk.push()
    report_again(desk.services(), "i-1", HOUR, None)
    meter = desk.meter("i-1")
    meter.sealed[-1].records = [Record(**{**meter.sealed[-1].records[0]._asdict(), **fields})]
    desk.put_meter(meter)

    assert any(says in text for text in faults(desk.reconcile()))


def test_a_new_report_of_nothing_is_a_fault(desk: Desk) -> None:
    desk.opened("i-1")
    desk.use("i-1", "2.5", "e-1")
    desk.marketplace.codes["i-1"] = ["003"]
    desk.push()
    report_again(desk.services(), "i-1", HOUR, None)
    meter = desk.meter("i-1")
    meter.sealed[-1].again_of = "unknown"
    desk.put_meter(meter)

    assert "reports unknown again, which is not on file" in faults(desk.reconcile())
