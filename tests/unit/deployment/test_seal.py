"""When lists are enough, and when everything is read."""

from __future__ import annotations

from typing import Any

from deployment.resources import Alarm, Function, Publication
from deployment.seal import seal_of, stamp_of

ROW: dict[str, Any] = {"func_urn": "urn:1", "last_modified": "2026-11-21T10:00:00Z"}
API: dict[str, Any] = {"id": "1", "update_time": "2026-11-21T10:00:00Z", "publish_id": "p"}


def test_any_touch_changes_the_stamp() -> None:
    stamp = stamp_of([ROW], [API])
    assert stamp == stamp_of([dict(ROW)], [dict(API)])
    assert stamp != stamp_of([{**ROW, "last_modified": "2026-11-21T10:00:01Z"}], [API])
    assert stamp != stamp_of([ROW], [{**API, "update_time": "2026-11-21T10:00:01Z"}])
    assert stamp != stamp_of([ROW], [{**API, "publish_id": "q"}])
    assert stamp != stamp_of([ROW], [])
    assert stamp != stamp_of([ROW, {**ROW, "func_urn": "urn:2"}], [API])


def test_lists_that_do_not_tell_times_vouch_for_nothing() -> None:
    stamp = stamp_of([{**ROW, "last_modified": None}], [API])
    assert stamp == ""
    assert seal_of(stamp, [Function("f")]) == ""


def test_another_wish_breaks_the_seal() -> None:
    seal = seal_of("stamp", [Function("f"), Alarm("a")])
    assert seal == seal_of("stamp", [Alarm("a"), Function("f"), Publication("routes", "any")])
    assert seal != seal_of("stamp", [Function("f", timeout=4), Alarm("a")])
    assert seal != seal_of("stamp", [Function("f"), Alarm("a", threshold=2)])
    assert seal != seal_of("other", [Function("f"), Alarm("a")])
