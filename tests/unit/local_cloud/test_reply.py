"""Replies are read as strictly as the gateway reads them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from local_cloud.errors import ReplyRefused
from local_cloud.reply import MAX_AUTHORIZER_REPLY_BYTES, MAX_REPLY_BYTES, read_decision, read_reply, to_json

GOOD: dict[str, Any] = {
    "statusCode": 201,
    "headers": {"Content-Type": "text/plain"},
    "isBase64Encoded": False,
    "body": "ä",
}


def test_a_reply_in_the_right_form() -> None:
    reply = read_reply(GOOD)
    assert (reply.status, reply.headers, reply.body) == (201, {"Content-Type": "text/plain"}, "ä".encode())


def test_a_base64_body_is_decoded() -> None:
    assert read_reply(GOOD | {"isBase64Encoded": True, "body": "AP8="}).body == b"\x00\xff"


@pytest.mark.parametrize("missing", sorted(GOOD))
def test_all_four_keys_are_needed(missing: str) -> None:
    with pytest.raises(ReplyRefused, match=f"{missing} is missing"):
        read_reply({name: value for name, value in GOOD.items() if name != missing})


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"statusCode": "200"}, "statusCode"),
        ({"statusCode": True}, "statusCode"),
        ({"statusCode": 200.0}, "statusCode"),
        ({"statusCode": 99}, "statusCode"),
        ({"statusCode": 600}, "statusCode"),
        ({"headers": None}, "headers is no object"),
        ({"headers": {"X-Count": 1}}, "header X-Count"),
        ({"headers": {"Set-Cookie": ["a", "b"]}}, "header Set-Cookie"),
        ({"headers": {"X": "a\r\nY: b"}}, "header X"),
        ({"headers": {"bad name": "a"}}, "no header name"),
        ({"isBase64Encoded": "false"}, "isBase64Encoded"),
        ({"isBase64Encoded": 0}, "isBase64Encoded"),
        ({"body": {"ok": True}}, "body is no text"),
        ({"body": None}, "body is no text"),
        ({"body": "%%%", "isBase64Encoded": True}, "no base64"),
        ({"statusCode": 204}, "has a body"),
        ({"extra": 1}, "unknown member 'extra'"),
        ({"body": "x" * MAX_REPLY_BYTES}, "more than"),
        ({"body": object()}, "no JSON"),
        ({"body": float("nan")}, "no JSON"),
    ],
)
def test_any_other_form_is_refused(change: dict[str, Any], problem: str) -> None:
    with pytest.raises(ReplyRefused, match=problem):
        read_reply(GOOD | change)


@pytest.mark.parametrize("reply", [None, "", [], 200])
def test_a_reply_that_is_no_object_is_refused(reply: object) -> None:
    with pytest.raises(ReplyRefused, match="no object"):
        read_reply(reply)


def test_nothing_is_returned_as_the_empty_text() -> None:
    assert to_json(None) == '""'


def _decision(body: object, status: object = 200) -> dict[str, object]:
    return {"statusCode": status, "body": body if isinstance(body, (str, bytes)) else json.dumps(body)}


def test_an_authorizer_allows_with_a_context() -> None:
    decision = read_decision(_decision({"status": "allow", "context": {"activity": "newInstance"}}))
    assert (decision.allow, decision.context) == (True, {"activity": "newInstance"})


def test_an_authorizer_denies_without_a_context() -> None:
    decision = read_decision(_decision({"status": "deny"}))
    assert (decision.allow, decision.context) == (False, {})


@pytest.mark.parametrize(
    ("reply", "problem"),
    [
        (GOOD, "unknown member"),
        (_decision({"status": "allow"}, 403), "not 200"),
        (_decision({"status": "allow"}, "200"), "statusCode"),
        ({"statusCode": 200, "body": {"status": "allow"}}, "no text"),
        ({"statusCode": 200}, "body is missing"),
        (_decision("allow"), "no JSON"),
        (_decision([]), "neither allow nor deny"),
        (_decision({"status": "yes"}), "neither allow nor deny"),
        (_decision({"status": "allow", "context": []}), "no object"),
        (_decision({"status": "allow", "context": {"activity": 1}}), "context value activity"),
        (_decision({"status": "allow", "context": {"1st": "a"}}), "no name"),
        (_decision({"status": "allow", "context": {"a" * 33: "a"}}), "no name"),
        (_decision({"status": "allow", "context": {"a": "x" * MAX_AUTHORIZER_REPLY_BYTES}}), "more than"),
    ],
)
def test_an_authorizer_in_any_other_form_is_refused(reply: object, problem: str) -> None:
    with pytest.raises(ReplyRefused, match=problem):
        read_decision(reply)
