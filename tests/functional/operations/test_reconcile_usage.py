from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from koogallery import times
from koogallery.ledger.batch import DONE, Batch, Fate, make_batch, void_batch
from koogallery.ledger.findings import Reconciliation
from koogallery.ledger.meter import Meter, PageEntry, Record, page_sort
from koogallery.ledger.sealing import metering_sn
from koogallery.outbox import Event
from koogallery.queues import USAGE, put_pointer
from koogallery.slots import batch_key, instance_key, page_partition
from koogallery.state import Key
from koogallery.use_cases.correct_usage import report_again
from tests.functional.operations.desk import AT, HOUR, Desk, desk_in


@pytest.fixture
def billed(desk: Desk) -> Desk:
    """Two instances, three billed hours, an open one."""
    for name in ("i-1", "i-2"):
        desk.opened(name)
    for hour in range(3):
        desk.use("i-1", "1.5", f"a-{hour}")
        desk.use("i-2", "2.00001", f"b-{hour}")
        desk.push()
    desk.use("i-1", "7", "open")
    return desk


def faults(result: Reconciliation) -> list[str]:
    """Texts of the faults."""
    return [finding.message for finding in result.faults]


def kinds(result: Reconciliation) -> dict[str, int]:
    """What was found, counted."""
    return dict(result.counts)


def test_an_empty_state_agrees(desk: Desk) -> None:
    assert desk.reconcile().is_clean


def test_everything_used_is_accounted_for(billed: Desk) -> None:
    result = billed.reconcile()

    assert result.is_clean
    assert (result.instances, result.meters) == (2, 2)
    used, posted, opened, carried = result.balance
    assert (used, posted, opened, carried) == tuple(map(Decimal, ("17.50003", "10.5", "7", "0.00003")))
    assert result.outcomes.by_status["delivered"] == posted
    assert billed.marketplace.total() == "10.5"


def test_a_meter_without_instance_is_a_fault(billed: Desk) -> None:
    billed.state.delete(instance_key("i-2"))
    assert "there is usage of an instance that does not exist" in faults(billed.reconcile())


def test_meters_and_instances_are_paged_through(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("koogallery.use_cases.all_accounts.METERS_AT_ONCE", 2)
    monkeypatch.setattr("koogallery.use_cases.all_accounts.INSTANCES_AT_ONCE", 3)
    for number in range(60):
        name = desk.opened(f"i-{number}")
        if number % 2:
            desk.use(name, "1", f"e-{number}")

    result = desk.reconcile()

    assert (result.instances, result.meters, result.balance.open) == (60, 30, Decimal(30))


# ------------------------------------------------------------------------------------------------------------ damage
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


def test_a_batch_that_is_gone_is_a_fault(billed: Desk) -> None:
    billed.state.delete(batch_key(billed.batch_of("i-1").id))

    result = billed.reconcile()

    assert [f.message for f in result.faults] == ["its batch is not there and no pointer leads to it"] * 2
    assert not result.agrees
    assert result.outcomes.by_status["lost"] == Decimal("3.5")


def _another_value(batch: Batch) -> Batch:
    records = [dict(record, usage_value="9") for record in batch.records]
    return replace(make_batch(batch.id, records, AT), fates=batch.fates, status=batch.status)


def _twice_in_batch(batch: Batch) -> Batch:
    records = [*batch.records, batch.records[0]]
    return replace(make_batch(batch.id, records, AT), fates=batch.fates, status=batch.status)


def _done_without_fate(batch: Batch) -> Batch:
    return replace(batch, fates={}, status=DONE)


def _moved_in_a_circle(batch: Batch) -> Batch:
    return replace(batch, fates={sn: Fate("moved", "", fate.at, batch.id) for sn, fate in batch.fates.items()})


def _moved_nowhere(batch: Batch) -> Batch:
    return replace(batch, fates={sn: Fate("moved", "", fate.at, "nowhere") for sn, fate in batch.fates.items()})


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (_another_value, "another content"),
        (_twice_in_batch, "has the record twice"),
        (_done_without_fate, "says nothing of the record"),
        (_moved_in_a_circle, "moved more than"),
        (_moved_nowhere, "no pointer leads to it"),
    ],
)
def test_damage_to_a_batch_is_found(billed: Desk, damage: Callable[[Batch], Batch], says: str) -> None:
    billed.put_batch(damage(billed.batch_of("i-1")))

    result = billed.reconcile()

    assert any(says in text for text in faults(result)), faults(result)
    assert not result.agrees


def test_a_page_that_is_gone_is_a_fault(desk: Desk) -> None:
    desk.opened("i-1")
    for hour in range(40):
        desk.use("i-1", "1", f"e-{hour}")
        desk.push()
    assert desk.reconcile().is_clean
    desk.state.delete(Key(page_partition("i-1"), desk.meter("i-1").pages[0].sort))

    found = faults(desk.reconcile())

    assert any(text.startswith("page ") for text in found)
    assert any("the records on file are" in text for text in found)


def test_a_page_that_nobody_names_counts_nothing_twice(desk: Desk) -> None:
    desk.opened("i-1")
    for hour in range(40):
        desk.use("i-1", "1", f"e-{hour}")
        desk.push()
    (entry,) = desk.meter("i-1").pages
    item = desk.state.get(Key(page_partition("i-1"), entry.sort))
    assert item is not None
    desk.state.put_if_absent(Key(page_partition("i-1"), page_sort(entry.made, entry.number + 1)), item.document)

    assert desk.reconcile().is_clean


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


# ---------------------------------------------------------------------------------------------- what waits for someone
@pytest.mark.parametrize(("code", "status"), [("003", "rejected"), ("005", "conflict"), ("007", "expired")])
def test_what_was_refused_waits_for_an_operator(desk: Desk, code: str, status: str) -> None:
    desk.opened("i-1")
    desk.use("i-1", "2.5", "e-1")
    desk.marketplace.codes["i-1"] = [code]
    desk.push()

    result = desk.reconcile()

    assert result.agrees
    assert not result.is_clean
    (finding,) = result.waiting
    assert finding[:3] == (status, "i-1", HOUR)
    assert finding.metering_sn == desk.marketplace.received[0]["metering_sn"]
    assert finding.quantity == "2.5"
    assert code in finding.message
    assert result.outcomes.by_status[status] == Decimal("2.5")


def test_a_record_without_an_answer_waits_after_two_hours(desk: Desk) -> None:
    desk.opened("i-1")
    desk.use("i-1", "2.5", "e-1")
    desk.marketplace.is_down = True
    desk.push()
    assert desk.reconcile().is_clean
    assert desk.reconcile().outcomes.by_status["pending"] == Decimal("2.5")

    desk.pass_hours(3)

    result = desk.reconcile()
    assert kinds(result) == {"pending": 1}
    assert result.agrees


def test_an_hour_that_was_not_sealed_waits_after_two_hours(desk: Desk) -> None:
    desk.opened("i-1")
    desk.use("i-1", "2.5", "e-1")
    desk.pass_hours(2)
    assert desk.reconcile().is_clean
    desk.pass_hours(2)

    (finding,) = desk.reconcile().waiting
    assert (finding.kind, finding.hour, finding.quantity) == ("unsealed", HOUR, "2.5")
    assert "did not run" in finding.message


def test_a_seal_whose_batch_never_came_waits_after_two_hours(desk: Desk) -> None:

    desk.opened("i-1")
    desk.use("i-1", "2.5", "e-1")
    desk.push()
    desk.state.delete(batch_key(desk.batch_of("i-1").id))
    put_pointer(desk.state, USAGE, due=times.hour_end(HOUR), now=desk.clock.now(), owner="i-1", subject=HOUR)
    assert desk.reconcile().is_clean
    desk.pass_hours(3)

    assert kinds(desk.reconcile()) == {"unbatched": 1}


def test_a_dead_letter_waits_for_an_operator(desk: Desk) -> None:
    event = Event("msg_i-1_1", 1, "instance.created", "2026-11-18T10:00:00Z", {}, last_failure="HTTP 500")
    desk.opened("i-1", sequence=1, dead_letters=(event,))

    (finding,) = desk.reconcile().waiting

    assert finding.kind == "dead_letter"
    assert "msg_i-1_1" in finding.message
    assert "HTTP 500" in finding.message


def test_a_closed_meter_that_carries_a_sendable_rest_waits_for_an_operator(desk: Desk) -> None:
    desk.opened("i-1")
    # An hour of one second has room for one record, the second package for none.
    opened = AT + timedelta(minutes=10)
    desk.opened("i-2", activated_at="2026-11-21T10:15:00.000Z")
    desk.clock.travel(opened)
    desk.use("i-2", "1", "e-1")
    desk.use("i-2", "2", "e-2", package="i-1")
    desk.clock.advance(1)
    desk.release("i-2")

    put_pointer(desk.state, USAGE, due=times.hour_end(HOUR), now=desk.clock.now(), owner="i-2", subject="final")
    desk.push()

    result = desk.reconcile()

    assert desk.meter("i-2").closed
    assert kinds(result) == {"carried": 1}
    assert result.waiting[0][:5] == ("carried", "i-2", HOUR, "", "2")
    assert result.agrees


# -------------------------------------------------------------------------------------------------------- retention
def test_what_retention_took_out_counts_as_archived(tmp_path: Path) -> None:
    desk = desk_in(tmp_path, retention_days="23")
    desk.opened("i-1")
    for hour in range(60):
        desk.use("i-1", "1", f"e-{hour}")
        desk.push()
    desk.push(hours=26 * 24)

    result = desk.reconcile()

    assert result.is_clean, result.faults
    assert result.balance.used == 60
    assert result.outcomes.by_status["archived"] > 30
    assert result.outcomes.total() == 60


def test_damage_is_found_also_where_some_was_archived(tmp_path: Path) -> None:
    desk = desk_in(tmp_path, retention_days="23")
    desk.opened("i-1")
    for hour in range(60):
        desk.use("i-1", "1", f"e-{hour}")
        desk.push()
    desk.push(hours=26 * 24)
    assert desk.reconcile().outcomes.by_status["archived"] > 0
    meter = desk.meter("i-1")
    _drop_event(meter)
    desk.put_meter(meter)

    assert any("the events kept in the meter" in text for text in faults(desk.reconcile()))


def test_sixty_days_reconcile_every_week(tmp_path: Path) -> None:
    desk = desk_in(tmp_path, retention_days="25")
    desk.opened("i-1")
    for day in range(60):
        desk.use("i-1", "1.23456", f"e-{day}")
        desk.push(hours=24)
        if day % 7 == 0:
            assert desk.reconcile().is_clean
    assert desk.reconcile().balance.used == Decimal("74.0736")


# ------------------------------------------------------------------------------------------------- reports made again
def test_a_record_that_is_delivered_twice_is_a_fault(desk: Desk) -> None:
    desk.opened("i-1")
    desk.use("i-1", "2.5", "e-1")
    desk.marketplace.codes["i-1"] = ["003"]
    desk.push()
    batch = desk.batch_of("i-1")
    report_again(desk.services(), "i-1", HOUR, None)
    desk.push()
    assert desk.reconcile().is_clean
    desk.put_batch(replace(batch, fates={sn: Fate("delivered", "", fate.at) for sn, fate in batch.fates.items()}))

    (fault,) = desk.reconcile().faults
    assert fault.message.startswith("is delivered and was reported again as ")


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


# ------------------------------------------------------------------------------------------------- no batch, and why
def test_a_void_batch_is_none(billed: Desk) -> None:
    batch = billed.batch_of("i-1")
    billed.put_batch(void_batch(batch.id, AT))
    assert billed.reconcile().outcomes.by_status["lost"] == Decimal("3.5")

    for name in ("i-1", "i-2"):
        put_pointer(billed.state, USAGE, due=times.hour_end(HOUR), now=AT, owner=name, subject=HOUR)
    assert billed.reconcile().agrees
    assert billed.explain("i-1").records[0].trail.status == "unbatched"


def test_the_pointer_of_a_final_hour_leads_to_its_records(desk: Desk) -> None:
    desk.opened("i-1")
    desk.use("i-1", "2.5", "e-1")
    desk.clock.advance(60)
    desk.release("i-1")
    desk.push()
    desk.state.delete(batch_key(desk.batch_of("i-1").id))
    assert not desk.reconcile().agrees

    due = AT + timedelta(minutes=6, milliseconds=1)
    put_pointer(desk.state, USAGE, due=due, now=AT, owner="i-1", subject="final")
    assert desk.reconcile().agrees
