from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import uuid
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from koogallery import inferred
from koogallery.clock import FrozenClock
from koogallery.errors import SettingsError
from koogallery.http import (
    HttpError,
    HttpInterrupted,
    HttpLimits,
    HttpRequest,
    HttpResponse,
    HttpUnreachable,
    InsecureAddress,
)
from koogallery.marketplace.client import MarketplaceClient
from koogallery.marketplace.errors import (
    MarketplaceAnswerUnreadable,
    MarketplaceError,
    MarketplaceRefused,
    MarketplaceThrottled,
    MarketplaceUnauthorized,
    MarketplaceUnavailable,
)
from tests.functional.core.scripted_server import Behaviour, ScriptedServer, answer, close, hang, raw, reset

CHINA = "https://mkt.myhuaweicloud.com"
FALLBACK = "https://mkt.myhuaweicloud.cn"
AK, SK, BASIC = "AKEXAMPLE00000000001", "SKexample-Synthetic-Secret-0123456789abcd", "seller-key-synthetic-0001"
AT = datetime(2026, 1, 15, 8, 30, tzinfo=timezone.utc)
BODY = b'{"usage_records":[{"instance_id":"i","metering_sn":"s","usage_value":"12.5"}]}'
ACCEPTED = answer(200, b'{"error_code":"MKT.0000","error_msg":"success"}', {"X-Request-Id": "r-1"})
ORDER_PATH = "/api/mkp-openapi-public/global/v1/order/query"
PUSH_PATH = "/api/mkp-openapi-public/global/v1/isv/usage-data"
VECTORS = Path(__file__).parents[2] / "vectors"


def _order_body(order_id: str) -> bytes:
    return json.dumps({"resultCode": "MKT.0000", "orderInfo": {"orderId": order_id, "orderLine": []}}).encode()


class ScriptedHttp:
    """Stands for the network where real host names matter; gives the outcomes in turn, the last one for ever."""

    def __init__(self, *outcomes: HttpResponse | HttpError, clock: FrozenClock | None = None, takes: float = 0) -> None:
        self.requests: list[HttpRequest] = []
        self.limits: list[HttpLimits] = []
        self._outcomes = list(outcomes)
        self._clock = clock
        self._takes = takes

    def send(self, request: HttpRequest, limits: HttpLimits) -> HttpResponse:
        self.requests.append(request)
        self.limits.append(limits)
        if self._clock:
            self._clock.advance(self._takes)
        outcome = self._outcomes.pop(0) if len(self._outcomes) > 1 else self._outcomes[0]
        if isinstance(outcome, HttpError):
            raise outcome
        return outcome

    @property
    def hosts(self) -> list[str]:
        return [request.url.split("/")[2] for request in self.requests]


GOOD_PUSH = HttpResponse(200, {"x-request-id": "r-1"}, b'{"error_code":"MKT.0000","error_msg":"success"}')
UNREACHABLE = HttpUnreachable("mkt", "dns")


def _client(endpoint: str, http: ScriptedHttp | None = None, clock: FrozenClock | None = None) -> MarketplaceClient:
    return MarketplaceClient(endpoint, AK, SK, BASIC, clock or FrozenClock(AT), http)


def _aksk_signature(method: str, path: str, query: str, headers: dict[str, str], body: bytes) -> str:
    """SDK-HMAC-SHA256 written down once more, from the signing guide."""
    names = ["content-type", "host", "x-sdk-date"]
    lines = [method, path + "/", query, *(f"{name}:{headers[name]}" for name in names), "", ";".join(names)]
    canonical = "\n".join([*lines, hashlib.sha256(body).hexdigest()])
    to_sign = f"SDK-HMAC-SHA256\n{headers['x-sdk-date']}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    return hmac.new(SK.encode(), to_sign.encode(), hashlib.sha256).hexdigest()


def _authorization(signature: str) -> str:
    signed = "content-type;host;x-sdk-date"
    return f"SDK-HMAC-SHA256 Access={AK}, SignedHeaders={signed}, Signature={signature}"


@pytest.mark.parametrize("prefix", ["", "/", "/market/cn%20north/"])
def test_an_order_query_is_sent_as_documented_and_signed_as_sent(prefix: str) -> None:
    with ScriptedServer(answer(200, _order_body("CS 1/ü"))) as server:
        order = _client(server.url + prefix).query_order("CS 1/ü", "CS 1/ü-000001")
    (received,) = server.received
    path, _, query = received.target.partition("?")
    assert path == prefix.rstrip("/") + ORDER_PATH
    assert query == "orderId=CS%201%2F%C3%BC&orderLineId=CS%201%2F%C3%BC-000001"
    assert received.method == "GET"
    assert received.headers["content-type"] == "application/json"
    assert received.headers["x-sdk-date"] == "20260115T083000Z"
    signature = _aksk_signature("GET", path, query, received.headers, b"")
    assert received.headers["authorization"] == _authorization(signature)
    assert order.order_id == "CS 1/ü"


def test_an_order_query_without_a_line_names_none() -> None:
    with ScriptedServer(answer(200, _order_body("CS1"))) as server:
        _client(server.url).query_order("CS1")
    assert server.received[0].target == f"{ORDER_PATH}?orderId=CS1"


def test_the_answer_about_another_order_is_not_taken() -> None:
    with (
        ScriptedServer(answer(200, _order_body("CS2"))) as server,
        pytest.raises(MarketplaceAnswerUnreadable),
    ):
        _client(server.url).query_order("CS1")


@pytest.mark.parametrize(
    ("vector", "endpoint", "failures"),
    [("get-order-query", CHINA, 0), ("get-order-query-fallback-host", CHINA, 1)],
)
def test_the_known_signatures_of_an_order_query_are_made(vector: str, endpoint: str, failures: int) -> None:
    known = {one["id"]: one for one in json.loads((VECTORS / "aksk.json").read_text())["vectors"]}[vector]
    order_id = dict(known["input"]["query"])["orderId"]
    http = ScriptedHttp(*[UNREACHABLE] * failures, HttpResponse(200, {}, _order_body(order_id)))
    _client(endpoint, http).query_order(order_id, dict(known["input"]["query"])["orderLineId"])
    request = http.requests[-1]
    assert http.hosts[-1] == known["input"]["host"]
    assert request.headers["Host"] == known["input"]["host"]
    assert request.headers["Authorization"] == known["expect"]["authorization"]


def test_a_usage_push_carries_both_signatures_and_exactly_the_stored_bytes() -> None:
    with ScriptedServer(ACCEPTED) as server:
        pushed = _client(server.url).push_usage(BODY)
    (received,) = server.received
    headers = received.headers
    assert (received.method, received.target, received.body) == ("POST", PUSH_PATH, BODY)
    assert headers["content-type"] == "application/json"
    assert headers["ts"] == "1768465800000"
    assert str(uuid.UUID(headers["nonce"], version=4)) == headers["nonce"]
    message = f"ts={headers['ts']}&nonce={headers['nonce']}&body=".encode() + BODY
    own = base64.b64encode(hmac.new(BASIC.encode(), message, hashlib.sha256).digest()).decode()
    assert headers["signature"] == own
    assert headers["authorization"] == _authorization(_aksk_signature("POST", PUSH_PATH, "", headers, BODY))
    assert (pushed.code, pushed.message, pushed.abnormal, pushed.request_id) == ("MKT.0000", "success", (), "r-1")


def test_the_known_signature_of_a_usage_push_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    known = json.loads((VECTORS / "usage-push-signature.json").read_text())["vectors"][0]
    monkeypatch.setattr(uuid, "uuid4", lambda: uuid.UUID(known["input"]["nonce"]))
    http = ScriptedHttp(GOOD_PUSH)
    _client(CHINA, http).push_usage(known["steps"]["body"].encode())
    sent = http.requests[0].headers
    assert {name: sent[name] for name in known["expect"]["headers"]} == known["expect"]["headers"]


def test_every_attempt_is_signed_anew() -> None:
    clock = FrozenClock(AT)
    with ScriptedServer(ACCEPTED) as server:
        client = _client(server.url, clock=clock)
        client.push_usage(BODY)
        clock.advance(1)
        client.push_usage(BODY)
    first, second = (received.headers for received in server.received)
    for name in ("ts", "nonce", "signature", "x-sdk-date", "authorization"):
        assert first[name] != second[name]
    assert server.received[0].body == server.received[1].body


def test_without_a_pair_a_usage_push_carries_its_own_signature_alone() -> None:
    with ScriptedServer(ACCEPTED) as server:
        MarketplaceClient(server.url, None, "", BASIC, FrozenClock(AT)).push_usage(BODY)
    headers = server.received[0].headers
    assert "signature" in headers
    assert not {"authorization", "x-sdk-date"} & set(headers)


def test_a_site_may_do_without_the_pair(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inferred, "USAGE_PUSH_AKSK", {**inferred.USAGE_PUSH_AKSK, "international": False})
    http = ScriptedHttp(GOOD_PUSH)
    _client("https://mkt-intl.myhuaweicloud.com", http).push_usage(BODY)
    assert "Authorization" not in http.requests[0].headers


@pytest.mark.parametrize(
    ("pair", "setting"), [((None, SK), "MARKETPLACE_AK"), ((AK, None), "MARKETPLACE_SK"), (("", ""), "MARKETPLACE_AK")]
)
def test_an_order_query_needs_the_pair(pair: tuple[str | None, str | None], setting: str) -> None:
    http = ScriptedHttp(GOOD_PUSH)
    with pytest.raises(SettingsError) as caught:
        MarketplaceClient(CHINA, *pair, BASIC, FrozenClock(AT), http).query_order("CS1")
    assert caught.value.setting == setting
    assert http.requests == []


def test_half_a_pair_is_told_at_a_usage_push_too() -> None:
    with pytest.raises(SettingsError, match="MARKETPLACE_SK"):
        MarketplaceClient(CHINA, AK, None, BASIC, FrozenClock(AT), ScriptedHttp(GOOD_PUSH)).push_usage(BODY)


def test_a_usage_push_needs_the_basic_interface_key() -> None:
    with pytest.raises(SettingsError, match="MARKETPLACE_ACCESS_KEYS"):
        MarketplaceClient(CHINA, AK, SK, None, FrozenClock(AT), ScriptedHttp(GOOD_PUSH)).push_usage(BODY)


def test_a_pair_that_cannot_sign_is_a_setting_to_correct_and_not_shown() -> None:
    client = MarketplaceClient(CHINA, "broken, pair", "hidden secret", BASIC, FrozenClock(AT), ScriptedHttp(GOOD_PUSH))
    with pytest.raises(SettingsError) as caught:
        client.query_order("CS1")
    assert "broken" not in str(caught.value)
    assert "hidden" not in str(caught.value)


def test_an_order_id_that_cannot_be_sent_is_refused() -> None:
    http = ScriptedHttp(GOOD_PUSH)
    with pytest.raises(MarketplaceRefused):
        _client(CHINA, http).query_order("\ud800")
    assert http.requests == []


def test_plain_http_to_another_machine_is_refused_at_once() -> None:
    with pytest.raises(InsecureAddress):
        _client("http://mkt.example")


def test_the_fallback_host_is_asked_when_the_main_one_cannot_be_reached() -> None:
    http = ScriptedHttp(UNREACHABLE, GOOD_PUSH)
    _client(CHINA, http).push_usage(BODY)
    main, fallback = http.requests
    assert (main.url, fallback.url) == (CHINA + PUSH_PATH, FALLBACK + PUSH_PATH)
    assert fallback.headers["Host"] == "mkt.myhuaweicloud.cn"
    assert main.headers["Authorization"] != fallback.headers["Authorization"]
    assert main.headers["nonce"] != fallback.headers["nonce"]
    assert main.body == fallback.body


@pytest.mark.parametrize("outcome", [HttpResponse(503, {}, b""), HttpInterrupted("mkt", "timeout")])
def test_an_answer_or_an_interruption_is_no_reason_for_the_fallback_host(outcome: HttpResponse | HttpError) -> None:
    http = ScriptedHttp(outcome)
    with pytest.raises(MarketplaceUnavailable) as caught:
        _client(CHINA, http).push_usage(BODY)
    assert http.hosts == ["mkt.myhuaweicloud.com"]
    assert caught.value.fate_unknown


@pytest.mark.parametrize(
    "endpoint", ["https://mkt-intl.myhuaweicloud.com", "https://mkt.myhuaweicloud.eu", FALLBACK, "https://mkt.example"]
)
def test_no_other_site_has_a_fallback_host(endpoint: str) -> None:
    http = ScriptedHttp(UNREACHABLE)
    with pytest.raises(MarketplaceUnavailable) as caught:
        _client(endpoint, http).push_usage(BODY)
    assert len(http.requests) == 1
    assert not caught.value.fate_unknown


def test_both_hosts_unreachable_means_nothing_was_sent() -> None:
    http = ScriptedHttp(UNREACHABLE)
    with pytest.raises(MarketplaceUnavailable) as caught:
        _client(CHINA, http).push_usage(BODY)
    assert http.hosts == ["mkt.myhuaweicloud.com", "mkt.myhuaweicloud.cn"]
    assert not caught.value.fate_unknown


def test_the_fallback_host_goes_first_for_a_while() -> None:
    clock = FrozenClock(AT)
    http = ScriptedHttp(UNREACHABLE, GOOD_PUSH)
    client = _client(CHINA, http, clock)
    client.push_usage(BODY)
    client.push_usage(BODY)
    clock.advance(301)
    client.push_usage(BODY)
    assert [host.rsplit(".", 1)[1] for host in http.hosts] == ["com", "cn", "cn", "com"]


def test_the_main_host_is_asked_again_when_the_fallback_host_fails_too() -> None:
    http = ScriptedHttp(UNREACHABLE, GOOD_PUSH, UNREACHABLE, GOOD_PUSH)
    client = _client(CHINA, http)
    for _ in range(3):
        client.push_usage(BODY)
    assert [host.rsplit(".", 1)[1] for host in http.hosts] == ["com", "cn", "cn", "com", "com"]


def test_the_time_left_bounds_the_fallback_host() -> None:
    clock = FrozenClock(AT)
    http = ScriptedHttp(UNREACHABLE, GOOD_PUSH, clock=clock, takes=1.5)
    _client(CHINA, http, clock).push_usage(BODY, timeout_seconds=4)
    assert [limits.connect_seconds for limits in http.limits] == [2.0, 2.0]
    assert [limits.total_seconds for limits in http.limits] == [4.0, 2.5]


def test_no_time_left_ends_it() -> None:
    clock = FrozenClock(AT)
    http = ScriptedHttp(UNREACHABLE, GOOD_PUSH, clock=clock, takes=4)
    with pytest.raises(MarketplaceUnavailable):
        _client(CHINA, http, clock).push_usage(BODY, timeout_seconds=4)
    assert len(http.requests) == 1


def test_documented_time_outs_are_used() -> None:
    http = ScriptedHttp(GOOD_PUSH)
    _client(CHINA, http).push_usage(BODY)
    limits = http.limits[0]
    assert (limits.connect_seconds, limits.read_seconds, limits.total_seconds) == (5, 30, 30)


@pytest.mark.parametrize(
    ("behaviour", "kind", "fate_unknown"),
    [
        pytest.param(reset, MarketplaceUnavailable, True, id="reset"),
        pytest.param(close, MarketplaceUnavailable, True, id="closed"),
        pytest.param(hang, MarketplaceUnavailable, True, id="hangs"),
        pytest.param(raw(b"garbage\r\n\r\n"), MarketplaceUnavailable, True, id="not http"),
        pytest.param(answer(200, b"<html>"), MarketplaceAnswerUnreadable, True, id="not json"),
        pytest.param(answer(302, b"", {"Location": "/"}), MarketplaceAnswerUnreadable, True, id="redirect"),
        pytest.param(answer(200, b"x" * 4_194_305), MarketplaceAnswerUnreadable, True, id="oversized"),
        pytest.param(answer(406, b'{"error_code":"MKT. 0250"}'), MarketplaceThrottled, False, id="throttled"),
        pytest.param(answer(500, b'{"error_code":"MKT.9003"}'), MarketplaceRefused, False, id="refused"),
        pytest.param(answer(401, b'{"error_code":"APIGW.0303"}'), MarketplaceUnauthorized, False, id="unauthorized"),
    ],
)
def test_each_failure_of_a_push_has_its_type_and_says_whether_its_fate_is_known(
    behaviour: Behaviour, kind: type[MarketplaceError], fate_unknown: bool
) -> None:
    with ScriptedServer(behaviour) as server, pytest.raises(MarketplaceError) as caught:
        _client(server.url).push_usage(BODY, timeout_seconds=0.2)
    assert type(caught.value) is kind
    assert caught.value.fate_unknown is fate_unknown
    assert len(server.received) == 1
    for secret in (SK, BASIC, "signature"):
        assert secret not in str(caught.value)


def test_abnormal_records_come_back_with_the_answer() -> None:
    item: dict[str, Any] = {"metering_sn": "s", "error_code": "013", "error_msg": "abnormal state"}
    body = json.dumps({"error_code": "MKT.0000", "data": {"abnormal_usage_data": [item]}}).encode()
    with ScriptedServer(answer(200, body)) as server:
        (record,) = _client(server.url).push_usage(BODY).abnormal
    assert (record.metering_sn, record.code, record.description) == ("s", "013", "abnormal state")


def test_an_answer_larger_than_a_page_is_read() -> None:
    item = {"metering_sn": "s" * 64, "error_code": "003", "error_msg": "\u8bdd" * 255}
    body = json.dumps({"error_code": "MKT.0000", "data": {"abnormal_usage_data": [item] * 1000}}).encode()
    assert len(body) > 1_048_576
    with ScriptedServer(answer(200, body)) as server:
        assert len(_client(server.url).push_usage(BODY).abnormal) == 1000


def test_a_client_shows_no_key() -> None:
    assert not re.search(f"{SK}|{BASIC}", repr(_client(CHINA, ScriptedHttp(GOOD_PUSH))))


def test_a_moment_between_milliseconds_is_sent_in_whole_ones() -> None:
    http = ScriptedHttp(GOOD_PUSH)
    _client(CHINA, http, FrozenClock(AT + timedelta(microseconds=1999))).push_usage(BODY)
    assert http.requests[0].headers["ts"] == "1768465800001"
