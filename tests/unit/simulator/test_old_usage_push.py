"""The old usage push: AK/SK alone, product ids, no record ids, and the same bill as the new one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal

import pytest

from koogallery_simulator import Marketplace, RecordFault, Request
from koogallery_simulator.catalogue import ON_DEMAND
from koogallery_simulator.faults import ABNORMAL_LATER, FORCE_CODE, REJECT_BATCH
from koogallery_simulator.old_usage_push import PATH
from tests.unit.simulator.tools import HOUR, Record, changed, marketplace, opened, push, read, record, signed_headers


def old(hour: int = 0, **changes: object) -> Record:
    """A record in the old form; a change to None drops the member."""
    plain = changed(record("inst-a", hour), {"metering_sn": None, "product_id": ON_DEMAND.product_id})
    return changed(plain, changes)


def pushed(market: Marketplace, *records: Mapping[str, object], sk: str | None = None) -> tuple[int, str]:
    body = json.dumps({"usage_records": list(records)}).encode()
    plain = Request("POST", PATH, (), {"content-type": "application/json"}, body)
    keys = {} if sk is None else {"sk": sk}
    status, document = read(
        market.handle(Request("POST", PATH, (), signed_headers(plain, market.clock.now(), **keys), body))
    )
    return status, str(document["error_code"])


def market_with_instance(hours: int = 5) -> Marketplace:
    market, clock = marketplace()
    opened(market)
    clock.advance(hours * 3600)
    return market


def test_records_go_on_the_same_bill_as_those_of_the_new_push() -> None:
    market = market_with_instance()
    assert pushed(market, old(0), old(1, usage_value="2.25")) == (200, "MKT.0000")
    assert push(market, record(hour=2))[1]["error_code"] == "MKT.0000"
    assert market.bill.total("inst-a") == Decimal("5.25")
    assert not market.violations.all()


def test_same_record_again_is_billed_once_and_listed() -> None:
    market = market_with_instance()
    pushed(market, old())
    assert pushed(market, old()) == (200, "MKT.0000")
    assert market.bill.total("inst-a") == Decimal("1.5")
    assert [one.code for one in market.bill.abnormal()] == ["010"]
    assert not market.violations.all()


def test_same_interval_with_another_value_is_a_violation() -> None:
    market = market_with_instance()
    pushed(market, old(), old(usage_value="2"))
    assert market.bill.total("inst-a") == Decimal("1.5")
    assert market.violations.rules() == {"record-metering-sn-reused"}


def test_interval_that_the_new_push_has_reported_is_not_billed_again() -> None:
    market = market_with_instance()
    push(market, record())
    pushed(market, old())
    assert market.bill.total("inst-a") == Decimal("1.5")
    assert [one.code for one in market.bill.abnormal()] == ["010"]


@pytest.mark.parametrize(
    ("changes", "expected", "rule"),
    [
        ({"instance_id": "inst-b"}, (500, "MKT.9001"), "record-instance"),
        ({"usage_value": "0"}, (500, "MKT.9002"), "record-usage-value"),
        ({"begin_time": "20260115"}, (500, "MKT.9002"), "record-time-format"),
        ({"begin_time": "20251220T100000Z"}, (500, "MKT.9004"), "record-too-old"),
        ({"product_id": None}, (400, "MKT.0101"), "old-push-product"),
        ({"product_id": "OFFI000000000000000001"}, (500, "MKT.9002"), "old-push-product"),
        ({"relate_pkg_instance": 7}, (500, "MKT.9002"), "record-package"),
    ],
)
def test_one_bad_record_refuses_the_whole_call(changes: Record, expected: tuple[int, str], rule: str) -> None:
    market = market_with_instance()
    assert pushed(market, old(0), old(1, **changes)) == expected
    assert market.bill.total() == 0
    assert market.violations.rules() == {rule}


def test_what_the_job_behind_finds_is_listed_and_the_rest_is_billed() -> None:
    market = market_with_instance(2)
    assert pushed(market, old(0), old(1), old(2)) == (200, "MKT.0000")
    assert market.bill.total("inst-a") == Decimal(3)
    assert [one.code for one in market.bill.abnormal()] == ["011"]


def test_record_ids_belong_to_the_new_push() -> None:
    market = market_with_instance()
    assert pushed(market, old(metering_sn="sn-1")) == (200, "MKT.0000")
    assert market.violations.rules() == {"old-push-members"}


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"usage_records":[]}', b'{"usage_records":["x"]}'])
def test_bodies_that_are_none(body: bytes) -> None:
    market, _ = marketplace()
    plain = Request("POST", PATH, (), {"content-type": "application/json"}, body)
    request = Request("POST", PATH, (), signed_headers(plain, market.clock.now()), body)
    assert read(market.handle(request))[1]["error_code"] == "MKT.0101"


def test_too_many_records() -> None:
    market = market_with_instance()
    market.faults.record_limit = 1
    assert pushed(market, old(0), old(1)) == (500, "MKT.9003")


def test_call_is_signed_with_aksk() -> None:
    market = market_with_instance()
    assert pushed(market, old(), sk="another") == (401, "APIGW.0301")


def test_record_faults_work_here_too() -> None:
    market = market_with_instance()
    market.faults.add(RecordFault(REJECT_BATCH, "inst-a", "MKT.0999"))
    assert pushed(market, old()) == (500, "MKT.0999")
    market.faults.add(RecordFault(FORCE_CODE, "inst-a", "013"))
    assert pushed(market, old()) == (200, "MKT.0000")
    market.faults.add(RecordFault(ABNORMAL_LATER, "inst-a", "009"))
    assert pushed(market, old(1)) == (200, "MKT.0000")
    assert market.bill.total() == 0
    assert [one.code for one in market.bill.abnormal()] == ["013", "009"]


def test_hours_of_both_pushes_do_not_overlap() -> None:
    market = market_with_instance()
    pushed(market, old(0))
    begin = market.bill.records("inst-a")[0].begin
    assert market.bill.records("inst-a")[0].end == begin + HOUR
