"""Faults: programmed, counted, gone."""

from __future__ import annotations

from decimal import Decimal
from typing import cast

import pytest

from koogallery_simulator import Marketplace, RecordFault, SimulatorError, faults
from koogallery_simulator.codes import GATEWAY_ERRORS, MARKET_ERRORS
from koogallery_simulator.documents import Fields
from koogallery_simulator.fault_requests import KINDS, add_fault
from koogallery_simulator.http_messages import HANG, RESET
from tests.unit.simulator.tools import codes, marketplace, opened, order_request, push, push_request, read, record


def ready() -> Marketplace:
    market, clock = marketplace()
    opened(market)
    opened(market, instance_id="inst-b")
    clock.advance(3600)
    return market


def test_fault_is_used_as_often_as_programmed_and_then_gone() -> None:
    market = ready()
    market.faults.add(faults.throttle(times=2, where=faults.USAGE))
    assert market.handle(order_request(market, orderId="MOCKONDEMAND")).status == 200
    for _ in range(2):
        status, document = push(market, record())
        assert (status, document["error_code"]) == (406, "MKT.0250")
    assert codes(market, record()) == []
    assert market.faults.pending() == []


def test_throttle_code_is_also_printed_with_a_blank() -> None:
    market = ready()
    market.faults.add(faults.throttle(blank=True))
    status, document = read(market.handle(order_request(market, orderId="MOCKONDEMAND")))
    assert (status, document["resultCode"], document["extra_info"]) == (406, "MKT. 0250", {})


@pytest.mark.parametrize("code", [*MARKET_ERRORS, *GATEWAY_ERRORS])
@pytest.mark.parametrize("where", [faults.USAGE, faults.ORDER])
def test_every_code_comes_under_its_documented_status(code: str, where: str) -> None:
    market = ready()
    market.faults.add(faults.error(code, where=where))
    request = push_request(market, record()) if where == "usage" else order_request(market, orderId="MOCKONDEMAND")
    status, document = read(market.handle(request))
    assert status == (MARKET_ERRORS.get(code) or GATEWAY_ERRORS[code])[0]
    assert document.get("resultCode" if where == "order" and code in MARKET_ERRORS else "error_code") == code
    assert market.bill.records() == []


def test_429_has_the_form_of_the_gateway() -> None:
    market = ready()
    market.faults.add(faults.too_many_requests())
    status, document = push(market, record())
    assert (status, document["error_code"]) == (429, "APIGW.0308")


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("action", [HANG, RESET])
def test_lost_answer_may_come_before_or_after_the_booking(action: str, after: bool) -> None:
    market = ready()
    make = {HANG: faults.hang(0.0, after_booking=after), RESET: faults.reset(after_booking=after)}
    market.faults.add(make[action])
    assert market.handle(push_request(market, record())).action == action
    assert len(market.bill.records()) == int(after)
    assert codes(market, record()) == (["005"] if after else [])
    assert market.bill.total() == Decimal("1.5")


def test_booked_then_500() -> None:
    market = ready()
    market.faults.add(faults.error(after_booking=True))
    assert push(market, record())[0] == 500
    assert market.bill.total() == Decimal("1.5")


@pytest.mark.parametrize("kind", faults.GARBAGE_KINDS)
def test_garbage_is_no_answer_with_a_code(kind: str) -> None:
    market = ready()
    market.faults.add(faults.garbage(kind))
    reply = market.handle(push_request(market, record()))
    assert reply.status == 200
    assert b"MKT.0000" not in reply.body or kind == "array"
    assert market.bill.records() == []


@pytest.mark.parametrize("member", ["data", "", "abnormalUsageDataInfo"])
def test_abnormal_list_stands_where_it_is_told_to(member: str) -> None:
    market = ready()
    market.faults.abnormal_member = member
    market.faults.add(RecordFault(faults.FORCE_CODE, "inst-a", "013"))
    _, document = push(market, record(), record("inst-b"))
    holder = document if member == "" else cast("dict[str, object]", document[member])
    (listed,) = cast("list[dict[str, str]]", holder["abnormal_usage_data"])
    assert (listed["metering_sn"], listed["error_code"]) == ("inst-a-0", "013")
    assert [one.instance_id for one in market.bill.records()] == ["inst-b"]


def test_nothing_may_be_refused_at_the_interface() -> None:
    market = ready()
    market.faults.abnormal_member = None
    _, document = push(market, record(usage_value="0"))
    assert document == {"error_code": "MKT.0000", "error_msg": "success"}
    assert [one.code for one in market.bill.abnormal()] == ["003"]


def test_forced_code_ends_and_the_record_can_be_sent_again() -> None:
    market = ready()
    market.faults.add(RecordFault(faults.FORCE_CODE, "inst-a", "013"))
    assert codes(market, record()) == ["013"]
    assert codes(market, record()) == []
    assert not market.violations.all()


def test_accepted_record_may_be_found_abnormal_later() -> None:
    market = ready()
    market.faults.add(RecordFault(faults.ABNORMAL_LATER, "inst-a", "008"))
    assert codes(market, record()) == []
    assert market.bill.records() == []
    assert [one.code for one in market.bill.abnormal()] == ["008"]


def test_poison_record_refuses_its_whole_batch() -> None:
    market = ready()
    market.faults.add(RecordFault(faults.REJECT_BATCH, "inst-a", "MKT.9001", times=2))
    status, document = push(market, record("inst-b"), record())
    assert (status, document["error_code"]) == (500, "MKT.9001")
    assert market.bill.records() == []
    assert codes(market, record("inst-b")) == []


def test_record_limit_books_nothing_above_it() -> None:
    market = ready()
    market.faults.record_limit = 1
    status, document = push(market, record(), record("inst-b"))
    assert (status, document["error_code"]) == (500, "MKT.9003")
    assert not market.violations.all()
    market.faults.clear()
    assert codes(market, record(), record("inst-b")) == []


FIELDS: dict[str, dict[str, object]] = {
    "error": {"code": "MKT.9004"},
    "garbage": {"form": "deep"},
    "hang": {"seconds": 1},
    "force-code": {"instance_id": "i", "code": "001"},
    "abnormal-later": {"instance_id": "i", "code": "001"},
    "reject-batch": {"instance_id": "i", "code": "MKT.0100"},
}


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in ("abnormal-member", "record-limit")])
def test_every_kind_can_be_programmed_by_name(kind: str) -> None:
    programme = faults.Faults()
    add_fault(programme, Fields({"kind": kind, "times": 3, **FIELDS.get(kind, {})}))
    (fault,) = programme.pending()
    assert fault.times == 3


def test_shape_and_limit_can_be_programmed_by_name() -> None:
    programme = faults.Faults()
    add_fault(programme, Fields({"kind": "abnormal-member", "form": "later"}))
    add_fault(programme, Fields({"kind": "record-limit", "times": 100}))
    assert (programme.abnormal_member, programme.record_limit) == (None, 100)
    add_fault(programme, Fields({"kind": "abnormal-member", "form": ""}))
    assert programme.abnormal_member == ""


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"kind": "flood"},
        {"kind": "throttle", "times": 0},
        {"kind": "throttle", "times": True},
        {"kind": "throttle", "where": "elsewhere"},
        {"kind": "throttle", "seconds": 1},
        {"kind": "error", "code": "MKT.1"},
        {"kind": "force-code", "instance_id": "i", "code": "014"},
        {"kind": "force-code", "code": "001"},
        {"kind": "garbage", "form": "other"},
        {"kind": "hang", "after_booking": "yes"},
    ],
)
def test_malformed_fault_is_refused(document: dict[str, object]) -> None:
    programme = faults.Faults()
    with pytest.raises(SimulatorError):
        add_fault(programme, Fields(document))
    assert programme.pending() == []
