"""Every code of the order query, usage push and gateway tables, at the status the guide prints and at others."""

from __future__ import annotations

import json

import pytest

from koogallery.errors import PermanentError, RetryableError
from koogallery.http import HttpInterrupted, HttpResponse, HttpResponseTooLarge, HttpUnreachable
from koogallery.marketplace.answers import no_answer, read_answer
from koogallery.marketplace.codes import Verdict, normalise, verdict
from koogallery.marketplace.errors import (
    MarketplaceAnswerUnreadable,
    MarketplaceError,
    MarketplaceRefused,
    MarketplaceThrottled,
    MarketplaceUnauthorized,
    MarketplaceUnavailable,
)

Row = tuple[int, str, type[MarketplaceError], bool]
DOCUMENTED: list[Row] = [
    (500, "MKT.0999", MarketplaceUnavailable, True),
    (500, "MKT.0100", MarketplaceRefused, False),
    (400, "MKT.0101", MarketplaceRefused, False),
    (400, "MKT.0102", MarketplaceUnauthorized, False),
    (400, "MKT.0199", MarketplaceRefused, False),
    (401, "MKT.0150", MarketplaceUnauthorized, False),
    (401, "MKT.0151", MarketplaceUnauthorized, False),
    (401, "MKT.0154", MarketplaceUnauthorized, False),
    (406, "MKT.0250", MarketplaceThrottled, False),
    (406, "MKT. 0250", MarketplaceThrottled, False),
    (500, "MKT.9001", MarketplaceRefused, False),
    (500, "MKT.9002", MarketplaceRefused, False),
    (500, "MKT.9003", MarketplaceRefused, False),
    (500, "MKT.9004", MarketplaceRefused, False),
    (500, "MKT.9005", MarketplaceRefused, False),
    (500, "94060001", MarketplaceUnavailable, True),
    (401, "94060002", MarketplaceUnauthorized, False),
    (404, "APIGW.0101", MarketplaceUnavailable, False),
    (404, "APIGW.0103", MarketplaceUnavailable, False),
    (400, "APIGW.0104", MarketplaceUnavailable, False),
    (400, "APIGW.0105", MarketplaceUnavailable, False),
    (400, "APIGW.0106", MarketplaceUnavailable, False),
    (400, "APIGW.0201", MarketplaceRefused, False),
    (413, "APIGW.0201", MarketplaceRefused, False),
    (504, "APIGW.0201", MarketplaceUnavailable, True),
    (401, "APIGW.0301", MarketplaceUnauthorized, False),
    (401, "APIGW.0303", MarketplaceUnauthorized, False),
    (429, "APIGW.0308", MarketplaceThrottled, False),
]
BY_CODE_NOT_STATUS: list[Row] = [
    (200, "MKT.0999", MarketplaceUnavailable, True),
    (200, "MKT.0250", MarketplaceThrottled, False),
    (500, "MKT.0250", MarketplaceThrottled, False),
    (200, "MKT.9001", MarketplaceRefused, False),
    (503, "MKT.0100", MarketplaceRefused, False),
    (500, "MKT.0102", MarketplaceUnauthorized, False),
    (500, "94060002", MarketplaceUnauthorized, False),
    (500, "CBC.0999", MarketplaceUnavailable, True),
    (400, "CBC.0101", MarketplaceRefused, False),
    (401, "APIG.0301", MarketplaceUnauthorized, False),
    (429, "apig.0308", MarketplaceThrottled, False),
]
UNDOCUMENTED: list[Row] = [
    (400, "94061234", MarketplaceRefused, False),
    (401, "94061234", MarketplaceUnauthorized, False),
    (403, "94061234", MarketplaceUnauthorized, False),
    (429, "94061234", MarketplaceThrottled, False),
    (500, "94061234", MarketplaceUnavailable, True),
    (503, "94061234", MarketplaceUnavailable, True),
    (200, "94061234", MarketplaceAnswerUnreadable, True),
    (500, "MKT.7777", MarketplaceRefused, False),
    (400, "MKT.7777", MarketplaceRefused, False),
    (401, "MKT.7777", MarketplaceUnauthorized, False),
    (429, "MKT.7777", MarketplaceThrottled, False),
    (502, "MKT.7777", MarketplaceUnavailable, True),
    (200, "MKT.7777", MarketplaceAnswerUnreadable, True),
    (302, "MKT.7777", MarketplaceAnswerUnreadable, True),
    (500, "APIGW.0999", MarketplaceUnavailable, False),
    (403, "APIGW.0305", MarketplaceUnauthorized, False),
    (500, "MKT.0000", MarketplaceAnswerUnreadable, True),
]


@pytest.mark.parametrize(("status", "code", "kind", "fate_unknown"), DOCUMENTED + BY_CODE_NOT_STATUS + UNDOCUMENTED)
@pytest.mark.parametrize("member", ["error_code", "resultCode"])
def test_an_answer_is_classified_by_its_code(
    status: int, code: str, kind: type[MarketplaceError], fate_unknown: bool, member: str
) -> None:
    body = json.dumps({member: code, "error_msg": "names Mr. X"}).encode()
    with pytest.raises(MarketplaceError) as caught:
        read_answer("usage push", HttpResponse(status, {"x-request-id": "r-1"}, body))
    error = caught.value
    assert type(error) is kind
    assert error.fate_unknown is fate_unknown
    assert (error.marketplace_code, error.http_status, error.request_id) == (normalise(code), status, "r-1")
    assert error.marketplace_message == "names Mr. X"
    assert "Mr. X" not in f"{error}{error.facts!r}"


@pytest.mark.parametrize("code", ["MKT.0000", "CBC.0000", "mkt.0000", " MKT. 0000 "])
@pytest.mark.parametrize("status", [200, 201])
def test_every_spelling_of_success_is_taken(code: str, status: int) -> None:
    body = json.dumps({"error_code": code, "error_msg": "ok", "request_id": "r-2"}).encode()
    answer = read_answer("usage push", HttpResponse(status, {}, body))
    assert (answer.facts.marketplace_code, answer.facts.message, answer.facts.request_id) == ("MKT.0000", "ok", "r-2")


NO_CODE = [
    b"",
    b"<html>hello</html>",
    b"{",
    b"[]",
    b"null",
    b"\xff\xfe",
    b"{}",
    b'{"error_code":null}',
    b'{"error_code":true}',
    b'{"error_code":""}',
    b'{"error_code":["MKT.0000"]}',
    b'{"error_code":"<b>MKT.0000</b>"}',
    b'{"error_code":"MKT.0000","n":NaN}',
    b'{"error_code":"MKT.0000","n":' + b"9" * 100 + b"}",
    b'{"error_code":"MKT.0000","n":1.' + b"9" * 100 + b"}",
    b'{"error_code":"MKT.0000","n":1e99999999999999999999}',
    b'{"error_code":"MKT.0000","n":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
]


@pytest.mark.parametrize("body", NO_CODE, ids=range(len(NO_CODE)))
@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (200, MarketplaceAnswerUnreadable),
        (301, MarketplaceAnswerUnreadable),
        (400, MarketplaceAnswerUnreadable),
        (404, MarketplaceAnswerUnreadable),
        (401, MarketplaceUnauthorized),
        (429, MarketplaceThrottled),
        (500, MarketplaceUnavailable),
        (502, MarketplaceUnavailable),
    ],
)
def test_an_answer_without_a_readable_code_never_blames_the_content(
    status: int, body: bytes, kind: type[MarketplaceError]
) -> None:
    with pytest.raises(MarketplaceError) as caught:
        read_answer("usage push", HttpResponse(status, {}, body))
    assert type(caught.value) is kind
    assert caught.value.marketplace_code == ""


def test_a_number_is_a_code_too() -> None:
    assert normalise(94060001) == "94060001"
    assert verdict("94060001", 500) is Verdict.FAILED_INSIDE


def test_what_the_marketplace_says_is_bounded_and_printable() -> None:
    body = json.dumps({"error_code": "MKT.0101", "error_msg": "x" * 300}).encode()
    with pytest.raises(MarketplaceRefused) as caught:
        read_answer("order query", HttpResponse(400, {"x-request-id": "a\x1b[31m\né" + "b" * 300}, body))
    assert len(caught.value.marketplace_message) == 255
    assert caught.value.request_id.startswith("a[31mb")
    assert len(caught.value.request_id) == 128


def test_nothing_sent_means_a_known_fate() -> None:
    with pytest.raises(MarketplaceUnavailable) as caught:
        no_answer("usage push", HttpUnreachable("mkt.example", "dns"))
    assert not caught.value.fate_unknown
    assert str(caught.value) == "usage push: http_unreachable dns"


def test_an_interrupted_call_has_an_unknown_fate() -> None:
    with pytest.raises(MarketplaceUnavailable) as caught:
        no_answer("usage push", HttpInterrupted("mkt.example", "timeout"))
    assert caught.value.fate_unknown


def test_an_oversized_answer_is_unreadable() -> None:
    with pytest.raises(MarketplaceAnswerUnreadable) as caught:
        no_answer("usage push", HttpResponseTooLarge("mkt.example", 200, {"x-request-id": "r-3"}))
    assert (caught.value.http_status, caught.value.request_id, caught.value.fate_unknown) == (200, "r-3", True)


def test_an_error_without_facts_names_its_own_code() -> None:
    assert str(MarketplaceError("order query")) == "order query: marketplace_error"


@pytest.mark.parametrize("kind", [MarketplaceUnavailable, MarketplaceThrottled, MarketplaceAnswerUnreadable])
def test_trouble_of_the_marketplace_is_retryable(kind: type[MarketplaceError]) -> None:
    assert issubclass(kind, RetryableError)
    assert not issubclass(kind, PermanentError)


@pytest.mark.parametrize("kind", [MarketplaceRefused, MarketplaceUnauthorized])
def test_refusals_are_permanent(kind: type[MarketplaceError]) -> None:
    assert issubclass(kind, PermanentError)
    assert not issubclass(kind, RetryableError)
