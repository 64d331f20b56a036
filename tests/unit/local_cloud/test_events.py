"""Events have the shape the platform gives them."""

from __future__ import annotations

from datetime import datetime, timezone

from local_cloud.events import Request, apig_event, authorizer_event, several, timer_event


def _request(body: bytes = b"", headers: tuple[tuple[str, str], ...] = ()) -> Request:
    return Request(
        method="POST",
        path="/shop/orders%2F42",
        query=(("dry", "1"), ("tag", "a"), ("tag", "b")),
        headers=(("Host", "localhost:8700"), *headers),
        body=body,
        source_ip="127.0.0.1",
        request_id="r-1",
    )


def test_the_event_of_a_function_behind_the_gateway() -> None:
    event = apig_event(_request(b'{"order":"A-1"}', (("X-Sign", "s"),)), "shop", {"": "42"}, authorized=False)
    assert event == {
        "body": "eyJvcmRlciI6IkEtMSJ9",
        "isBase64Encoded": True,
        "httpMethod": "POST",
        "path": "/shop/orders/42",
        "pathParameters": {"": "42"},
        "queryStringParameters": {"dry": "1", "tag": ["a", "b"]},
        "requestContext": {"apiId": "shop", "requestId": "r-1", "stage": "RELEASE", "sourceIp": "127.0.0.1"},
        "headers": {
            "host": "localhost:8700",
            "x-sign": "s",
            "x-request-id": "r-1",
            "x-real-ip": "127.0.0.1",
            "x-forwarded-for": "127.0.0.1",
            "x-forwarded-host": "localhost:8700",
            "x-forwarded-port": "8700",
            "x-forwarded-proto": "http",
        },
    }


def test_an_empty_body_is_the_empty_text_and_still_encoded() -> None:
    event = apig_event(_request(), "shop", {}, authorized=False)
    assert (event["body"], event["isBase64Encoded"]) == ("", True)


def test_user_data_is_there_only_behind_an_authorizer() -> None:
    assert "user_data" in apig_event(_request(), "shop", {}, authorized=True)
    assert "user_data" not in apig_event(_request(), "shop", {}, authorized=False)


def test_a_caller_cannot_choose_what_the_gateway_says_about_it() -> None:
    given = (("X-Real-IP", "203.0.113.9"), ("X-Forwarded-For", "203.0.113.9"), ("X-Request-Id", "forged"))
    headers = apig_event(_request(headers=given), "shop", {}, authorized=False)["headers"]
    assert headers["x-real-ip"] == "127.0.0.1"
    assert headers["x-request-id"] == "r-1"
    assert headers["x-forwarded-for"] == "203.0.113.9, 127.0.0.1"


def test_a_repeated_name_becomes_a_list() -> None:
    assert several([("a", "1"), ("b", "2"), ("a", "3"), ("a", "4")]) == {"a": ["1", "3", "4"], "b": "2"}


def test_an_authorizer_gets_the_body_only_when_it_needs_it() -> None:
    assert authorizer_event(_request(b"x"), need_body=True)["body"] == "eA=="
    without = authorizer_event(_request(b"x"), need_body=False)
    assert set(without) == {"headers", "queryStringParameters", "user_data"}


def test_the_event_of_a_timer_carries_its_time_with_an_offset() -> None:
    event = timer_event("push_usage", '{"share":"1 of 1"}', datetime(2026, 9, 1, 0, 30, tzinfo=timezone.utc))
    assert event == {
        "version": "v1.0",
        "time": "2026-09-01T08:30:00+08:00",
        "trigger_type": "TIMER",
        "trigger_name": "push_usage",
        "user_event": '{"share":"1 of 1"}',
    }
