from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from koogallery.apig import (
    MAX_BODY_BYTES,
    BodyTooLarge,
    MalformedEvent,
    Request,
    callback_reply,
    json_reply,
    problem_reply,
)

DOCUMENTED: dict[str, Any] = {
    "body": "eyJvcmRlciI6IkEtMSJ9",
    "isBase64Encoded": True,
    "httpMethod": "POST",
    "path": "/shop/orders/42",
    "pathParameters": {"": "orders/42"},
    "queryStringParameters": {"dry": "1"},
    "requestContext": {"apiId": "0f0e0d0c", "requestId": "a1b2", "stage": "RELEASE", "sourceIp": "203.0.113.7"},
    "headers": {"Host": "api.example.test", "content-type": "application/json", "x-real-ip": "203.0.113.8"},
}


def _request(**changes: object) -> Request:
    return Request.from_event({**DOCUMENTED, **changes})


def test_the_documented_event_is_read() -> None:
    request = _request()
    assert (request.method, request.path, request.body) == ("POST", "/shop/orders/42", b'{"order":"A-1"}')
    assert request.headers == {
        "host": "api.example.test",
        "content-type": "application/json",
        "x-real-ip": "203.0.113.8",
    }
    assert (request.query, request.query_values) == ({"dry": "1"}, {"dry": ["1"]})
    assert request.path_parameters == {"": "orders/42"}
    assert (request.request_id, request.source_ip) == ("a1b2", "203.0.113.7")


def test_repeated_names_may_come_as_lists() -> None:
    request = _request(
        queryStringParameters={"nonce": ["one", "two"], "none": []}, headers={"X-Two": ["a", "b"], "x-two": "c"}
    )
    assert (request.query, request.query_values) == ({"nonce": "one"}, {"nonce": ["one", "two"]})
    assert request.headers == {"x-two": "a"}


@pytest.mark.parametrize("member", ["queryStringParameters", "pathParameters", "headers", "requestContext", "body"])
@pytest.mark.parametrize("absent", [True, False])
def test_members_may_be_missing_or_null(member: str, absent: bool) -> None:
    event = {**DOCUMENTED, member: None}
    if absent:
        del event[member]
    assert Request.from_event(event).path == "/shop/orders/42"


def test_ids_fall_back_to_headers() -> None:
    request = _request(requestContext={}, headers={"x-request-id": "r-9", "X-Real-IP": "203.0.113.9"})
    assert (request.request_id, request.source_ip) == ("r-9", "203.0.113.9")


@pytest.mark.parametrize(
    ("body", "flag", "expected"),
    [
        ("", True, b""),
        ("", False, b""),
        ("e30=", True, b"{}"),
        ("e30=", False, b"e30="),
        ('{"a":"\u00e9"}', False, '{"a":"\u00e9"}'.encode()),
    ],
)
def test_the_body_is_decoded_by_the_flag(body: str, flag: bool, expected: bytes) -> None:
    assert _request(body=body, isBase64Encoded=flag).body == expected


def test_without_the_flag_a_body_is_text() -> None:
    event = {name: value for name, value in DOCUMENTED.items() if name != "isBase64Encoded"}
    assert Request.from_event({**event, "body": "e30="}).body == b"e30="


@pytest.mark.parametrize(
    "changes",
    [
        {"body": "not base64!"},
        {"body": "e30"},
        {"body": "é30="},
        {"body": "\ud800", "isBase64Encoded": False},
        {"body": {"a": 1}},
        {"body": 7},
        {"isBase64Encoded": "true"},
        {"isBase64Encoded": None},
        {"httpMethod": None},
        {"httpMethod": 7},
        {"httpMethod": ""},
        {"path": None},
        {"headers": []},
        {"headers": {"a": 1}},
        {"headers": {"a": ["b", None]}},
        {"queryStringParameters": "a=b"},
        {"queryStringParameters": {"a": {"b": "c"}}},
        {"queryStringParameters": {1: "a"}},
        {"pathParameters": {"a": None}},
        {"requestContext": "x"},
    ],
)
def test_what_the_gateway_never_sends_is_malformed(changes: dict[str, object]) -> None:
    with pytest.raises(MalformedEvent):
        _request(**changes)


@pytest.mark.parametrize("event", [None, [], "text", 7, {}])
def test_what_is_no_event_is_malformed(event: object) -> None:
    with pytest.raises(MalformedEvent):
        Request.from_event(event)


@pytest.mark.parametrize("encoded", [True, False])
def test_a_body_of_the_limit_is_read_and_one_byte_more_is_not(encoded: bool) -> None:
    def event(size: int) -> dict[str, object]:
        body = base64.b64encode(b"x" * size).decode() if encoded else "x" * size
        return {**DOCUMENTED, "body": body, "isBase64Encoded": encoded}

    assert len(Request.from_event(event(MAX_BODY_BYTES)).body) == MAX_BODY_BYTES
    for size in (MAX_BODY_BYTES + 1, 4 * MAX_BODY_BYTES):
        with pytest.raises(BodyTooLarge):
            Request.from_event(event(size))


def test_a_body_is_measured_in_bytes() -> None:
    with pytest.raises(BodyTooLarge):
        _request(body="\u8bdd" * (MAX_BODY_BYTES // 2), isBase64Encoded=False)


def test_a_request_shows_neither_body_nor_headers_nor_query() -> None:
    shown = repr(_request(headers={"Authorization": "Bearer hidden"}, queryStringParameters={"signature": "hidden"}))
    assert "hidden" not in shown
    assert "order" not in shown.replace("/shop/orders/42", "")


def _strict(reply: dict[str, Any]) -> Any:
    """What the gateway checks: four keys, right types, a body that is text."""
    assert set(reply) == {"statusCode", "headers", "isBase64Encoded", "body"}
    assert type(reply["statusCode"]) is int
    assert reply["isBase64Encoded"] is False
    assert all(type(name) is str and type(value) is str for name, value in reply["headers"].items())
    assert type(reply["body"]) is str
    assert reply["body"].isascii()
    return json.loads(reply["body"])


def test_a_json_reply_has_the_four_keys() -> None:
    reply = json_reply(201, {"name": "世界", "list": [1, 2]}, {"Cache-Control": "no-store"})
    assert _strict(reply) == {"name": "世界", "list": [1, 2]}
    assert reply["statusCode"] == 201
    assert reply["headers"] == {"Content-Type": "application/json", "Cache-Control": "no-store"}
    assert reply["body"] == '{"name":"\\u4e16\\u754c","list":[1,2]}'


def test_what_is_not_json_is_not_sent() -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        json_reply(200, {"n": float("nan")})


def test_a_callback_answer_is_always_http_200() -> None:
    reply = callback_reply("000003", "no such instance", instanceId="i-1")
    assert reply["statusCode"] == 200
    assert reply["headers"] == {"Content-Type": "application/json"}
    assert _strict(reply) == {"resultCode": "000003", "resultMsg": "no such instance", "instanceId": "i-1"}


def test_a_result_message_has_at_most_255_characters() -> None:
    assert _strict(callback_reply("000000", "世" * 300))["resultMsg"] == "世" * 255


def test_members_never_replace_the_result() -> None:
    answer = _strict(callback_reply("000001", "no", **{"resultCode": "000000", "resultMsg": "yes"}))
    assert answer == {"resultCode": "000001", "resultMsg": "no"}


def test_a_problem_has_a_stable_code() -> None:
    reply = problem_reply(401, "unauthorized", "Unauthorized", "no key", headers={"WWW-Authenticate": "Bearer"}, at="x")
    assert reply["headers"] == {"Content-Type": "application/problem+json", "WWW-Authenticate": "Bearer"}
    assert _strict(reply) == {
        "title": "Unauthorized",
        "status": 401,
        "code": "unauthorized",
        "detail": "no key",
        "at": "x",
    }
    assert reply["statusCode"] == 401


def test_a_problem_may_have_no_detail() -> None:
    assert "detail" not in _strict(problem_reply(500, "internal_error", "Internal error", code_="x"))
