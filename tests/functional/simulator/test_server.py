"""The marketplace over a real socket, faults of the connection included."""

from __future__ import annotations

import http.client
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from decimal import Decimal
from urllib.parse import urlsplit

import pytest

from koogallery_simulator import Caller, NoAnswer, Shop, faults, running
from koogallery_simulator.dialects import saas_v2
from koogallery_simulator.dialects.base import OutgoingRequest
from koogallery_simulator.http_messages import Reply, Request, json_reply
from koogallery_simulator.marketplace import Marketplace
from koogallery_simulator.server import serving
from koogallery_simulator.transport import send_over_http
from tests.unit.simulator.tools import Seller, marketplace, opened, order_request, push_request, record, signed_headers


@contextmanager
def market_on_loopback() -> Iterator[tuple[Marketplace, str]]:
    market, clock = marketplace()
    opened(market)
    clock.advance(3600)
    with running(market) as url:
        yield market, url


def send(url: str, request: Request, time_limit: float = 5.0) -> tuple[int, dict[str, object]]:
    query = "&".join(f"{name}={value}" for name, value in request.query)
    target = f"{url}{request.path}" + (f"?{query}" if query else "")
    answer = send_over_http(OutgoingRequest(request.method, target, request.headers, request.body), time_limit)
    return answer.status, json.loads(answer.body)


def test_order_query_and_push_over_http() -> None:
    with market_on_loopback() as (market, url):
        assert send(url, order_request(market, orderId="MOCKONDEMAND"))[0] == 200
        assert send(url, push_request(market, record())) == (200, {"error_code": "MKT.0000", "error_msg": "success"})
    assert market.bill.total() == Decimal("1.5")
    assert not market.violations.all()


def test_encoded_query_is_verified_decoded() -> None:
    with market_on_loopback() as (market, url):
        request = order_request(market, orderId="CS 1+2/3")
        encoded = Request(request.method, request.path, (("orderId", "CS%201%2B2%2F3"),), request.headers)
        status, document = send(url, encoded)
        assert (status, document["resultCode"]) == (500, "MKT.0100")
    assert not market.violations.all()


@pytest.mark.parametrize("after", [False, True])
def test_reset_tears_the_connection_down(after: bool) -> None:
    with market_on_loopback() as (market, url):
        market.faults.add(faults.reset(after_booking=after))
        with pytest.raises(NoAnswer) as caught:
            send(url, push_request(market, record()))
        assert isinstance(caught.value.__cause__, ConnectionResetError)
        assert len(market.bill.records()) == int(after)
        assert send(url, push_request(market, record()))[0] == 200
        assert market.bill.total() == Decimal("1.5")


def test_hang_answers_nothing_in_time_and_ends_with_the_server() -> None:
    with market_on_loopback() as (market, url):
        market.faults.add(faults.hang(60, after_booking=True))
        with pytest.raises(NoAnswer):
            send(url, push_request(market, record()), time_limit=0.1)
        assert market.bill.total() == Decimal("1.5")


def test_parallel_pushes_of_one_record_are_billed_once() -> None:
    with market_on_loopback() as (market, url):
        requests = [push_request(market, record()) for _ in range(10)]
        statuses: list[int] = []
        threads = [threading.Thread(target=lambda one=one: statuses.append(send(url, one)[0])) for one in requests]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=10)
        assert statuses == [200] * 10
    assert market.bill.total() == Decimal("1.5")
    assert len(market.bill.abnormal()) == 9


@pytest.mark.parametrize("length", ["-1", "x", str(12 * 1024 * 1024 + 1), "9" * 30])
def test_body_of_impossible_length_is_refused_unread(length: str) -> None:
    with market_on_loopback() as (_, url):
        parts = urlsplit(url)
        with closing(http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=5)) as connection:
            connection.putrequest("POST", "/api/mkp-openapi-public/global/v1/isv/usage-data")
            connection.putheader("Content-Length", length)
            connection.endheaders()
            assert connection.getresponse().status == 413


def test_connection_can_be_kept_between_signed_calls() -> None:
    with market_on_loopback() as (market, url):
        parts = urlsplit(url)
        with closing(http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=5)) as connection:
            for _ in range(3):
                request = push_request(market, record())
                headers = signed_headers(request, market.clock.now())
                connection.request("POST", request.path, request.body, headers)
                response = connection.getresponse()
                assert response.status == 200
                assert response.getheader("X-Request-Id")
                response.read()


def test_port_is_free_again_when_the_block_ends() -> None:
    with market_on_loopback() as (_, url):
        port = urlsplit(url).port or 0
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0


def test_callbacks_reach_a_seller_over_http() -> None:
    seller = Seller()

    def answer(request: Request) -> Reply:
        assert request.headers["content-type"] == "application/json;charset=utf8"
        assert [name for name, _ in request.query] == ["signature", "timestamp", "nonce"]
        made = seller(OutgoingRequest(request.method, request.path, request.headers, request.body))
        return json_reply(made.status, json.loads(made.body))

    market, _ = marketplace()
    with serving(answer) as url:
        shop = Shop(Caller(market, f"{url}/saas"))
        (instance_id,) = shop.buy("on-demand")
        assert shop.wait_until_ready(instance_id).code == "000000"
    assert not market.violations.all()
    attempt = Caller(market, f"{url}/saas").send(saas_v2.query_instance(instance_id))
    assert attempt.failure == "ConnectionRefusedError"
    assert market.violations.rules() == {"no-answer"}


def test_answer_over_a_mebibyte_is_no_answer() -> None:
    with serving(lambda request: Reply(200, b" " * (1024 * 1024 + 1))) as url, pytest.raises(NoAnswer, match="larger"):
        send_over_http(OutgoingRequest("GET", url, {}, b""))


def test_a_request_whose_caller_died_in_the_middle_is_not_judged() -> None:
    handled: list[Request] = []

    def handle(request: Request) -> Reply:
        handled.append(request)
        return json_reply(200, {})

    with serving(handle) as url:
        address = urlsplit(url)
        with closing(socket.create_connection((address.hostname or "", address.port or 0), timeout=5)) as connection:
            connection.sendall(b"POST /x HTTP/1.1\r\nHost: here\r\nContent-Length: 10\r\n\r\nhalf")
            connection.shutdown(socket.SHUT_WR)
            assert connection.recv(100) == b""
    assert not handled
