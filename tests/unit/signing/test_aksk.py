from __future__ import annotations

import hashlib
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from koogallery_signing import aksk
from koogallery_signing.errors import MalformedKey, UnsignableContent
from tests.unit.signing.known_answers import vectors

CALL: dict[str, Any] = {
    "access_key": "AKEXAMPLE00000000001",
    "secret_key": "SKexample-Synthetic-Secret-0123456789abcd",
    "method": "GET",
    "host": "mkt.myhuaweicloud.com",
    "path": "/api/mkp-openapi-public/global/v1/order/query",
    "query": [("orderId", "CS1")],
    "headers": {"X-Sdk-Date": "20260115T083000Z"},
    "body": b"",
}


def _sign(**changes: Any) -> dict[str, str]:
    return aksk.sign_request(**(CALL | changes))


def _authorization(**changes: Any) -> str:
    return _sign(**changes)["Authorization"]


@pytest.mark.parametrize("vector", vectors("aksk"))
def test_every_known_answer(vector: dict[str, Any]) -> None:
    given_input = vector["input"]
    headers = {name: value for name, value in given_input["headers"].items() if name != "X-Sdk-Content-Sha256"}
    signed = aksk.sign_request(
        access_key=given_input["ak"],
        secret_key=given_input["sk"],
        method=given_input["method"],
        host=given_input["host"],
        path=given_input["path"],
        query=[(name, value) for name, value in given_input["query"]],
        headers=headers,
        body=given_input["body"].encode(),
    )
    assert signed.pop("Authorization") == vector["expect"]["authorization"]
    assert vector["expect"]["signature"] in vector["expect"]["authorization"]
    assert signed == given_input["headers"]


@pytest.mark.parametrize("vector", vectors("aksk"))
def test_the_canonical_request_of_every_known_answer_is_made_of_what_is_sent(vector: dict[str, Any]) -> None:
    given_input, steps = vector["input"], vector["steps"]
    target = aksk.request_target(given_input["path"], [(name, value) for name, value in given_input["query"]])
    path, _, query = target.partition("?")
    assert query == steps["canonicalQuery"]
    lines = steps["canonicalRequest"].split("\n")
    assert lines[:3] == [given_input["method"], path.rstrip("/") + "/", query]
    digest = hashlib.sha256(steps["canonicalRequest"].encode()).hexdigest()
    assert steps["stringToSign"].split("\n") == ["SDK-HMAC-SHA256", given_input["headers"]["X-Sdk-Date"], digest]


def test_the_date_of_a_request_is_utc() -> None:
    moment = datetime(2026, 1, 15, 16, 30, tzinfo=timezone(timedelta(hours=8)))
    assert aksk.sdk_date(moment) == "20260115T083000Z"


def test_given_headers_are_not_changed() -> None:
    headers = {"X-Sdk-Date": "20260115T083000Z"}
    _sign(headers=headers)
    assert headers == {"X-Sdk-Date": "20260115T083000Z"}


def test_the_spelling_of_a_header_does_not_matter() -> None:
    date = {"X-Sdk-Date": "20260115T083000Z"}
    plain = _sign(method="POST", headers={**date, "Content-Type": "multipart/form-data; boundary=b"}, body=b"--b--")
    shouted = _sign(
        method="post",
        headers={"x-sdk-date": date["X-Sdk-Date"], "CONTENT-TYPE": "multipart/form-data; boundary=b", "HOST": "other"},
        body=b"--b--",
    )
    assert plain == shouted
    assert plain["X-Sdk-Content-Sha256"] == "UNSIGNED-PAYLOAD"


def test_every_header_is_signed_and_an_old_authorization_is_replaced() -> None:
    signed = _sign(headers={"X-Sdk-Date": "20260115T083000Z", "authorization": "old", "X-Other": " padded "})
    assert "SignedHeaders=host;x-other;x-sdk-date," in signed["Authorization"]
    assert "authorization" not in signed
    assert signed["X-Other"] == "padded"


def test_temporary_keys_are_sent_and_signed_with_their_token() -> None:
    signed = _sign(security_token="temporary-token")
    assert signed["X-Security-Token"] == "temporary-token"
    assert "SignedHeaders=host;x-sdk-date;x-security-token," in signed["Authorization"]
    assert signed["Authorization"] != _authorization()


@pytest.mark.parametrize(
    "change",
    [
        {"method": "POST"},
        {"host": "mkt.myhuaweicloud.cn"},
        {"path": "/other"},
        {"query": [("orderId", "CS2")]},
        {"headers": {"X-Sdk-Date": "20260115T083001Z"}},
        {"headers": CALL["headers"] | {"Content-Type": "application/json"}},
        {"body": b"x"},
        {"secret_key": "other"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_every_part_of_the_request_is_signed(change: dict[str, Any]) -> None:
    assert _authorization(**change) != _authorization()


def test_a_percent_sign_in_the_path_is_no_escape() -> None:
    assert aksk.request_target("/a%2Fb c/é", []) == "/a%252Fb%20c/%C3%A9"
    assert _authorization(path="/a%2Fb") != _authorization(path="/a/b")


def test_a_query_is_sent_sorted_and_encoded() -> None:
    query = [("b", "1"), ("a", "2"), ("a", "10"), ("a", "1"), ("é", "x+y z*~/")]
    assert aksk.request_target("/p", query) == "/p?a=1&a=10&a=2&b=1&%C3%A9=x%2By%20z%2A~%2F"
    assert _authorization(query=query) == _authorization(query=list(reversed(query)))


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Sdk-Date": ""},
        {"X-Sdk-Date": "2026-01-15T08:30:00Z"},
        {"X-Sdk-Date": "20261515T083000Z"},
        {"X-Sdk-Date": "\uff12\uff10\uff12\uff160115T083000Z"},
        {"X-Sdk-Date": "20260115T083000Z", "x-sdk-date": "20260115T083000Z"},
        {"X-Sdk-Date": "20260115T083000Z", "X-Other": "line\r\nfeed"},
        {"X-Sdk-Date": "20260115T083000Z", "X-Other": "é"},
        {"X-Sdk-Date": "20260115T083000Z", "X_Other": "x"},
        {"X-Sdk-Date": "20260115T083000Z", "Content-Type": "text/plain"},
    ],
)
def test_headers_that_would_not_be_signed_as_sent_are_refused(headers: dict[str, str]) -> None:
    with pytest.raises(UnsignableContent):
        _sign(headers=headers)


@pytest.mark.parametrize(
    "change", [{"path": ""}, {"path": "relative"}, {"path": "/\ud800"}, {"query": [("a", "\ud800")]}, {"host": "a\nb"}]
)
def test_texts_that_cannot_be_sent_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(UnsignableContent):
        _sign(**change)


def test_a_query_that_cannot_be_sent_is_refused() -> None:
    with pytest.raises(UnsignableContent):
        aksk.request_target("/p", [("a", "\ud800")])


@pytest.mark.parametrize("change", [{"access_key": ""}, {"secret_key": ""}, {"access_key": "a,b"}, {"secret_key": "é"}])
def test_keys_of_another_form_are_refused_without_being_shown(change: dict[str, str]) -> None:
    with pytest.raises(MalformedKey) as caught:
        _sign(**change)
    assert CALL["secret_key"] not in str(caught.value)


def test_the_secret_key_is_not_shown() -> None:
    assert "SK" not in repr(aksk._Credentials("AK", "SK"))
