"""Damage to a batch, or to what it says of its records, is a fault that is named."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest

from koogallery.ledger.batch import DONE, Batch, Fate, make_batch
from koogallery.slots import batch_key
from koogallery.use_cases.correct_usage import report_again
from tests.functional.operations.desk import AT, HOUR, Desk
from tests.functional.operations.reconcile_usage.findings import faults


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
