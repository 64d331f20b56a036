from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from koogallery.instances.instance import Instance
from koogallery.ledger.closing import Closing
from koogallery.ledger.entries import Line, OpenHour, Record, SealedHour
from koogallery.ledger.hour_status import HourFacts, describe_hour, seal_due_at

HOUR = "2026-11-21T10"
START = datetime(2026, 11, 21, 10, tzinfo=timezone.utc)
CLOSING = Closing(timedelta(minutes=5))
INSTANCE = Instance(
    instance_id="i-1",
    order_id="o-1",
    created_at="2026-11-01T00:00:00.000Z",
    activated_at="2026-11-01T00:00:00.000Z",
)
RECORD = Record("sn", "", "20261121T100000Z", "20261121T110000Z", Decimal(1), "b")


def describe(facts: HourFacts, *, now: datetime = START, is_kept: bool = True, **fields: Any) -> tuple[str, str]:
    """Status and reason of the hour."""
    return describe_hour(facts, replace(INSTANCE, **fields), closing=CLOSING, is_kept=is_kept, now=now)


def sealed(used: str, carried_in: str, carried_out: str, *records: Record) -> HourFacts:
    """A sealed hour with one line."""
    line = Line(Decimal(used), Decimal(carried_in), Decimal(carried_out))
    return HourFacts(HOUR, SealedHour(HOUR, "2026-11-21T11:05:00.000Z", {"": line}, list(records), []), None)


@pytest.mark.parametrize(
    ("facts", "status"),
    [
        (sealed("1", "0", "0", RECORD), "sealed"),
        (sealed("0", "0", "0"), "zero"),
        (sealed("0", "0.00001", "0.00001"), "carried"),
        (sealed("0.00001", "0", "0.00001"), "carried"),
        (HourFacts(HOUR, None, OpenHour()), "open"),
        (HourFacts(HOUR, None, None), "missing"),
    ],
)
def test_zero_is_not_missing_and_less_than_can_be_sent_is_neither(facts: HourFacts, status: str) -> None:
    assert describe(facts)[0] == status


@pytest.mark.parametrize(
    ("minutes", "released_at", "says"),
    [
        (30, "", "from 2026-11-21T11:00:00Z on"),
        (61, "", "the next run"),
        (181, "", "did not run"),
        (30, "2026-11-21T10:20:00.000Z", "the next run"),
        (22, "2026-11-21T10:20:00.000Z", "from 2026-11-21T10:25:00Z on"),
        (61, "2026-11-21T10:58:00.000Z", "from 2026-11-21T11:03:00Z on"),
    ],
)
def test_an_open_hour_says_when_it_is_sealed(minutes: int, released_at: str, says: str) -> None:
    now = START + timedelta(minutes=minutes)
    _, reason = describe(HourFacts(HOUR, None, OpenHour()), now=now, released_at=released_at)
    assert says in reason


def test_an_hour_before_the_final_one_is_due_at_its_end() -> None:
    released = replace(INSTANCE, released_at="2026-11-21T12:20:00.000Z")
    assert seal_due_at(HOUR, released, CLOSING) == START + timedelta(hours=1)
    assert seal_due_at("2026-11-21T12", released, CLOSING) == START + timedelta(hours=2, minutes=25)


def test_an_hour_that_left_the_state_is_not_called_missing_usage() -> None:
    assert "archive" in describe(HourFacts(HOUR, None, None), is_kept=False)[1]
