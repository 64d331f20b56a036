"""The event of a timer: its time says which work is due, its text which share of it."""

from __future__ import annotations

import json
from datetime import datetime, timezone

import pytest

from koogallery.slots import SLOTS
from koogallery.timer import MalformedTimerEvent, read_tick

AT = datetime(2026, 11, 21, 10, 5, tzinfo=timezone.utc)


def event(user_event: object = "", time: object = "2026-11-21T18:05:00+08:00") -> dict[str, object]:
    """An event of a timer."""
    return {"version": "v1.0", "time": time, "trigger_type": "TIMER", "trigger_name": "t", "user_event": user_event}


@pytest.mark.parametrize("user_event", ["", None, "{}", '{"share":"1 of 1"}', '{"job":"sweep"}'])
def test_one_share_does_all_the_work(user_event: object) -> None:
    tick = read_tick(event(user_event))
    assert (tick.at, tick.slots) == (AT, tuple(range(SLOTS)))


@pytest.mark.parametrize("of", range(1, SLOTS + 1))
def test_shares_together_do_all_the_work_and_none_of_it_twice(of: int) -> None:
    shares = [read_tick(event(json.dumps({"share": f"{number} of {of}"}))).slots for number in range(1, of + 1)]
    assert sorted(slot for share in shares for slot in share) == list(range(SLOTS))
    assert max(map(len, shares)) - min(map(len, shares)) <= 1


@pytest.mark.parametrize(
    "share",
    ["0 of 1", "2 of 1", "1 of 17", "1of2", "1 of 2 ", "one of two", "-1 of 2", "001 of 002", "", 1, None, ["1 of 1"]],
)
def test_a_share_of_another_form_is_refused(share: object) -> None:
    with pytest.raises(MalformedTimerEvent):
        read_tick(event(json.dumps({"share": share})))


@pytest.mark.parametrize("user_event", ["{", "nothing", "[]", '"1 of 2"', "5"])
def test_a_text_that_is_no_object_is_refused(user_event: str) -> None:
    with pytest.raises(MalformedTimerEvent):
        read_tick(event(user_event))


@pytest.mark.parametrize("time", [None, "", "10:05", 1795255500, "2026-11-21T10:05:00"])
def test_a_time_of_another_form_is_refused(time: object) -> None:
    with pytest.raises(MalformedTimerEvent):
        read_tick(event(time=time))
