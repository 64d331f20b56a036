"""The call of a usage push: who may make it, and which bodies are taken."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from koogallery_simulator.signatures import push_signature
from koogallery_simulator.times import milliseconds
from tests.unit.simulator.tools import (
    KEYS,
    START,
    codes,
    marketplace,
    opened,
    push,
    push_request,
    read,
    record,
    signed_headers,
)


@pytest.mark.parametrize("name", ["signature", "ts", "nonce"])
def test_push_without_a_signature_header_is_refused(name: str) -> None:
    market, _ = marketplace()
    status, document = read(market.handle(push_request(market, record(), **{name: ""})))
    assert (status, document["error_code"]) == (400, "MKT.0102")
    assert market.violations.rules() == {"push-headers"}


def test_push_signed_with_another_key_is_refused() -> None:
    market, _ = marketplace()
    opened(market)
    status, document = read(market.handle(push_request(market, record(), key="other")))
    assert (status, document["error_code"]) == (400, "MKT.0102")
    assert market.violations.rules() == {"push-signature"}


def test_push_signed_with_the_previous_key_is_taken() -> None:
    market, clock = marketplace()
    opened(market)
    clock.advance(3600)
    assert market.handle(push_request(market, record(), key=KEYS.access[1])).status == 200


@pytest.mark.parametrize(
    "ts",
    ["1768471200", "x" * 13, milliseconds(START - timedelta(minutes=16)), milliseconds(START + timedelta(hours=1))],
)
def test_stamp_must_be_milliseconds_of_now(ts: str) -> None:
    market, _ = marketplace()
    status, document = read(market.handle(push_request(market, record(), ts=ts)))
    assert (status, document["error_code"]) == (400, "MKT.0102")
    assert market.violations.rules() == {"push-ts"}


def test_nonce_is_good_for_one_attempt() -> None:
    market, clock = marketplace()
    opened(market)
    clock.advance(3600)
    request = push_request(market, record())
    assert market.handle(request).status == 200
    assert market.handle(request).status == 400
    assert market.violations.rules() == {"push-nonce"}


def test_too_long_nonce_is_refused() -> None:
    market, _ = marketplace()
    assert market.handle(push_request(market, record(), nonce="n" * 65)).status == 400


def test_unsorted_body_is_taken_but_noted() -> None:
    market, clock = marketplace()
    opened(market)
    clock.advance(3600)
    body = json.dumps({"usage_records": [record()]})
    request = push_request(market, record())
    signature = push_signature(KEYS.access[0], request.headers["ts"], request.headers["nonce"], body)
    sent = replace(request, headers={**request.headers, "signature": signature}, body=body.encode())
    assert market.handle(sent).status == 200
    assert market.violations.rules() == {"push-body-sorted"}


def test_aksk_of_a_push_is_optional_but_must_be_right() -> None:
    market, clock = marketplace()
    opened(market)
    clock.advance(3600)
    request = push_request(market, record())
    wrong = replace(request, headers=signed_headers(request, clock.now(), sk="other"))
    right = replace(request, headers=signed_headers(request, clock.now()))
    assert market.handle(wrong).status == 401
    assert market.handle(right).status == 200


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"no json", 400, "MKT.0101"),
        (b"[]", 400, "MKT.0101"),
        (b'{"usageRecords":[]}', 400, "MKT.0101"),
        (b'{"usage_records":{}}', 400, "MKT.0101"),
        (b'{"usage_records":[1]}', 400, "MKT.0101"),
        (b'{"usage_records":[]}', 400, "MKT.0199"),
    ],
)
def test_malformed_body_is_refused_whole(body: bytes, status: int, code: str) -> None:
    market, _ = marketplace()
    request = push_request(market)
    signature = push_signature(KEYS.access[0], request.headers["ts"], request.headers["nonce"], body.decode())
    sent = replace(request, headers={**request.headers, "signature": signature}, body=body)
    got, document = read(market.handle(sent))
    assert (got, document["error_code"]) == (status, code)
    assert len(market.violations) == 1


def test_thousand_records_are_taken_and_one_more_is_not() -> None:
    market, clock = marketplace()
    for number in range(1001):
        opened(market, instance_id=f"inst-{number}")
    clock.advance(3600)
    records = [record(f"inst-{number}") for number in range(1001)]
    status, document = push(market, *records)
    assert (status, document["error_code"]) == (500, "MKT.9003")
    assert market.bill.records() == []
    assert market.violations.rules() == {"push-size"}
    assert codes(market, *records[:1000]) == []
    assert len(market.bill.records()) == 1000


def test_body_over_12_mb_is_refused_by_the_gateway() -> None:
    market, _ = marketplace()
    request = replace(push_request(market), body=b" " * (12 * 1024 * 1024 + 1))
    assert read(market.handle(request))[0] == 413
