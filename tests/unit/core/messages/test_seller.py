"""The messages of the seller's product: access data; usage events are told in the tests of record_usage."""

from __future__ import annotations

import pytest

from koogallery.app_info import NAMES, app_info
from koogallery.messages.seller import MAX_EVENTS, MalformedRequest, parse_access, parse_events

FULL = {
    "front_end_url": "https://app.example/",
    "admin_url": "https://app.example/admin",
    "user_name": "admin",
    "password": "pässword",
    "memo": "请先登录",
}


def test_access_data_takes_the_marketplaces_words() -> None:
    assert app_info(parse_access({**FULL, "other": 1})) == {
        "frontEndUrl": "https://app.example/",
        "adminUrl": "https://app.example/admin",
        "userName": "admin",
        "password": "pässword",
        "memo": "请先登录",
    }


@pytest.mark.parametrize("name", ["admin_url", "user_name", "password", "memo"])
@pytest.mark.parametrize("value", [None, "missing"])
def test_everything_but_the_address_may_be_left_out(name: str, value: str | None) -> None:
    given = {n: v for n, v in FULL.items() if n != name} | ({} if value else {name: None})
    assert name not in parse_access(given)


def test_empty_texts_are_kept_where_they_mean_something() -> None:
    assert parse_access({**FULL, "memo": "", "admin_url": ""})["memo"] == ""


@pytest.mark.parametrize("name", FULL)
def test_no_member_is_longer_than_the_marketplace_takes(name: str) -> None:
    longest = NAMES[name][1]
    start = "https://" if name.endswith("url") else ""
    assert parse_access({**FULL, name: start.ljust(longest, "x")})
    with pytest.raises(MalformedRequest, match=name):
        parse_access({**FULL, name: start.ljust(longest + 1, "x")})


@pytest.mark.parametrize("name", FULL)
@pytest.mark.parametrize("value", [5, True, [], {}])
def test_a_member_of_another_type_is_named_and_not_quoted(name: str, value: object) -> None:
    with pytest.raises(MalformedRequest, match=f"^{name} must be a text"):
        parse_access({**FULL, name: value})


@pytest.mark.parametrize("name", FULL)
def test_half_a_surrogate_pair_is_no_text(name: str) -> None:
    with pytest.raises(MalformedRequest, match=f"^{name} must be a text"):
        parse_access({**FULL, name: "https://app.example/\ud83d"})


@pytest.mark.parametrize(
    "address", ["app.example", "ftp://app.example", "javascript:alert(1)", "https://", "http:///x", " https://a"]
)
@pytest.mark.parametrize("name", ["front_end_url", "admin_url"])
def test_an_address_is_one_of_the_web(name: str, address: str) -> None:
    with pytest.raises(MalformedRequest, match=f"^{name} must be a web address"):
        parse_access({**FULL, name: address})


@pytest.mark.parametrize("body", [{}, {"front_end_url": None}, {"front_end_url": ""}, {"memo": "x"}])
def test_the_address_of_the_product_is_mandatory(body: dict[str, object]) -> None:
    with pytest.raises(MalformedRequest, match="front_end_url is missing"):
        parse_access(body)


def test_a_report_has_at_most_a_thousand_events() -> None:
    assert len(parse_events({"events": [{}] * MAX_EVENTS})) == MAX_EVENTS
    with pytest.raises(MalformedRequest, match="at most 1000"):
        parse_events({"events": [{}] * (MAX_EVENTS + 1)})


@pytest.mark.parametrize("events", [None, {}, "[]", 5])
def test_events_are_a_list(events: object) -> None:
    with pytest.raises(MalformedRequest, match="events must be a list"):
        parse_events({"events": events})


def test_an_entry_that_is_no_object_is_named_by_its_place() -> None:
    with pytest.raises(MalformedRequest, match=r"events\[1\]"):
        parse_events({"events": [{}, "x"]})
