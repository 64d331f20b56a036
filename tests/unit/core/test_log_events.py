"""The event of an LTS trigger: bounded, and told apart what is whose."""

from __future__ import annotations

import base64
import json
import logging
from typing import Any

import pytest

from koogallery.log_events import MAX_DATA_CHARACTERS, MAX_LINES, MalformedLogEvent, read_log_event
from koogallery.logs import JsonFormatter, Redactor

LINE = '{"time":"2026-11-21T10:05:07.123Z","level":"INFO","event":"callback","result_code":"000000","milliseconds":3}'


def event(logs: object, **more: object) -> dict[str, Any]:
    """An event with these entries, as LTS makes it: JSON text within JSON within base64."""
    content = {"logs": logs if isinstance(logs, str) else json.dumps(logs), "log_group_id": "g", **more}
    return {"lts": {"data": base64.b64encode(json.dumps(content).encode()).decode()}}


def entry(message: object) -> dict[str, object]:
    return {"message": message, "time": 1795255507123, "host_name": "h", "line_no": 1}


def test_the_documented_sample_is_read() -> None:
    data = (
        "eyJsb2dzIjoiW3tcIm1lc3NhZ2VcIjpcIjIwMTgtMDgtMDgvMDg6MDg6MDggW1dSTl0gW3Rlc3QuZ286MDhdVGhpcyBpcyBhIHRlc3QgbWVz"
        "c2FnZS5cIixcInRpbWVcIjoxNTMwMDA5NjUzMDU5fV0iLCJvd25lciI6Im8ifQ=="
    )
    assert read_log_event({"lts": {"data": data}}) == ([], 0, 1)


def test_lines_of_the_bundle_are_found_whatever_the_platform_puts_around_them() -> None:
    messages = [LINE, f"2026-11-21T10:05:07Z r-1 {LINE}", f"{LINE}\n", f"[stderr] {LINE} trailing"]
    found = read_log_event(event([entry(message) for message in messages]))
    assert [one["event"] for one in found.lines] == ["callback"] * 4
    assert (found.malformed, found.others) == (0, 0)


def test_the_word_of_lts_itself_is_understood_too() -> None:
    assert len(read_log_event(event([{"content": LINE}])).lines) == 1


def test_entries_may_come_as_a_list_too() -> None:
    content = base64.b64encode(json.dumps({"logs": [entry(LINE)]}).encode()).decode()
    assert len(read_log_event({"lts": {"data": content}}).lines) == 1


def test_lines_are_written_the_way_they_are_looked_for() -> None:
    record = logging.LogRecord("koogallery", logging.INFO, "", 0, "callback", None, None)
    record.fields = {"event": "callback", "result_code": "000000"}
    written = JsonFormatter(Redactor()).format(record)
    assert read_log_event(event([entry(written)])).lines[0]["result_code"] == "000000"


@pytest.mark.parametrize("message", ["Start invoke request", "", None, 5, [LINE], '{"level":"INFO"}'])
def test_what_others_write_is_counted_apart(message: object) -> None:
    assert read_log_event(event([entry(message), entry(LINE)]))[1:] == (0, 1)


@pytest.mark.parametrize("one", [None, "text", 5, [], {}, {"content": 5}, {"log_uid": LINE}])
def test_an_entry_of_another_form_is_not_ours(one: object) -> None:
    assert read_log_event(event([one]))[1:] == (0, 1)


@pytest.mark.parametrize("cut", [LINE[:-1], LINE[:30], '{"time":"' + "[" * 5000, '{"time":"x","n":' + "[" * 100_000])
def test_a_line_that_was_cut_is_malformed(cut: str) -> None:
    found = read_log_event(event([entry(cut), entry(LINE)]))
    assert (len(found.lines), found.malformed) == (1, 1)


@pytest.mark.parametrize(
    "malformed",
    [
        None,
        "event",
        {},
        {"lts": None},
        {"lts": {}},
        {"lts": {"data": 5}},
        {"lts": {"data": "%%%"}},
        {"lts": {"data": "A" * (MAX_DATA_CHARACTERS + 1)}},
        {"lts": {"data": base64.b64encode(b"no json").decode()}},
        {"lts": {"data": base64.b64encode(b"[" * 100_000).decode()}},
        {"lts": {"data": base64.b64encode(b"[1]").decode()}},
        {"lts": {"data": base64.b64encode(b"{}").decode()}},
        {"lts": {"data": base64.b64encode(b"\xff\xfe\xff").decode()}},
        event("no json"),
        event('{"message":"x"}'),
        event("5"),
        event([None] * (MAX_LINES + 1)),
    ],
)
def test_what_is_no_event_of_a_log_trigger_is_refused_without_a_word_of_it(malformed: object) -> None:
    with pytest.raises(MalformedLogEvent) as caught:
        read_log_event(malformed)
    assert "json'" not in str(caught.value)


def test_an_empty_list_is_fine() -> None:
    assert read_log_event(event([])) == ([], 0, 0)
