"""Usage reconciles: all of it is accounted for, also what retention took out or no batch has yet."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from koogallery import times
from koogallery.ledger.batch import void_batch
from koogallery.ledger.page import page_sort
from koogallery.queues import USAGE, put_pointer
from koogallery.slots import batch_key, page_partition
from koogallery.state import Key
from tests.functional.operations.desk import AT, HOUR, Desk, desk_in


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


def test_meters_and_instances_are_paged_through(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("koogallery.use_cases.all_accounts.METERS_AT_ONCE", 2)
    monkeypatch.setattr("koogallery.use_cases.all_accounts.INSTANCES_AT_ONCE", 3)
    for number in range(60):
        name = desk.opened(f"i-{number}")
        if number % 2:
            desk.use(name, "1", f"e-{number}")

    result = desk.reconcile()

    assert (result.instances, result.meters, result.balance.open) == (60, 30, Decimal(30))


def test_a_page_that_nobody_names_counts_nothing_twice(desk: Desk) -> None:
    desk.opened("i-1")
    desk.bill("i-1", range(40))
    (entry,) = desk.meter("i-1").pages
    item = desk.state.get(Key(page_partition("i-1"), entry.sort))
    assert item is not None
    desk.state.put_if_absent(Key(page_partition("i-1"), page_sort(entry.made, entry.number + 1)), item.document)

    assert desk.reconcile().is_clean


def test_what_retention_took_out_counts_as_archived(tmp_path: Path) -> None:
    desk = desk_in(tmp_path, retention_days="23")
    desk.opened("i-1")
    desk.bill("i-1", range(60))
    desk.push(hours=26 * 24)

    result = desk.reconcile()

    assert result.is_clean, result.faults
    assert result.balance.used == 60
    assert result.outcomes.by_status["archived"] > 30
    assert result.outcomes.total() == 60


def test_sixty_days_reconcile_every_week(tmp_path: Path) -> None:
    desk = desk_in(tmp_path, retention_days="25")
    desk.opened("i-1")
    for day in range(60):
        desk.use("i-1", "1.23456", f"e-{day}")
        desk.push(hours=24)
        if day % 7 == 0:
            assert desk.reconcile().is_clean
    assert desk.reconcile().balance.used == Decimal("74.0736")


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
