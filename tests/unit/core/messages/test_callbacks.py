"""The messages of the marketplace: lengths and types after the field tables of the guide."""

from __future__ import annotations

from typing import Any

import pytest

from koogallery.dialects.dialect import is_debug_call
from koogallery.messages.callbacks import MAX_QUERIED, IllegalParameter, parse_message

NEW: dict[str, Any] = {"businessId": "b", "orderId": "o", "orderLineId": "l"}
REFRESH: dict[str, Any] = {
    "instanceId": "i",
    "scene": "RENEWAL",
    "orderId": "o",
    "orderLineId": "l",
    "expireTime": "20301124023618",
}
COMPLETE: dict[str, dict[str, Any]] = {
    "newInstance": NEW,
    "queryInstance": {"instanceId": "i"},
    "refreshInstance": REFRESH,
    "updateInstanceStatus": {"instanceId": "i", "status": "FREEZE"},
    "releaseInstance": {"instanceId": "i"},
    "upgradeInstance": {"instanceId": "i", "orderId": "o", "orderLineId": "l"},
    "changeInstanceCheck": {"instanceId": "i", "productInfo": {}},
}
MANDATORY = [(activity, name) for activity, members in COMPLETE.items() for name in members]


@pytest.mark.parametrize("activity", COMPLETE)
def test_a_complete_message_is_read_and_unknown_members_are_ignored(activity: str) -> None:
    parse_message(activity, {**COMPLETE[activity], "somethingNew": [1], "activity": activity})


@pytest.mark.parametrize(("activity", "name"), MANDATORY)
@pytest.mark.parametrize("value", ["", None, 5, 1.5, True, [], ["i", "j"]])
def test_a_mandatory_member_of_another_form_is_named_and_not_quoted(activity: str, name: str, value: object) -> None:
    if (name, value) == ("instanceId", ["i", "j"]) and activity == "queryInstance":
        return
    with pytest.raises(IllegalParameter, match=rf"^{name}: "):
        parse_message(activity, {**COMPLETE[activity], name: value})


@pytest.mark.parametrize(("activity", "name"), MANDATORY)
def test_a_mandatory_member_may_not_be_missing(activity: str, name: str) -> None:
    with pytest.raises(IllegalParameter, match=rf"^{name}: "):
        parse_message(activity, {n: v for n, v in COMPLETE[activity].items() if n != name})


IDS = [(activity, name) for activity, name in MANDATORY if name.endswith("Id")]


@pytest.mark.parametrize(("activity", "name"), IDS)
def test_an_id_has_at_most_64_characters(activity: str, name: str) -> None:
    parse_message(activity, {**COMPLETE[activity], name: "字" * 64})
    with pytest.raises(IllegalParameter, match=rf"^{name}: ") as caught:
        parse_message(activity, {**COMPLETE[activity], name: "secret" * 11})
    assert "secret" not in str(caught.value)


def test_a_query_takes_a_hundred_ids() -> None:
    ids = [f"{number:064}" for number in range(MAX_QUERIED)]
    assert parse_message("queryInstance", {"instanceId": ", ".join(ids)}).instance_id == ids
    with pytest.raises(IllegalParameter):
        parse_message("queryInstance", {"instanceId": ",".join([*ids, "x"])})


@pytest.mark.parametrize("text", [",", "a,", ",a", " ", "a, ,b"])
def test_a_blank_id_among_several_is_refused(text: str) -> None:
    with pytest.raises(IllegalParameter):
        parse_message("queryInstance", {"instanceId": text})


@pytest.mark.parametrize("scene", ["TRIAL_TO_FORMAL", "RENEWAL", "UNSUBSCRIBE_RENEWAL_PERIOD", "RENEWAL_CHANGE"])
def test_every_scene_of_the_guide_is_known(scene: str) -> None:
    assert parse_message("refreshInstance", {**REFRESH, "scene": scene}).scene == scene


@pytest.mark.parametrize("text", ["20301124023618", "20301124023618999"])
def test_an_expiry_has_fourteen_or_seventeen_digits(text: str) -> None:
    assert parse_message("refreshInstance", {**REFRESH, "expireTime": text}).expire_time == text


@pytest.mark.parametrize("text", ["20301324023618", "2030", "2030-11-24T02:36:18Z", "x" * 14])
def test_an_expiry_that_is_no_time_is_not_quoted(text: str) -> None:
    with pytest.raises(IllegalParameter, match=r"^expireTime: not a time") as caught:
        parse_message("refreshInstance", {**REFRESH, "expireTime": text})
    assert text not in str(caught.value)


@pytest.mark.parametrize(("status", "read"), [("FREEZE", "FREEZE"), ("UNFREEZE", "UNFREEZE"), ("NORMAL", "UNFREEZE")])
def test_the_words_of_both_generations_are_known(status: str, read: str) -> None:
    assert parse_message("updateInstanceStatus", {"instanceId": "i", "status": status}).status == read


@pytest.mark.parametrize("value", [None, "", "o"])
def test_the_order_of_a_release_may_be_left_out(value: str | None) -> None:
    assert parse_message("releaseInstance", {"instanceId": "i", "orderId": value}).order_id == (value or "")


@pytest.mark.parametrize("info", [{"a": 1}, [{"a": 1}], '{"a":1}', '[{"a":1}]'])
def test_the_target_of_a_change_comes_in_several_forms(info: object) -> None:
    assert parse_message("changeInstanceCheck", {"instanceId": "i", "productInfo": info}).product_info == {"a": 1}


@pytest.mark.parametrize("info", ["", "{", "[" * 100_000, [], [1], [{}, {}], "null", 5])
def test_a_target_that_is_no_object_is_refused(info: object) -> None:
    with pytest.raises(IllegalParameter, match=r"^productInfo: "):
        parse_message("changeInstanceCheck", {"instanceId": "i", "productInfo": info})


@pytest.mark.parametrize(
    ("flag", "debug"), [(None, False), ("", False), ("0", False), (0, False), ("1", True), (1, True)]
)
def test_a_test_flag_of_one_is_a_debug_call(flag: object, debug: bool) -> None:
    assert is_debug_call(flag) is debug


@pytest.mark.parametrize("flag", ["2", "true", True, False, [], {}, 1.0, "\uff11"])
def test_another_test_flag_is_refused(flag: object) -> None:
    with pytest.raises(IllegalParameter, match="testFlag"):
        is_debug_call(flag)
