"""Records of a usage push: their rules and codes, duplicates, and the bill that follows."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from koogallery_simulator import ChargingMode, Product
from koogallery_simulator.bill import Bill
from koogallery_simulator.signatures import push_signature
from koogallery_simulator.times import record_time
from tests.unit.simulator.tools import (
    HOUR,
    KEYS,
    START,
    Record,
    abnormal,
    changed,
    codes,
    marketplace,
    opened,
    push,
    push_request,
    record,
)


def test_record_in_order_is_billed_under_its_hour() -> None:
    market, clock = marketplace()
    opened(market)
    clock.advance(2 * 3600)
    assert codes(market, record(hour=0, usage_value="0.0001"), record(hour=1, usage_value="12345678.9999")) == []
    assert market.bill.hours("inst-a") == {
        "2026-01-15T10": Decimal("0.0001"),
        "2026-01-15T11": Decimal("12345678.9999"),
    }
    assert market.bill.total() == Decimal("12345679.0000")
    assert not market.violations.all()


def test_many_small_amounts_add_up_exactly() -> None:
    market, clock = marketplace()
    opened(market)
    clock.advance(3600)
    slices = []
    for minute in range(10):
        begin = START + timedelta(minutes=minute)
        times = {"begin_time": record_time(begin), "end_time": record_time(begin + timedelta(minutes=1))}
        slices.append(changed(record(usage_value="0.1", metering_sn=f"sn-{minute}"), times))
    assert codes(market, *slices) == []
    assert market.bill.hours("inst-a") == {"2026-01-15T10": Decimal("1.0")}


BAD_RECORDS: list[tuple[str, Record, str]] = [
    ("001", {"instance_id": "unknown"}, "record-instance"),
    ("001", {"instance_id": None}, "record-instance"),
    ("002", {"begin_time": "20260115100000"}, "record-time-format"),
    ("002", {"end_time": "20260115T250000Z"}, "record-time-format"),
    ("002", {"record_time": None}, "record-time-format"),
    ("003", {"usage_value": "0"}, "record-usage-value"),
    ("003", {"usage_value": "0.0000"}, "record-usage-value"),
    ("003", {"usage_value": "-1"}, "record-usage-value"),
    ("003", {"usage_value": "1.00001"}, "record-usage-value"),
    ("003", {"usage_value": "1e3"}, "record-usage-value"),
    ("003", {"usage_value": "123456789"}, "record-usage-value"),
    ("003", {"usage_value": "1,5"}, "record-usage-value"),
    ("003", {"usage_value": True}, "record-usage-value"),
    ("003", {"usage_value": None}, "record-usage-value"),
    ("004", {"metering_sn": None}, "record-metering-sn"),
    ("004", {"metering_sn": ""}, "record-metering-sn"),
    ("004", {"metering_sn": "s" * 65}, "record-metering-sn"),
    ("011", {"begin_time": "20260115T095958Z"}, "record-time-range"),
    ("011", {"begin_time": "20260115T110001Z"}, "record-time-range"),
    ("011", {"end_time": "20260115T110001Z"}, "record-time-range"),
    ("001", {"relate_pkg_instance": "inst-a"}, "record-package"),
    ("001", {"relate_pkg_instance": "unknown"}, "record-package"),
    ("008", {"relate_pkg_instance": 7}, "record-package"),
]


@pytest.mark.parametrize(("code", "changes", "rule"), BAD_RECORDS)
def test_bad_record_gets_its_code_and_the_good_one_beside_it_is_booked(code: str, changes: Record, rule: str) -> None:
    market, clock = marketplace()
    opened(market)
    opened(market, instance_id="inst-b")
    clock.advance(3600)
    status, document = push(market, changed(record(), changes), record("inst-b"))
    assert status == 200
    assert [one["error_code"] for one in abnormal(document)] == [code]
    assert market.violations.rules() == {rule}
    assert [booked.instance_id for booked in market.bill.records()] == ["inst-b"]
    assert [one.code for one in market.bill.abnormal()] == [code]


def test_number_is_taken_as_usage_value_too() -> None:
    market, clock = marketplace()
    opened(market)
    clock.advance(3600)
    body = b'{"usage_records":[' + json.dumps(record(usage_value=1), separators=(",", ":"), sort_keys=True).encode()
    body = body.replace(b'"usage_value":1', b'"usage_value":1.1000') + b"]}"
    request = push_request(market)
    signature = push_signature(KEYS.access[0], request.headers["ts"], request.headers["nonce"], body.decode())
    reply = market.handle(replace(request, headers={**request.headers, "signature": signature}, body=body))
    assert reply.status == 200
    assert market.bill.total() == Decimal("1.1")


def test_empty_interval_and_the_opening_second_are_in_range() -> None:
    market, clock = marketplace()
    opened(market)
    clock.advance(3600)
    assert codes(market, record(begin_time=record_time(START), end_time=record_time(START))) == []


def test_identical_record_again_is_a_repeated_id_without_any_blame() -> None:
    market, clock = marketplace()
    opened(market)
    clock.advance(3600)
    assert codes(market, record()) == []
    assert codes(market, record()) == ["005"]
    assert market.bill.total() == Decimal("1.5")
    assert not market.violations.all()


def test_known_id_with_another_value_is_a_repeated_id_and_a_violation() -> None:
    market, clock = marketplace()
    opened(market)
    clock.advance(3600)
    codes(market, record())
    assert codes(market, record(usage_value="9")) == ["005"]
    assert market.bill.total() == Decimal("1.5")
    assert market.violations.rules() == {"record-metering-sn-reused"}


def test_same_interval_under_another_id_is_a_duplicate_and_only_the_first_counts() -> None:
    market, clock = marketplace()
    opened(market)
    clock.advance(3600)
    assert codes(market, record(), record(metering_sn="another", usage_value="7")) == ["010"]
    assert market.bill.total() == Decimal("1.5")
    assert market.violations.rules() == {"record-interval-repeated"}


@pytest.mark.parametrize(
    ("begin", "end", "overlaps"),
    [(0, 30, True), (15, 20, True), (29, 60, True), (30, 60, False), (30, 30, False), (10, 50, True)],
)
def test_overlap_is_billed_twice_and_noted(begin: int, end: int, overlaps: bool) -> None:
    market, clock = marketplace()
    opened(market)
    clock.advance(3600)

    def minute(number: int) -> str:
        return record_time(START + timedelta(minutes=number))

    first = record(begin_time=minute(10), end_time=minute(30))
    second = record(begin_time=minute(begin), end_time=minute(end), metering_sn="second")
    assert codes(market, first, second) == []
    assert market.bill.total() == Decimal("3.0")
    assert market.violations.rules() == ({"record-overlap"} if overlaps else set())


def test_record_over_the_hour_is_noted_for_hourly_products_only() -> None:
    market, clock = marketplace()
    daily = Product("OFFI-daily", "sku", "Daily", ChargingMode.ON_DEMAND, hourly=False)
    market.open_instance(market.sell(daily).lines[0], "inst-daily")
    opened(market)
    clock.advance(2 * 3600)
    two_hours = {"end_time": record_time(START + 2 * HOUR)}
    assert codes(market, changed(record("inst-daily"), two_hours)) == []
    assert not market.violations.all()
    assert codes(market, changed(record(), two_hours)) == []
    assert market.violations.rules() == {"record-longer-than-an-hour"}


def test_begin_may_lie_21_days_back_but_no_second_more() -> None:
    market, clock = marketplace()
    opened(market)
    clock.advance(21 * 86400)
    assert codes(market, record(hour=0)) == []
    clock.advance(3601)
    assert codes(market, record(hour=1)) == ["007"]


def test_usage_before_the_close_is_taken_after_it() -> None:
    market, clock = marketplace()
    opened(market)
    clock.advance(1800)
    market.close_instance("inst-a")
    clock.advance(3600)
    closed = {"end_time": record_time(START + timedelta(minutes=30))}
    assert codes(market, changed(record(), closed)) == []
    assert codes(market, record(hour=0, metering_sn="late")) == ["011"]
    assert market.violations.rules() == {"record-after-close"}


def test_closing_again_does_not_move_the_close() -> None:
    market, clock = marketplace()
    opened(market)
    market.close_instance("inst-a")
    clock.advance(10)
    market.close_instance("inst-a")
    assert market.instance("inst-a").closed_at == START


@pytest.mark.parametrize("product", ["period-year", "one-time", "package"])
def test_only_pay_per_use_resources_are_metered(product: str) -> None:
    market, clock = marketplace()
    opened(market, product)
    clock.advance(3600)
    assert codes(market, record()) == ["012"]


def test_instance_of_another_seller_and_delisted_product_have_their_codes() -> None:
    market, clock = marketplace()
    market.open_instance(market.sell("on-demand").lines[0], "inst-foreign", other_seller=True)
    delisted = Product("OFFI-old", "sku", "Old", ChargingMode.ON_DEMAND, delisted=True)
    market.open_instance(market.sell(delisted).lines[0], "inst-delisted")
    clock.advance(3600)
    assert codes(market, record("inst-foreign"), record("inst-delisted")) == ["009", "006"]


def test_stop_before_excess_needs_its_package_and_deducts_from_it() -> None:
    market, clock = marketplace()
    opened(market, "on-demand-stops")
    opened(market, "package", "inst-pkg")
    clock.advance(7200)
    assert codes(market, record(hour=0)) == ["008"]
    assert codes(market, record(hour=1, relate_pkg_instance="inst-pkg")) == []
    assert market.bill.package_used("inst-pkg") == Decimal("1.5")


def test_unknown_member_is_noted() -> None:
    market, clock = marketplace()
    opened(market)
    clock.advance(3600)
    assert codes(market, record(product_id="x")) == []
    assert market.violations.rules() == {"record-members"}


def test_record_found_abnormal_later_leaves_the_bill_but_keeps_its_id_and_interval() -> None:
    market, clock = marketplace()
    opened(market)
    clock.advance(3600)
    codes(market, record())
    assert market.bill.mark_abnormal("inst-a-0", "013")
    assert not market.bill.mark_abnormal("inst-a-0", "013")
    assert not market.bill.mark_abnormal("never-sent", "013")
    assert market.bill.total() == 0
    assert market.bill.hours("inst-a") == {}
    assert market.bill.records() == []
    assert [one.code for one in market.bill.abnormal()] == ["013"]
    assert codes(market, record(), record(metering_sn="again")) == ["005", "010"]


def test_bill_document_prints_plain_decimals() -> None:
    market, clock = marketplace()
    opened(market)
    clock.advance(3600)
    codes(market, record(usage_value="0.0001"))
    document = market.bill.document()
    assert document["instances"] == {"inst-a": {"hours": {"2026-01-15T10": "0.0001"}, "total": "0.0001"}}
    assert document["total"] == "0.0001"
    assert Bill().document()["total"] == "0"
