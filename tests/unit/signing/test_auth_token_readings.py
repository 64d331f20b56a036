"""Query strings and a gateway's parameters in every spelling that may have been signed."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, quote_plus

import pytest

from koogallery_signing import auth_token, plus_signs
from koogallery_signing.errors import Fault, SignatureRejected
from tests.unit.signing.auth_tokens import KEY, PARAMETERS, RING, query_of


def test_values_left_out_of_the_signature_are_left_out_of_the_result() -> None:
    token = auth_token.sign(KEY, PARAMETERS)
    verified = auth_token.verify_query(keyring=RING, query_string=query_of(PARAMETERS | {"orderId": ""}, token))
    assert verified.parameters == PARAMETERS
    assert verified.reading == "form, empty values left out"


def test_a_raw_plus_in_a_cipher_text_is_kept_when_that_was_signed() -> None:
    parameters = PARAMETERS | {"mobilePhone": "Uh2977H2620i0K25+EPV+A=="}
    query = query_of(parameters).replace("%2BEPV%2BA%3D%3D", "+EPV+A==")
    verified = auth_token.verify_query(keyring=RING, query_string=query)
    assert verified.parameters == parameters
    assert verified.reading == "percent, empty values kept"


def test_a_plus_for_a_blank_is_a_blank_when_that_was_signed() -> None:
    parameters = PARAMETERS | {"customerName": "Demo Account é"}
    query = "&".join(
        f"{name}={quote_plus(value)}"
        for name, value in [*parameters.items(), ("authToken", auth_token.sign(KEY, parameters))]
    )
    assert auth_token.verify_query(keyring=RING, query_string=query).parameters == parameters


@pytest.mark.parametrize("value", ["示例 客户", "50%25", "a+b c"])
def test_values_that_were_encoded_twice_are_decoded_twice(value: str) -> None:
    parameters = PARAMETERS | {"customerName": value}
    token = auth_token.sign(KEY, parameters | {"customerName": quote(value, safe="+")})
    signed_once = auth_token.verify_query(
        keyring=RING, query_string=query_of(parameters | {"customerName": quote(value, safe="+")}, token)
    )
    assert signed_once.parameters["customerName"] == quote(value, safe="+")
    twice = query_of(parameters | {"customerName": quote(value, safe="")}, auth_token.sign(KEY, parameters))
    assert auth_token.verify_query(keyring=RING, query_string=twice).parameters == parameters


def test_a_form_reading_applied_twice_turns_an_encoded_plus_into_a_blank() -> None:
    parameters = PARAMETERS | {"customerName": "A B"}
    query = query_of(parameters | {"customerName": "A+B"}, auth_token.sign(KEY, parameters))
    verified = auth_token.verify_query(keyring=RING, query_string=query)
    assert (verified.parameters, verified.reading) == (parameters, "form, twice, empty values kept")


def test_a_percent_reading_applied_twice_keeps_a_raw_plus() -> None:
    parameters = PARAMETERS | {"email": "a+b/c=="}
    query = query_of(parameters | {"email": "a+b%2Fc%3D%3D"}, auth_token.sign(KEY, parameters)).replace("a%2Bb", "a+b")
    verified = auth_token.verify_query(keyring=RING, query_string=query)
    assert (verified.parameters, verified.reading) == (parameters, "percent, twice, empty values kept")


@pytest.mark.parametrize(
    "spelling", [str, lambda token: quote(token, safe=""), lambda token: quote(quote(token, safe=""))]
)
def test_the_token_may_stand_raw_or_encoded_in_the_url(spelling: Any) -> None:
    token = "Q45dqGO+Pl9OTTJ3+/7Gx7Agoqsl0gHlK0tNbJVFaXY="
    query = query_of({**PARAMETERS, "instanceId": "11111111-2222-4333-8444-555555555555"}, "T").replace("=T", "=")
    assert auth_token.verify_query(keyring=RING, query_string=query + spelling(token)).key_index == 0
    assert auth_token.verify_query(keyring=RING, query_string=query + token.replace("+", " ")).key_index == 0


def test_of_a_repeated_name_the_first_value_counts() -> None:
    query = query_of(PARAMETERS) + "&instanceId=inst-2&authToken=x&timeStamp=0"
    assert auth_token.verify_query(keyring=RING, query_string=query).parameters["instanceId"] == "inst-1"
    token = auth_token.sign(KEY, PARAMETERS)
    lists: dict[str, str | list[str]] = {
        **{name: [value, "other"] for name, value in PARAMETERS.items()},
        "authToken": token,
        "none": [],
    }
    assert auth_token.verify_parameters(keyring=RING, parameters=lists).parameters == PARAMETERS


def test_names_are_decoded_and_empty_pieces_ignored() -> None:
    query = "&" + query_of(PARAMETERS).replace("instanceId", "%69nstanceId") + "&&"
    assert auth_token.verify_query(keyring=RING, query_string=query).parameters == PARAMETERS


def test_a_name_without_an_equals_sign_has_an_empty_value() -> None:
    parameters = PARAMETERS | {"orderId": ""}
    query = query_of(parameters).replace("orderId=", "orderId")
    assert auth_token.verify_query(keyring=RING, query_string=query).parameters == parameters


def test_names_are_sorted_by_utf16_code_units() -> None:
    parameters = PARAMETERS | {"\N{REPLACEMENT CHARACTER}": "1", "\N{GRINNING FACE}": "2", "Z": "3"}
    ordered = ["Z", "activity", "instanceId", "testFlag", "timeStamp", "\N{GRINNING FACE}", "\N{REPLACEMENT CHARACTER}"]
    expected = auth_token._token(
        KEY, PARAMETERS["timeStamp"], "&".join(f"{name}={parameters[name]}" for name in ordered).encode()
    )
    assert auth_token.sign(KEY, parameters) == expected


def test_a_gateway_that_turned_plus_into_blanks_does_not_break_cipher_texts() -> None:
    parameters = PARAMETERS | {"mobilePhone": "Uh2977H2620i0K25+EPV+A==", "customerName": "Demo Account"}
    received = {**parameters, "mobilePhone": "Uh2977H2620i0K25 EPV A==", "authToken": auth_token.sign(KEY, parameters)}
    verified = auth_token.verify_parameters(keyring=RING, parameters=received)
    assert (verified.parameters, verified.reading) == (parameters, "plus in base64, empty values kept")


def test_a_gateway_that_turned_every_plus_into_a_blank_is_understood() -> None:
    parameters = PARAMETERS | {"customerName": "A+B"}
    received = {**parameters, "customerName": "A B", "authToken": auth_token.sign(KEY, parameters)}
    verified = auth_token.verify_parameters(keyring=RING, parameters=received)
    assert (verified.parameters, verified.reading) == (parameters, "plus everywhere, empty values kept")


def test_a_gateway_that_decoded_a_raw_plus_beside_an_encoded_blank_is_understood() -> None:
    parameters = PARAMETERS | {"customerName": "A+B & C", "userName": "x y+", "email": "0123456789abcdef+A=="}
    received = {name: value.replace("+", " ") for name, value in parameters.items()}
    received["authToken"] = auth_token.sign(KEY, parameters)
    verified = auth_token.verify_parameters(keyring=RING, parameters=received)
    assert (verified.parameters, verified.reading) == (parameters, "plus in some, empty values kept")


def test_not_every_mixture_of_many_blanks_is_tried() -> None:
    blanks = "+" + " " * plus_signs.MAX_BLANKS
    parameters = PARAMETERS | {"customerName": f"A{blanks}B"}
    received = PARAMETERS | {"customerName": f"A {blanks[1:]}B", "authToken": auth_token.sign(KEY, parameters)}
    with pytest.raises(SignatureRejected) as caught:
        auth_token.verify_parameters(keyring=RING, parameters=received)
    assert caught.value.fault is Fault.MISMATCH


@pytest.mark.parametrize(("value", "reading"), [("A B é", "form"), ("A+B é", "percent")])
def test_a_gateway_that_did_not_decode_is_understood(value: str, reading: str) -> None:
    parameters = PARAMETERS | {"customerName": value}
    encoded = quote_plus(value) if reading == "form" else quote(value, safe="+")
    received = {**parameters, "customerName": encoded, "authToken": auth_token.sign(KEY, parameters)}
    verified = auth_token.verify_parameters(keyring=RING, parameters=received)
    assert (verified.parameters, verified.reading) == (parameters, f"{reading}, empty values kept")


def test_too_much_from_a_gateway_is_refused() -> None:
    with pytest.raises(SignatureRejected) as caught:
        auth_token.verify_parameters(
            keyring=RING, parameters=PARAMETERS | {"authToken": "t", "x": "y" * auth_token.MAX_QUERY_LENGTH}
        )
    assert caught.value.fault is Fault.MALFORMED_PARAMETER
