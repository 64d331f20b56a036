from __future__ import annotations

import json
from typing import Any

import pytest

from koogallery.http import HttpResponse
from koogallery.marketplace.answers import read_answer
from koogallery.marketplace.errors import MarketplaceAnswerUnreadable
from koogallery.marketplace.usage_push import PushAnswer, read_push_answer

RECORD: dict[str, Any] = {
    "instance_id": "inst-1",
    "record_time": "20260115T081000Z",
    "begin_time": "20260115T070000Z",
    "end_time": "20260115T080000Z",
    "usage_value": "125",
    "metering_sn": "sn-1",
}


def _body(**members: object) -> bytes:
    return json.dumps({"error_code": "MKT.0000", "error_msg": "success", **members}).encode()


def _read(**members: object) -> PushAnswer:
    return read_push_answer(read_answer("usage push", HttpResponse(200, {"x-request-id": "r-1"}, _body(**members))))


def test_an_answer_without_abnormal_records_is_reception() -> None:
    answer = _read()
    assert (answer.code, answer.message, answer.abnormal, answer.request_id) == ("MKT.0000", "success", (), "r-1")


@pytest.mark.parametrize(
    "wrap",
    [
        lambda array: {"abnormal_usage_data": array},
        lambda array: {"data": {"abnormal_usage_data": array}},
        lambda array: {"abnormal_usage_data_info": {"abnormal_usage_data": array}},
        lambda array: {"result": {"data": {"abnormal_usage_data": array}}},
        lambda array: {"data": [7, {"abnormal_usage_data": array}]},
    ],
)
def test_the_array_is_found_wherever_it_is(wrap: Any) -> None:
    (record,) = _read(**wrap([{**RECORD, "error_code": "003", "error_msg": "usage value wrong"}])).abnormal
    assert (record.metering_sn, record.instance_id) == ("sn-1", "inst-1")
    assert (record.begin_time, record.end_time) == ("20260115T070000Z", "20260115T080000Z")
    assert (record.usage_value, record.code, record.description) == ("125", "003", "usage value wrong")


def test_the_array_is_not_looked_for_deeper() -> None:
    assert _read(a={"b": {"c": {"abnormal_usage_data": [RECORD]}}}).abnormal == ()


@pytest.mark.parametrize("empty", [None, [], {}, ""])
def test_an_empty_array_has_no_records(empty: object) -> None:
    assert _read(data={"abnormal_usage_data": empty}).abnormal == ()


@pytest.mark.parametrize("code", [f"{number:03}" for number in range(1, 14)] + ["014", "999"])
def test_every_record_code_is_read(code: str) -> None:
    assert _read(abnormal_usage_data=[{"metering_sn": "s", "error_code": code}]).abnormal[0].code == code


def test_a_usage_value_of_three_digits_is_no_code() -> None:
    assert _read(abnormal_usage_data=[{**RECORD, "reason": "005"}]).abnormal[0].code == "005"
    assert _read(abnormal_usage_data=[RECORD]).abnormal[0].code == "unknown"


def test_a_member_named_after_a_code_goes_first() -> None:
    assert _read(abnormal_usage_data=[{"batch": "100", "abnormalCode": "010"}]).abnormal[0].code == "010"


@pytest.mark.parametrize("code", ["5", "0005", "MKT.005", "", 5, None, ["005"]])
def test_another_form_of_code_is_unknown(code: object) -> None:
    assert _read(abnormal_usage_data=[{"metering_sn": "s", "error_code": code}]).abnormal[0].code == "unknown"


def test_other_spellings_of_the_members_are_understood() -> None:
    item = {"meteringSn": "sn-1", "instanceId": "i", "beginTime": "b", "endTime": "e", "usageValue": 1.50}
    (record,) = _read(abnormal_usage_data=[item]).abnormal
    assert (record.metering_sn, record.instance_id, record.begin_time, record.end_time) == ("sn-1", "i", "b", "e")
    assert record.usage_value == "1.5"


def test_a_record_inside_a_member_is_understood() -> None:
    (record,) = _read(abnormal_usage_data=[{"usage_record": RECORD, "error_code": "010"}]).abnormal
    assert (record.metering_sn, record.code) == ("sn-1", "010")


def test_outer_members_win_over_inner_ones() -> None:
    item = {"usage_record": {**RECORD, "metering_sn": "inner"}, "metering_sn": "outer"}
    assert _read(abnormal_usage_data=[item]).abnormal[0].metering_sn == "outer"


def test_a_single_object_is_one_record() -> None:
    assert [record.metering_sn for record in _read(abnormal_usage_data=RECORD).abnormal] == ["sn-1"]


@pytest.mark.parametrize("item", ["sn-1 was wrong", 7, None, [1], {}])
def test_a_record_nobody_can_identify_is_kept(item: object) -> None:
    (record,) = _read(abnormal_usage_data=[item]).abnormal
    assert (record.metering_sn, record.instance_id, record.code) == (None, None, "unknown")
    assert json.loads(record.raw) == item


def test_empty_members_identify_nothing() -> None:
    assert _read(abnormal_usage_data=[{"metering_sn": "", "error_code": "004"}]).abnormal[0].metering_sn is None


def test_texts_of_a_record_are_bounded() -> None:
    item = {"metering_sn": "s" * 9000, "error_msg": "m" * 9000, **{f"x{n}": "y" for n in range(500)}}
    (record,) = _read(abnormal_usage_data=[item]).abnormal
    assert len(record.metering_sn or "") == 255
    assert len(record.description) == 255
    assert len(record.raw) == 2000


def test_a_full_batch_of_abnormal_records_is_read() -> None:
    assert len(_read(abnormal_usage_data=[RECORD] * 1000).abnormal) == 1000


def test_more_records_than_a_batch_has_are_not_cut_silently() -> None:
    with pytest.raises(MarketplaceAnswerUnreadable):
        _read(abnormal_usage_data=[RECORD] * 1001)


def test_a_record_that_cannot_be_shown_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    def too_deep(*_: object, **__: object) -> str:
        raise RecursionError

    answer = read_answer("usage push", HttpResponse(200, {}, _body(abnormal_usage_data=[RECORD])))
    monkeypatch.setattr(json, "dumps", too_deep)
    (record,) = read_push_answer(answer).abnormal
    assert (record.metering_sn, record.raw) == ("sn-1", "")


def test_deep_nesting_inside_a_record_does_no_harm() -> None:
    """Whatever the interpreter's limit: read or unreadable, never another error."""
    outcomes = set()
    for depth in (10, *range(700, 1010)):
        deep = b"[" * depth + b"]" * depth
        body = b'{"error_code":"MKT.0000","abnormal_usage_data":[{"metering_sn":"s","x":' + deep + b"}]}"
        try:
            answer = read_push_answer(read_answer("usage push", HttpResponse(200, {}, body)))
        except MarketplaceAnswerUnreadable:
            continue
        outcomes.add(answer.abnormal[0].metering_sn)
    assert outcomes == {"s"}
