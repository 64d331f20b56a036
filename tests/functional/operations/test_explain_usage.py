from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from koogallery import times
from koogallery.ledger.batch import MOVED
from koogallery.ledger.errors import UnknownAccount
from koogallery.use_cases import send_batches
from tests.functional.operations.desk import AT, HOUR, Desk, desk_in


def test_the_whole_way_of_a_delivered_hour(desk: Desk) -> None:
    desk.opened("i-1")
    desk.use("i-1", "1.5", "e-1")
    desk.use("i-1", "2.25", "e-2")
    desk.push()

    story = desk.explain("i-1")

    assert story.status == "sealed"
    assert [(e.event.id, str(e.event.quantity)) for e in story.events] == [("e-1", "1.5"), ("e-2", "2.25")]
    assert [str(part) for part in story.lines[""]] == ["3.75", "0", "0"]
    (record,) = story.records
    assert record.record.metering_sn == desk.marketplace.received[0]["metering_sn"]
    assert (record.record.begin, record.record.end) == ("20261121T100000Z", "20261121T110000Z")
    assert record.trail.status == "delivered"
    assert [(step.batch.attempts, step.batch.is_done) for step in record.trail.steps] == [(1, True)]


def test_an_open_hour_says_when_it_will_be_sealed(desk: Desk) -> None:
    desk.opened("i-1")
    desk.use("i-1", "1", "e-1")

    story = desk.explain("i-1")

    assert (story.status, story.records) == ("open", [])
    assert "2026-11-21T11:00:00Z" in story.reason
    desk.pass_hours(1)
    assert "next run" in desk.explain("i-1").reason
    desk.pass_hours(3)
    assert "did not run" in desk.explain("i-1").reason


def test_zero_is_not_missing(desk: Desk) -> None:
    desk.opened("i-1")
    desk.use("i-1", "0", "e-1")
    desk.push()

    assert desk.explain("i-1").status == "zero"
    missing = desk.explain("i-1", "2026-11-21T09")
    assert missing.status == "missing"
    assert "Missing is not zero" in missing.reason


def test_less_than_can_be_sent_is_carried(desk: Desk) -> None:
    desk.opened("i-1")
    desk.use("i-1", "0.00004", "e-1")
    desk.push()
    desk.use("i-1", "0.00007", "e-2")
    desk.push()

    first, second = desk.explain("i-1"), desk.explain("i-1", "2026-11-21T11")

    assert first.status == "carried"
    assert [str(part) for part in first.lines[""]] == ["0.00004", "0", "0.00004"]
    assert [str(part) for part in second.lines[""]] == ["0.00007", "0.00004", "0.00001"]
    assert str(second.records[0].record.quantity) == "0.0001"


@pytest.mark.parametrize(
    ("hour", "says"),
    [
        ("2026-11-22T20", "future"),
        ("2026-11-19T10", "opened later"),
        ("2026-11-21T16", "released before"),
        ("2026-11-21T12", "frozen"),
    ],
)
def test_a_missing_hour_says_why(desk: Desk, hour: str, says: str) -> None:
    from koogallery.instances.instance import FrozenPeriod

    period = FrozenPeriod("2026-11-21T11:30:00.000Z", "2026-11-21T13:30:00.000Z")
    desk.opened("i-1", frozen=(period,), released_at="2026-11-21T15:30:00.000Z")
    desk.pass_hours(8)

    story = desk.explain("i-1", hour)

    assert story.status == "missing"
    assert says in story.reason


def test_an_instance_that_is_not_open_has_no_usage(desk: Desk) -> None:
    desk.opened("i-1", activated_at="")
    assert "access data" in desk.explain("i-1").reason


def test_an_unknown_instance_is_said_to_be_unknown(desk: Desk) -> None:
    with pytest.raises(UnknownAccount):
        desk.explain("nobody")


def test_a_late_event_is_shown_in_both_hours(desk: Desk) -> None:
    desk.opened("i-1")
    desk.use("i-1", "1", "e-1")
    desk.push()
    desk.use("i-1", "10", "late", at=AT + timedelta(minutes=30))

    own, forward = desk.explain("i-1"), desk.explain("i-1", "2026-11-21T11")

    assert [(e.event.id, e.booked_in) for e in own.elsewhere] == [("late", "2026-11-21T11")]
    assert [e.event.id for e in own.events] == ["e-1"]
    assert [e.event.id for e in forward.events] == ["late"]
    assert times.hour_of(forward.events[0].event.time) == HOUR


def test_a_record_is_followed_to_the_batch_it_moved_to(desk: Desk) -> None:
    desk.opened("i-1")
    desk.use("i-1", "1", "e-1")
    desk.marketplace.codes["i-1"] = ["013"]
    desk.push()

    waiting = desk.explain("i-1").records[0].trail
    assert waiting.status == "pending"
    assert [step.entry.fate.status if step.entry and step.entry.fate else "" for step in waiting.steps] == [MOVED, ""]

    desk.pass_hours(1)
    desk.push()
    moved = desk.explain("i-1").records[0].trail
    assert moved.status == "delivered"
    assert len(moved.steps) == 2


def test_a_marketplace_that_does_not_answer_leaves_attempts(desk: Desk) -> None:
    desk.opened("i-1")
    desk.use("i-1", "1", "e-1")
    desk.marketplace.is_down = True
    desk.push()

    trail = desk.explain("i-1").records[0].trail

    assert trail.status == "pending"
    assert trail.steps[0].batch.attempts == send_batches.TRIES_A_RUN


def test_a_seal_without_a_batch_is_no_batch_yet(desk: Desk) -> None:
    desk.opened("i-1")
    desk.use("i-1", "1", "e-1")
    desk.push()
    meter = desk.meter("i-1")
    meter.sealed[0].records = [meter.sealed[0].records[0]._replace(batch="never-stored")]
    desk.put_meter(meter)
    assert desk.explain("i-1").records[0].trail.status == "lost"

    from koogallery.queues import USAGE, put_pointer

    due = times.hour_end(HOUR)
    put_pointer(desk.state, USAGE, due=due, now=desk.clock.now(), owner="i-1", subject=HOUR)
    assert desk.explain("i-1").records[0].trail.status == "unbatched"


def test_hours_and_events_that_moved_into_pages_are_found(desk: Desk) -> None:
    desk.opened("i-1")
    desk.bill("i-1", range(40))
    assert desk.meter("i-1").pages

    story = desk.explain("i-1")

    assert (story.status, [e.event.id for e in story.events]) == ("sealed", ["e-0"])
    assert story.records[0].trail.status == "delivered"


def test_events_given_up_by_a_heavy_meter_keep_the_hour_they_are_booked_in(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("koogallery.ledger.sealing.INLINE_BYTES", 3000)
    desk.opened("i-1")
    desk.use("i-1", "1", "e-1")
    desk.push()
    desk.use("i-1", "5", "late", at=AT)
    for number in range(200):
        desk.use("i-1", "1", f"more-{number}")
    assert len(desk.meter("i-1").pages) > 1

    assert [(e.event.id, e.booked_in) for e in desk.explain("i-1").elsewhere] == [("late", "2026-11-21T11")]
    assert len(desk.explain("i-1", "2026-11-21T11").events) == 201
    assert desk.reconcile().is_clean


def test_an_hour_beyond_the_retention_is_archived(tmp_path: Path) -> None:
    desk = desk_in(tmp_path, retention_days="23")
    desk.opened("i-1")
    desk.bill("i-1", range(40))
    desk.push(hours=25 * 24)

    assert "retention" in desk.explain("i-1").reason
    assert desk.explain("i-1", times.hour_of(AT + timedelta(hours=38))).records[0].trail.status == "archived"
