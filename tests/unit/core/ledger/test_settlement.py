"""Settlement: every record by its own answer; nothing is guessed."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from koogallery import times
from koogallery.ledger.batch import (
    CONFLICT,
    DELIVERED,
    EXPIRED,
    REJECTED,
    Batch,
    Fate,
    is_expired,
    make_batch,
    void_batch,
    wire_record,
)
from koogallery.ledger.booking import MAX_AGE
from koogallery.ledger.entries import Record
from koogallery.ledger.settlement import MAYBE_BOOKED, MEANING, settle
from koogallery.marketplace.usage_push import AbnormalRecord
from tests.unit.core.ledger.tools import AT

SPANS = [("20261121T090000Z", "20261121T093000Z"), ("20261121T093000Z", "20261121T100000Z")]
NONE = {"instance_id": None, "begin_time": None, "end_time": None, "usage_value": None}


def records() -> list[dict[str, Any]]:
    """Two records of one hour, the second against a package."""
    made = [
        Record("sn-0", "", *SPANS[0], Decimal("1.5"), "b1"),
        Record("sn-1", "package-1", *SPANS[1], Decimal("20"), "b1"),
    ]
    return [dict(wire_record("inst-1", record, "20261121T100100Z")) for record in made]


def sent(times_sent: int = 1) -> Batch:
    """A batch that was sent so often, the last time included."""
    return make_batch("b1", records(), AT, attempts=times_sent)


def abnormal(sn: str | None, code: str, **members: str | None) -> AbnormalRecord:
    """An item of the answer that names nothing but an id, unless told otherwise."""
    return AbnormalRecord(**{**NONE, "metering_sn": sn, "code": code, **members})  # type: ignore[arg-type]


def fates(batch: Batch, *items: AbnormalRecord) -> dict[str, tuple[str, str]]:
    """Status and code by record."""
    return {sn: (fate.status, fate.code) for sn, fate in settle(batch, items, AT).fates.items()}


def test_what_is_not_listed_is_delivered() -> None:
    assert fates(sent()) == {"sn-0": (DELIVERED, ""), "sn-1": (DELIVERED, "")}


@pytest.mark.parametrize(
    ("code", "status"),
    [
        *((code, REJECTED) for code in ("001", "002", "003", "004", "006", "008", "009", "011", "012")),
        ("007", EXPIRED),
        ("014", REJECTED),
        ("unknown", REJECTED),
    ],
)
def test_each_code_has_its_end(code: str, status: str) -> None:
    settlement = settle(sent(), [abnormal("sn-1", code)], AT)
    assert {sn: fate.status for sn, fate in settlement.fates.items()} == {"sn-0": DELIVERED, "sn-1": status}
    assert settlement.fates["sn-1"].note == MEANING.get(code, "a code the guides do not list")


def test_a_refusal_after_an_attempt_without_an_answer_says_that_it_may_be_billed() -> None:
    """Reported again it would be billed twice: the operator is told to look first."""
    for attempts, says_so in ((1, False), (2, True)):
        note = settle(sent(attempts), [abnormal("sn-1", "006")], AT).fates["sn-1"].note
        assert (MEANING["006"] in note, MAYBE_BOOKED in note) == (True, says_so)


def test_an_instance_in_an_abnormal_state_is_sent_again_later() -> None:
    settlement = settle(sent(), [abnormal("sn-1", "013")], AT)
    assert [record["metering_sn"] for record in settlement.later] == ["sn-1"]
    assert list(settlement.fates) == ["sn-0"]


@pytest.mark.parametrize("code", ["005", "010"])
def test_a_duplicate_of_a_record_that_was_sent_before_is_delivered(code: str) -> None:
    assert fates(sent(2), abnormal("sn-0", code))["sn-0"] == (DELIVERED, code)


@pytest.mark.parametrize("code", ["005", "010"])
def test_a_duplicate_at_the_first_sending_is_a_conflict(code: str) -> None:
    assert fates(sent(1), abnormal("sn-0", code))["sn-0"] == (CONFLICT, code)


@pytest.mark.parametrize("value", ["1.6", "0", "many"])
def test_a_duplicate_with_another_value_on_file_is_a_conflict(value: str) -> None:
    assert fates(sent(2), abnormal("sn-0", "005", usage_value=value))["sn-0"] == (CONFLICT, "005")


@pytest.mark.parametrize("value", ["1.5", "1.5000", "1.50"])
def test_a_duplicate_with_our_value_is_ours(value: str) -> None:
    assert fates(sent(2), abnormal("sn-0", "005", usage_value=value))["sn-0"] == (DELIVERED, "005")


def test_a_duplicate_interval_under_another_id_is_a_conflict() -> None:
    begin, end = SPANS[0]
    item = abnormal("foreign", "010", instance_id="inst-1", begin_time=begin, end_time=end)
    assert fates(sent(2), item)["sn-0"] == (CONFLICT, "010")


def test_an_item_without_an_id_is_found_by_its_interval() -> None:
    begin, end = SPANS[1]
    item = abnormal(None, "003", instance_id="inst-1", begin_time=begin, end_time=end)
    assert fates(sent(), item)["sn-1"] == (REJECTED, "003")


def test_an_item_that_names_nothing_can_only_mean_a_single_record() -> None:
    single = make_batch("b1", records()[:1], AT, attempts=1)
    assert fates(single, abnormal(None, "003")) == {"sn-0": (REJECTED, "003")}


def test_an_item_that_fits_no_record_decides_nothing() -> None:
    settlement = settle(sent(), [abnormal(None, "003"), abnormal("sn-0", "006")], AT)
    assert (settlement.unmatched, settlement.fates, settlement.later) == (1, {}, [])


def test_records_with_a_fate_are_left_alone() -> None:
    batch = sent(2)
    batch.fates["sn-0"] = Fate(REJECTED, "006", times.iso(AT))
    assert fates(batch) == {"sn-1": (DELIVERED, "")}


# --------------------------------------------------------------------------------------------------------- batches
def test_the_body_is_compact_and_its_members_ascend() -> None:
    body = sent().body.decode()
    first = json.loads(body)["usage_records"][0]
    assert list(first) == sorted(first)
    assert " " not in body
    assert first == {
        "begin_time": SPANS[0][0],
        "end_time": SPANS[0][1],
        "instance_id": "inst-1",
        "metering_sn": "sn-0",
        "record_time": "20261121T100100Z",
        "usage_value": "1.5",
    }
    assert json.loads(body)["usage_records"][1]["relate_pkg_instance"] == "package-1"


def test_a_batch_is_sent_byte_for_byte_as_it_was_stored() -> None:
    batch = sent(3)
    batch.fates["sn-0"] = Fate(REJECTED, "006", times.iso(AT), "product delisted")
    read = Batch.from_document(batch.to_document())
    assert read == batch
    assert read.body == batch.body
    assert [record["metering_sn"] for record in read.open_records()] == ["sn-1"]


def test_a_thousand_records_fit_into_an_item() -> None:
    made = [
        Record(f"{n:040x}", f"package-{n}-".ljust(64, "x"), *SPANS[0], Decimal("99999999.9999"), "b1")
        for n in range(1000)
    ]
    batch = make_batch("b1", [dict(wire_record(f"inst-{n}".ljust(64, "y"), r, "t")) for n, r in enumerate(made)], AT)
    batch.fates = {record.metering_sn: Fate(REJECTED, "006", times.iso(AT), "x" * 100) for record in made}
    assert len(batch.to_document().encode()) < 350_000


@pytest.mark.parametrize(("attempts", "expected"), [(0, False), (1, False), (2, True)])
def test_an_attempt_before_the_present_one_may_have_arrived(attempts: int, expected: bool) -> None:
    assert sent(attempts).may_have_been_sent is expected


def test_a_void_batch_has_no_records_and_is_not_unfinished() -> None:
    batch = void_batch("b1", AT)
    assert batch.records == []
    assert not batch.is_unfinished
    assert Batch.from_document(batch.to_document()) == batch
    assert sent().is_unfinished


def test_a_record_is_expired_a_minute_before_the_marketplace_says_so() -> None:
    now = times.parse_record(SPANS[0][0]) + MAX_AGE
    record = records()[0]
    assert not is_expired(record, now - times.HOUR / 60)
    assert is_expired(record, now)
