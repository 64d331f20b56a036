from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone

import pytest
from standardwebhooks import Webhook

from koogallery import seller_webhook
from koogallery.clock import FrozenClock
from koogallery.errors import RetryableError, SettingsError
from koogallery.http import HttpClient, InsecureAddress
from koogallery.seller_webhook import MAX_ANSWER_BYTES, WebhookNotDelivered, WebhookSender
from tests.functional.core.scripted_server import Behaviour, ScriptedServer, answer, close, drip, hang, raw, reset

SECRET = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
AT = datetime(2026, 11, 21, 10, 5, tzinfo=timezone.utc)
BODY = '{"type":"instance.created","data":{"name":"世界"}}'.encode()


@pytest.fixture
def http() -> Iterator[HttpClient]:
    client = HttpClient()
    yield client
    client.close()


def _sender(url: str, http: HttpClient) -> WebhookSender:
    return WebhookSender(url, SECRET, http, FrozenClock(AT))


def test_an_event_is_posted_with_standard_webhooks_headers(http: HttpClient) -> None:
    with ScriptedServer(answer(200)) as server:
        _sender(f"{server.url}/hook?tenant=1", http).deliver("evt_1", BODY)
    (received,) = server.received
    assert (received.method, received.target, received.body) == ("POST", "/hook?tenant=1", BODY)
    assert received.headers["content-type"] == "application/json"
    assert received.headers["webhook-id"] == "evt_1"
    assert received.headers["webhook-timestamp"] == str(int(AT.timestamp()))
    expected = Webhook(SECRET).sign("evt_1", AT, BODY.decode())
    assert received.headers["webhook-signature"] == expected


def test_a_repeated_delivery_keeps_its_id_and_gets_a_new_time(http: HttpClient) -> None:
    clock = FrozenClock(AT)
    with ScriptedServer(answer(200)) as server:
        sender = WebhookSender(server.url, SECRET, http, clock)
        sender.deliver("evt_1", BODY)
        clock.advance(60)
        sender.deliver("evt_1", BODY)
    first, second = (received.headers for received in server.received)
    assert first["webhook-id"] == second["webhook-id"]
    assert int(second["webhook-timestamp"]) - int(first["webhook-timestamp"]) == 60
    assert first["webhook-signature"] != second["webhook-signature"]


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_any_2xx_is_delivered(http: HttpClient, status: int) -> None:
    with ScriptedServer(answer(status)) as server:
        assert _sender(server.url, http).deliver("evt_1", BODY).access is None


def test_access_data_may_come_with_the_answer(http: HttpClient) -> None:
    with ScriptedServer(answer(200, b'{"access":{"front_end_url":"https://app.example"}}')) as server:
        delivered = _sender(server.url, http).deliver("evt_1", BODY)
    assert delivered.access == {"front_end_url": "https://app.example"}
    assert "app.example" not in repr(delivered)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"ok", id="text"),
        pytest.param(b"{", id="cut"),
        pytest.param(b"[]", id="list"),
        pytest.param(b"null", id="null"),
        pytest.param(b'{"access":[]}', id="access is a list"),
        pytest.param(b'{"access":null}', id="access is null"),
        pytest.param(b"\xff", id="not UTF-8"),
        pytest.param(b"[" * 30_000, id="deep"),
        pytest.param(b"x" * (MAX_ANSWER_BYTES + 1), id="oversized"),
        pytest.param(b'{"access":{"n":' + b"9" * 10_000 + b"}}", id="endless number"),
    ],
)
def test_an_answer_that_cannot_be_read_delivers_all_the_same(http: HttpClient, body: bytes) -> None:
    with ScriptedServer(answer(200, body)) as server:
        assert _sender(server.url, http).deliver("evt_1", BODY).access is None


@pytest.mark.parametrize("status", [300, 301, 302, 307, 400, 401, 404, 410, 429, 500, 502, 503])
def test_any_other_status_is_not_delivered(http: HttpClient, status: int) -> None:
    redirect = {"Location": "/elsewhere"}
    with ScriptedServer(answer(status, b"", redirect)) as server, pytest.raises(WebhookNotDelivered) as caught:
        _sender(server.url, http).deliver("evt_1", BODY)
    assert (caught.value.reason, caught.value.status) == (f"status {status}", status)
    assert not caught.value.endpoint_down
    assert isinstance(caught.value, RetryableError)
    assert len(server.received) == 1


DATE = "Sat, 21 Nov 2026 10:35:00 GMT"


@pytest.mark.parametrize(
    ("status", "value", "seconds"),
    [
        pytest.param(429, "120", 120, id="seconds"),
        pytest.param(503, DATE, 1800, id="date"),
        pytest.param(503, DATE.removesuffix(" GMT"), 1800, id="date without zone"),
        pytest.param(503, "Sat, 21 Nov 2026 10:04:00 GMT", 0, id="date in the past"),
        pytest.param(429, "-1", 0, id="negative"),
        pytest.param(429, "1" * 10, 0, id="too many digits"),
        pytest.param(429, "٣", 0, id="digits of another script"),
        pytest.param(429, "soon", 0, id="words"),
        pytest.param(429, f"Sat, {'9' * 20} Nov 2026 10:35:00 GMT", 0, id="no such date"),
        pytest.param(500, "120", 0, id="a status it does not belong to"),
    ],
)
def test_a_busy_product_says_how_long_it_wants_to_be_left_alone(
    http: HttpClient, status: int, value: str, seconds: int
) -> None:
    busy = answer(status, b"", {"Retry-After": value})
    with ScriptedServer(busy) as server, pytest.raises(WebhookNotDelivered) as caught:
        _sender(server.url, http).deliver("evt_1", BODY)
    assert caught.value.retry_after == timedelta(seconds=seconds)


def test_an_oversized_error_page_is_not_delivered(http: HttpClient) -> None:
    page = answer(500, b"x" * (MAX_ANSWER_BYTES + 1))
    with ScriptedServer(page) as server, pytest.raises(WebhookNotDelivered, match="status 500"):
        _sender(server.url, http).deliver("evt_1", BODY)


@pytest.mark.parametrize(
    ("behaviour", "reason", "down"),
    [
        pytest.param(reset, "reset", False, id="reset"),
        pytest.param(close, "reset", False, id="closed"),
        pytest.param(raw(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"), "reset", False, id="200 cut"),
        pytest.param(raw(b"garbage\r\n\r\n"), "malformed", False, id="not http"),
        pytest.param(hang, "timeout", True, id="hangs"),
        pytest.param(drip(b"HTTP/1.1 200 OK\r\n\r\n", b"x"), "timeout", True, id="drips"),
    ],
)
def test_a_broken_exchange_is_not_delivered(http: HttpClient, behaviour: Behaviour, reason: str, down: bool) -> None:
    with ScriptedServer(behaviour) as server, pytest.raises(WebhookNotDelivered) as caught:
        _sender(server.url, http).deliver("evt_1", BODY, timeout_seconds=0.15)
    assert (caught.value.reason, caught.value.status, caught.value.endpoint_down) == (reason, 0, down)


def test_an_address_that_cannot_be_reached_is_down(http: HttpClient) -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    with pytest.raises(WebhookNotDelivered) as caught:
        _sender(f"http://127.0.0.1:{port}/hook?token=hidden", http).deliver("evt_1", BODY)
    assert (caught.value.reason, caught.value.endpoint_down) == ("refused", True)
    assert "hidden" not in f"{caught.value} {caught.value.__cause__}"


def test_plain_http_to_another_machine_is_refused_at_once(http: HttpClient) -> None:
    with pytest.raises(InsecureAddress):
        _sender("http://app.example/hook", http)


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_!!", "whsec_c2hvcnQ=", "no-prefix"])
def test_an_unusable_secret_is_a_setting_to_correct(http: HttpClient, secret: str) -> None:
    with pytest.raises(SettingsError, match="SELLER_WEBHOOK_SECRET") as caught:
        WebhookSender("https://app.example/hook", secret, http, FrozenClock(AT))
    assert "c2hvcnQ" not in str(caught.value)


def test_an_event_that_cannot_be_signed_is_not_delivered_and_fails_alone(http: HttpClient) -> None:
    with pytest.raises(WebhookNotDelivered) as caught:
        _sender("http://127.0.0.1:9", http).deliver("msg_业务_1", BODY)
    assert (caught.value.reason, caught.value.endpoint_down) == ("cannot be signed", False)


def test_waiting_is_bounded() -> None:
    limits = seller_webhook.LIMITS
    assert (limits.connect_seconds, limits.read_seconds, limits.total_seconds) == (3, 10, 12)
