"""The ``authToken`` of the kit's POST calls: which text of a body is signed, and what is refused."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from koogallery_signing import auth_token
from koogallery_signing.canonical_json import JsonObject, WireDecimal, parse_object
from koogallery_signing.errors import Fault, SignatureRejected
from koogallery_signing.keyring import Keyring
from tests.unit.signing.auth_tokens import KEY, body_fault, verify_body


def test_an_address_inside_a_list_is_no_hidden_parameter() -> None:
    users = json.dumps([{"userName": "user.two", "workPlace": "https://hr.example/?id=1&v=2&zone=3"}])
    raw_body = json.dumps({"flag": 1, "timeStamp": "20250101093000123", "userList": users}).encode()
    assert verify_body(raw_body, auth_token.sign_body(KEY, parse_object(raw_body))).key_index == 0


def test_a_test_flag_hidden_in_a_member_of_a_kit_body_is_refused() -> None:
    honest: JsonObject = {"tenantId": "t", "testFlag": 1, "timeStamp": "20250101093000123"}
    moved: JsonObject = {"tenantId": "t&testFlag=1", "timeStamp": "20250101093000123"}
    token = auth_token.sign_body(KEY, honest)
    assert auth_token.sign_body(KEY, moved) == token
    assert body_fault(moved, token) is Fault.MALFORMED_PARAMETER


def test_values_of_a_kit_body_are_signed_as_plain_text() -> None:
    raw_body = (
        b'{"n":1,"d":12.50,"t":true,"f":false,"o":{"b":1,"a":null},'
        b'"l":["\xc3\xa9"],"x":null,"timeStamp":"20250101093000123"}'
    )
    body = parse_object(raw_body)
    expected = 'd=12.50&f=false&l=["é"]&n=1&o={"b":1,"a":null}&t=true&timeStamp=20250101093000123'
    token = auth_token._token(KEY, "20250101093000123", expected.encode())
    assert auth_token.sign_body(KEY, body) == token
    assert isinstance(body["d"], (WireDecimal, Decimal))
    assert verify_body(raw_body, token, Keyring("new", KEY)) == auth_token.VerifiedBody(1, "blank values left out")


def test_a_list_sent_as_text_is_signed_as_that_text() -> None:
    users = json.dumps([{"userName": "user.two", "name": "User Two"}])
    body = {"userList": users, "timeStamp": "20250101093000123"}
    expected = f"timeStamp=20250101093000123&userList={users}"
    assert auth_token.sign_body(KEY, {**body}) == auth_token._token(KEY, "20250101093000123", expected.encode())


def test_a_numeric_time_stamp_is_its_digits() -> None:
    token = auth_token._token(KEY, "20250101093000123", b"timeStamp=20250101093000123")
    assert verify_body(b'{"timeStamp":20250101093000123}', token).key_index == 0


@pytest.mark.parametrize("users", ['[ {"name" : "\\u7532", "n": 1.50} ]', '{"a": [1, 2],\t"b":null}'])
def test_a_real_list_may_be_signed_as_it_stands_in_the_body(users: str) -> None:
    raw_body = f'{{ "orderId" : "" ,\n"userList": {users} , "timeStamp":"20250101093000123","flag":1 }}'.encode()
    signed = f"flag=1&timeStamp=20250101093000123&userList={users}"
    token = auth_token._token(KEY, "20250101093000123", signed.encode())
    assert verify_body(raw_body, token).reading == "blank values left out, lists as received"
    with pytest.raises(SignatureRejected):
        verify_body(raw_body.replace(b"1", b"2", 1), token)


@pytest.mark.parametrize("token", [None, ""])
def test_a_kit_call_without_token_is_told_apart(token: str | None) -> None:
    assert body_fault({"timeStamp": "20250101093000123"}, token) is Fault.MISSING_PARAMETER


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ({}, Fault.MISSING_PARAMETER),
        ({"timeStamp": None}, Fault.MISSING_PARAMETER),
        ({"timeStamp": ""}, Fault.MISSING_PARAMETER),
        ({"timeStamp": {"a": " "}}, Fault.MALFORMED_PARAMETER),
        ({"timeStamp": "1" * 21}, Fault.MALFORMED_PARAMETER),
        ({"timeStamp": "20250101093000123"}, Fault.MISMATCH),
    ],
)
def test_kit_bodies_that_do_not_fit_are_refused(body: dict[str, Any], fault: Fault) -> None:
    assert body_fault(body, "A" * 43 + "=") is fault


def test_a_kit_token_of_another_form_is_refused() -> None:
    assert body_fault({"timeStamp": "20250101093000123"}, "A" * 1000) is Fault.MISMATCH
