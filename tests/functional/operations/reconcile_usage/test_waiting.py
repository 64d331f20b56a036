"""What waits for an operator is listed: it agrees with the books, and is not clean."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from koogallery import times
from koogallery.outbox import Event
from koogallery.queues import USAGE, put_pointer
from koogallery.slots import batch_key
from tests.functional.operations.desk import AT, HOUR, Desk
from tests.functional.operations.reconcile_usage.findings import kinds


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
