"""scripts/demo: the story ends well, and notices when the bill does not agree with the usage."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from koogallery_simulator import Bill, SimulatedClock, UsageRecord
from koogallery_simulator.http_messages import Request
from story.command import command
from story.comparison import compare, differences
from story.plot import tell
from story.product import WEBHOOK_PATH, Product, Usage
from story.stage import SETTINGS_FILE, set_up
from story.voice import WIDTH, Voice

AT = datetime(2026, 11, 21, 9, 2, tzinfo=timezone.utc)


def _at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-11-21T{text}:00+00:00")


def _used(id_: str, quantity: str, time: str, reported: str) -> Usage:
    return Usage(id_, "i-1", Decimal(quantity), _at(time), _at(reported))


def _billed(value: str, begin: str, end: str) -> UsageRecord:
    return UsageRecord("i-1", f"sn-{begin}", _at(begin), _at(end), Decimal(value), value)


def test_bill_and_usage_agree_and_every_planned_trouble_happened(tmp_path: Path) -> None:
    out = StringIO()
    with set_up(tmp_path, AT) as stage:
        verdict = tell(stage, Voice(Console(file=out, width=WIDTH), stage.clock))
        assert verdict.differences == []
        assert stage.marketplace.faults.pending() == []
        assert [record.code for record in stage.marketplace.bill.abnormal()] == ["005"]
        assert stage.product.refused == 0
        told = {one.mode.value: stage.product.told(one.instance_id) for one in stage.marketplace.instances()}
        rows = compare(stage.product.journal, stage.marketplace.bill)
    assert told == {
        "PERIOD": [
            "instance.created",
            "instance.renewed",
            "instance.frozen",
            "instance.unfrozen",
            "instance.upgraded",
        ],
        "ON_DEMAND": ["instance.created", "instance.released"],
    }
    assert [row.hour for row in rows] == [f"2026-11-21T{hour:02}" for hour in (9, 10, 11, 12)]
    assert [row.late for row in rows] == [0, Decimal("3.75"), 0, 0]
    assert "\x1b" not in out.getvalue()


def test_the_command_exits_0_and_keeps_what_was_asked_for(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    result = CliRunner().invoke(command, ["--keep", str(kept)])
    assert result.exit_code == 0, result.output
    assert "All agree." in result.output
    assert {file.name for file in kept.iterdir()} >= {"state.db", "archive", SETTINGS_FILE, "functions.log"}
    assert CliRunner().invoke(command, ["--keep", str(kept)]).exit_code == 2


def _twice(book: Callable[[Bill, UsageRecord], bool]) -> Callable[[Bill, UsageRecord], bool]:
    def booked(bill: Bill, record: UsageRecord) -> bool:
        book(bill, dataclasses.replace(record, metering_sn=f"{record.metering_sn}-again"))
        return book(bill, record)

    return booked


def _only_first(book: Callable[[Bill, UsageRecord], bool]) -> Callable[[Bill, UsageRecord], bool]:
    def booked(bill: Bill, record: UsageRecord) -> bool:
        return bool(bill.records()) or book(bill, record)

    return booked


@pytest.mark.parametrize("fault", [_twice, _only_first])
def test_a_record_that_is_billed_twice_or_lost_makes_it_exit_1(
    monkeypatch: pytest.MonkeyPatch, fault: Callable[[object], object]
) -> None:
    monkeypatch.setattr(Bill, "book", fault(Bill.book))
    result = CliRunner().invoke(command, [])
    assert result.exit_code == 1, result.output
    assert "in total: used 67.37509, billed" in result.output
    assert "All agree." not in result.output


def test_a_difference_below_the_fourth_decimal_is_carried_and_no_more() -> None:
    bill = Bill()
    bill.book(_billed("0.3333", "10:00", "11:00"))
    assert differences(compare([_used("a", "0.33339", "10:05", "10:06")], bill)) == []
    assert differences(compare([_used("a", "0.3334", "10:05", "10:06")], bill)) != []


def test_usage_reported_after_its_hour_was_billed_counts_in_the_hour_of_the_report() -> None:
    bill = Bill()
    bill.book(_billed("2", "11:00", "12:00"))
    assert differences(compare([_used("a", "2", "10:59", "11:01")], bill)) == []
    assert differences(compare([_used("a", "2", "10:59", "11:00")], bill)) != []


def test_what_was_billed_without_usage_differs() -> None:
    bill = Bill()
    bill.book(_billed("2", "11:00", "12:00"))
    assert differences(compare([], bill)) == [
        "i-1 2026-11-21T11: used 0, billed 2",
        "i-1 in total: used 0, billed 2",
    ]


def test_the_product_refuses_an_event_it_cannot_verify() -> None:
    product = Product("whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=", "key", SimulatedClock(AT))
    headers = {"webhook-id": "msg_1", "webhook-timestamp": str(int(AT.timestamp())), "webhook-signature": "v1,AAAA"}
    reply = product.handle(Request("POST", WEBHOOK_PATH, (), headers, b'{"type":"instance.created"}'))
    assert (reply.status, product.refused, product.received) == (401, 1, {})


def test_timers_fire_by_their_schedules_as_the_clock_passes_them(tmp_path: Path) -> None:
    with set_up(tmp_path, AT) as stage:
        reports = stage.timetable.wait_until(AT + timedelta(minutes=12))
    assert (len(reports["deliver_events"]), len(reports["push_usage"])) == (12, 3)
