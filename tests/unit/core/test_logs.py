from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from datetime import datetime, timezone
from decimal import Decimal
from enum import Enum
from typing import Any

import pytest

from koogallery import logs
from koogallery.errors import SettingsError
from koogallery.logs import MASK, MAX_ITEMS, MAX_TEXT, Redactor, describe, log_line, redact, set_level

SECRET = 'pa/ss+"wörd\\1='


@pytest.fixture(autouse=True)
def _forgetful(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(logs._REDACTOR, "_longest_first", ())
    yield
    set_level("INFO")


def _line(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.endswith("\n")
    assert captured.err.count("\n") == 1
    assert captured.err.isascii()
    line: dict[str, Any] = json.loads(captured.err)
    return line


def test_a_line_is_one_json_object_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    log_line("callback", result_code="000000", milliseconds=3, test=True, missing=None, text="世\n界")
    line = _line(capsys)
    moment = datetime.fromisoformat(line.pop("time").replace("Z", "+00:00"))
    assert moment.tzinfo is not None
    assert line == {
        "level": "INFO",
        "event": "callback",
        "result_code": "000000",
        "milliseconds": 3,
        "test": True,
        "missing": None,
        "text": "世\n界",
    }


def test_a_line_has_a_level(capsys: pytest.CaptureFixture[str]) -> None:
    log_line("alarm", level=logging.ERROR)
    assert _line(capsys)["level"] == "ERROR"
    log_line("detail", level=logging.DEBUG)
    assert capsys.readouterr().err == ""


def test_fields_cannot_stand_for_time_or_level(capsys: pytest.CaptureFixture[str]) -> None:
    log_line("callback", time="forged")
    assert _line(capsys)["time"] != "forged"


def test_others_may_use_the_logger_too(capsys: pytest.CaptureFixture[str]) -> None:
    redact(["hidden"])
    log_line("first")
    capsys.readouterr()
    logging.getLogger("koogallery").warning("plain %s", "hidden")
    assert _line(capsys)["event"] == f"plain {MASK}"


@pytest.mark.parametrize(
    "spelled",
    [SECRET, "pa%2Fss%2B%22w%C3%B6rd%5C1%3D", 'pa/ss+\\"w\\u00f6rd\\\\1=', 'pa/ss+\\"wörd\\\\1='],
    ids=["plain", "in a URL", "in JSON", "in unescaped JSON"],
)
@pytest.mark.parametrize("place", ["text", "list", "mapping", "name", "event"])
def test_a_known_secret_is_masked_anywhere(capsys: pytest.CaptureFixture[str], spelled: str, place: str) -> None:
    redact([SECRET, ""])
    text = f"before {spelled} after"
    fields: dict[str, object] = {
        "text": text,
        "list": [[text], (text,)],
        "mapping": {"b": {"c": text}},
        "name": {text: 1},
    }
    log_line(text if place == "event" else "x", field=fields.get(place))
    shown = json.dumps(_line(capsys), ensure_ascii=False)
    assert f"before {MASK} after" in shown
    assert "rd" not in shown


def test_the_longest_secret_is_masked_as_a_whole() -> None:
    redactor = Redactor()
    redactor.add(["key-one", "key-one-two"])
    assert redactor.clean("key-one-two key-one") == f"{MASK} {MASK}"


def test_each_line_of_a_long_key_is_a_secret() -> None:
    redactor = Redactor()
    redactor.add(["-----BEGIN KEY-----\\nMIIabc\\nMIIdef\\n-----END KEY-----"])
    assert redactor.clean("x MIIdef y") == f"x {MASK} y"
    assert redactor.clean("-----BEGIN KEY-----") == "-----BEGIN KEY-----"


def test_secrets_too_short_to_be_one_do_not_mask_half_a_line() -> None:
    redactor = Redactor()
    redactor.add(["a", "", "abc"])
    assert redactor.clean("abc a") == "abc a"


def test_a_secret_at_the_cut_is_masked_too(capsys: pytest.CaptureFixture[str]) -> None:
    redact(["0123456789"])
    log_line("x", text="-" * (MAX_TEXT - 5) + "0123456789")
    assert "01234" not in _line(capsys)["text"]


@pytest.mark.parametrize(
    "name",
    [
        "password",
        "SELLER_WEBHOOK_SECRET",
        "signature",
        "Authorization",
        "authToken",
        "access_key",
        "Set-Cookie",
        "nonce",
        "mobile_phone",
        "mobilePhone",
        "email",
        "userName",
        "user_name",
        "customerName",
    ],
)
def test_members_named_after_secrets_or_people_are_masked(capsys: pytest.CaptureFixture[str], name: str) -> None:
    fields: dict[str, Any] = {name: "value"}
    log_line("x", **fields, inner={name: ["value"]})
    line = _line(capsys)
    assert (line[name], line["inner"][name]) == (MASK, MASK)


def test_whether_there_is_a_secret_may_be_said(capsys: pytest.CaptureFixture[str]) -> None:
    log_line("x", password=True, signature=None)
    line = _line(capsys)
    assert (line["password"], line["signature"]) == (True, None)


def test_fields_are_bounded(capsys: pytest.CaptureFixture[str]) -> None:
    deep: dict[str, object] = {"a": {"a": {"a": {"a": {"a": "deep"}}}}}
    log_line("x", text="y" * 9000, many=list(range(1000)), members={str(n): n for n in range(1000)}, deep=deep)
    line = _line(capsys)
    assert len(line["text"]) == MAX_TEXT + 1
    assert (len(line["many"]), len(line["members"])) == (MAX_ITEMS, MAX_ITEMS)
    assert "deep" not in json.dumps(line["deep"])


class Colour(Enum):
    RED = "red"


class Opaque:
    def __repr__(self) -> str:
        return "hidden"


def test_plain_data_is_shown_and_objects_are_named_by_type(capsys: pytest.CaptureFixture[str]) -> None:
    moment = datetime(2026, 11, 21, 10, 5, tzinfo=timezone.utc)
    log_line(
        "x", a=Decimal("1.50"), b=moment, c=Colour.RED, d=Opaque(), e=float("nan"), f=10**30, g=b"hidden", h=0.5, i={1}
    )
    line = _line(capsys)
    assert {name: line[name] for name in "abcdefghi"} == {
        "a": "1.50",
        "b": "2026-11-21T10:05:00+00:00",
        "c": "red",
        "d": "Opaque",
        "e": "nan",
        "f": "1" + "0" * 30,
        "g": "bytes",
        "h": 0.5,
        "i": [1],
    }


def _unexpected() -> Exception:
    try:
        raise ValueError("quotes hidden data")
    except ValueError as exc:
        return exc


def test_an_unexpected_error_is_told_by_type_and_place_only() -> None:
    told = describe(_unexpected())
    assert told.startswith("ValueError at test_logs.py:")
    assert "hidden" not in told
    assert "/" not in told


def test_an_error_of_our_own_is_told_by_code_and_text() -> None:
    assert describe(SettingsError("STATE_URL", "is missing")) == "settings_error: setting STATE_URL is missing"


def test_an_error_that_was_never_raised_has_no_place() -> None:
    assert describe(KeyError("hidden")) == "KeyError at an unknown place"


def test_a_stack_trace_is_shown_at_debug_only_and_without_secrets() -> None:
    redact(["hidden"])
    set_level("DEBUG")
    told = describe(_unexpected())
    assert "Traceback" in told
    assert f"quotes {MASK} data" in told
