from __future__ import annotations

import json
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, parse_qsl, quote, quote_plus, urlsplit

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from koogallery_signing import auth_token, plus_signs
from koogallery_signing.canonical_json import JsonObject, WireDecimal, parse_object
from koogallery_signing.errors import Fault, SignatureRejected
from koogallery_signing.keyring import Keyring
from tests.unit.signing.known_answers import document, listed, vectors

KEY = "00000000-0000-4000-8000-000000000000"
RING = Keyring(KEY)
PARAMETERS = {"activity": "releaseInstance", "instanceId": "inst-1", "testFlag": "1", "timeStamp": "20290101000000004"}


def _query(parameters: dict[str, str], token: str | None = None) -> str:
    token = auth_token.sign(KEY, parameters) if token is None else token
    pairs = [*parameters.items(), ("authToken", token)]
    return "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in pairs)


def _fault(query_string: str) -> Fault:
    with pytest.raises(SignatureRejected) as caught:
        auth_token.verify_query(keyring=RING, query_string=query_string)
    return caught.value.fault


def _verify_body(raw_body: bytes, token: str | None, keyring: Keyring = RING) -> auth_token.VerifiedBody:
    parsed = parse_object(raw_body)
    return auth_token.verify_body(keyring=keyring, auth_token=token, raw_body=raw_body, parsed_body=parsed)


def _body_fault(body: dict[str, Any], token: str | None) -> Fault:
    with pytest.raises(SignatureRejected) as caught:
        _verify_body(json.dumps(body).encode(), token)
    return caught.value.fault


def _of(method: str) -> list[Any]:
    return [param for param in vectors("v1-auth-token") if param.values[0]["input"]["method"] == method]


def _verify(vector: dict[str, Any], token: str) -> object:
    given_input = vector["input"]
    ring = Keyring(given_input["key"])
    if given_input["method"] == "POST":
        return _verify_body(given_input["body"].encode(), token, ring)
    query = urlsplit(given_input["url"]).query.partition("&authToken=")[0]
    return auth_token.verify_query(keyring=ring, query_string=f"{query}&authToken={quote(token, safe='')}")


# Known answers


def test_the_known_answers_hold_both_methods() -> None:
    assert {vector["input"]["method"] for vector in document("v1-auth-token")["vectors"]} == {"GET", "POST"}


@pytest.mark.parametrize("vector", _of("GET"))
def test_a_get_callback_is_accepted_as_it_arrives(vector: dict[str, Any]) -> None:
    given_input = vector["input"]
    query = urlsplit(given_input["url"]).query
    verified = auth_token.verify_query(keyring=Keyring(given_input["key"]), query_string=query)
    pairs = sorted(verified.parameters.items())
    assert "&".join(f"{name}={value}" for name, value in pairs) == vector["steps"]["stringToSign"]
    assert given_input["key"] + verified.parameters["timeStamp"] == vector["steps"]["hmacKey"]
    assert verified.key_index == 0
    assert verified.reading == "form, empty values kept"
    assert auth_token.sign(given_input["key"], verified.parameters) == vector["expect"]["authToken"]


@pytest.mark.parametrize("vector", _of("GET"))
def test_a_get_callback_is_accepted_from_the_parameters_a_gateway_parsed(vector: dict[str, Any]) -> None:
    query = urlsplit(vector["input"]["url"]).query
    form = dict(parse_qsl(query, keep_blank_values=True))
    lists: dict[str, str | list[str]] = {**parse_qs(query, keep_blank_values=True)}
    undecoded = dict(piece.split("=", 1) for piece in query.split("&"))
    for parameters in (form, lists, undecoded):
        verified = auth_token.verify_parameters(keyring=Keyring(vector["input"]["key"]), parameters=parameters)
        assert auth_token.sign(vector["input"]["key"], verified.parameters) == vector["expect"]["authToken"]
        assert verified.parameters == {name: value for name, value in form.items() if name != "authToken"}


@pytest.mark.parametrize("vector", _of("POST"))
def test_a_kit_call_is_accepted(vector: dict[str, Any]) -> None:
    given_input = vector["input"]
    body = parse_object(given_input["body"].encode())
    token = vector["expect"]["authToken"]
    assert auth_token.sign_body(given_input["key"], body) == token
    assert f"{given_input['key']}{body['timeStamp']}" == vector["steps"]["hmacKey"]
    verified = _verify_body(given_input["body"].encode(), token, Keyring(given_input["key"]))
    assert verified == auth_token.VerifiedBody(0, "blank values left out")


@pytest.mark.parametrize(("vector", "token"), listed("v1-auth-token", "acceptAlso"))
def test_both_treatments_of_empty_values_are_accepted(vector: dict[str, Any], token: str) -> None:
    assert _verify(vector, token)


@pytest.mark.parametrize(("vector", "token"), listed("v1-auth-token", "reject"))
def test_common_mistakes_are_refused(vector: dict[str, Any], token: str) -> None:
    with pytest.raises(SignatureRejected) as caught:
        _verify(vector, token)
    assert caught.value.fault is Fault.MISMATCH


# Reading the query string


def test_values_left_out_of_the_signature_are_left_out_of_the_result() -> None:
    token = auth_token.sign(KEY, PARAMETERS)
    verified = auth_token.verify_query(keyring=RING, query_string=_query(PARAMETERS | {"orderId": ""}, token))
    assert verified.parameters == PARAMETERS
    assert verified.reading == "form, empty values left out"


def test_a_raw_plus_in_a_cipher_text_is_kept_when_that_was_signed() -> None:
    parameters = PARAMETERS | {"mobilePhone": "Uh2977H2620i0K25+EPV+A=="}
    query = _query(parameters).replace("%2BEPV%2BA%3D%3D", "+EPV+A==")
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
        keyring=RING, query_string=_query(parameters | {"customerName": quote(value, safe="+")}, token)
    )
    assert signed_once.parameters["customerName"] == quote(value, safe="+")
    twice = _query(parameters | {"customerName": quote(value, safe="")}, auth_token.sign(KEY, parameters))
    assert auth_token.verify_query(keyring=RING, query_string=twice).parameters == parameters


def test_a_form_reading_applied_twice_turns_an_encoded_plus_into_a_blank() -> None:
    parameters = PARAMETERS | {"customerName": "A B"}
    query = _query(parameters | {"customerName": "A+B"}, auth_token.sign(KEY, parameters))
    verified = auth_token.verify_query(keyring=RING, query_string=query)
    assert (verified.parameters, verified.reading) == (parameters, "form, twice, empty values kept")


def test_a_percent_reading_applied_twice_keeps_a_raw_plus() -> None:
    parameters = PARAMETERS | {"email": "a+b/c=="}
    query = _query(parameters | {"email": "a+b%2Fc%3D%3D"}, auth_token.sign(KEY, parameters)).replace("a%2Bb", "a+b")
    verified = auth_token.verify_query(keyring=RING, query_string=query)
    assert (verified.parameters, verified.reading) == (parameters, "percent, twice, empty values kept")


@pytest.mark.parametrize(
    "spelling", [str, lambda token: quote(token, safe=""), lambda token: quote(quote(token, safe=""))]
)
def test_the_token_may_stand_raw_or_encoded_in_the_url(spelling: Any) -> None:
    token = "Q45dqGO+Pl9OTTJ3+/7Gx7Agoqsl0gHlK0tNbJVFaXY="
    query = _query({**PARAMETERS, "instanceId": "11111111-2222-4333-8444-555555555555"}, "T").replace("=T", "=")
    assert auth_token.verify_query(keyring=RING, query_string=query + spelling(token)).key_index == 0
    assert auth_token.verify_query(keyring=RING, query_string=query + token.replace("+", " ")).key_index == 0


def test_of_a_repeated_name_the_first_value_counts() -> None:
    query = _query(PARAMETERS) + "&instanceId=inst-2&authToken=x&timeStamp=0"
    assert auth_token.verify_query(keyring=RING, query_string=query).parameters["instanceId"] == "inst-1"
    token = auth_token.sign(KEY, PARAMETERS)
    lists: dict[str, str | list[str]] = {
        **{name: [value, "other"] for name, value in PARAMETERS.items()},
        "authToken": token,
        "none": [],
    }
    assert auth_token.verify_parameters(keyring=RING, parameters=lists).parameters == PARAMETERS


def test_names_are_decoded_and_empty_pieces_ignored() -> None:
    query = "&" + _query(PARAMETERS).replace("instanceId", "%69nstanceId") + "&&"
    assert auth_token.verify_query(keyring=RING, query_string=query).parameters == PARAMETERS


def test_a_name_without_an_equals_sign_has_an_empty_value() -> None:
    parameters = PARAMETERS | {"orderId": ""}
    query = _query(parameters).replace("orderId=", "orderId")
    assert auth_token.verify_query(keyring=RING, query_string=query).parameters == parameters


def test_names_are_sorted_by_utf16_code_units() -> None:
    parameters = PARAMETERS | {"\N{REPLACEMENT CHARACTER}": "1", "\N{GRINNING FACE}": "2", "Z": "3"}
    ordered = ["Z", "activity", "instanceId", "testFlag", "timeStamp", "\N{GRINNING FACE}", "\N{REPLACEMENT CHARACTER}"]
    expected = auth_token._token(
        KEY, PARAMETERS["timeStamp"], "&".join(f"{name}={parameters[name]}" for name in ordered).encode()
    )
    assert auth_token.sign(KEY, parameters) == expected


def test_the_previous_key_is_accepted_and_named() -> None:
    ring = Keyring("new-key", KEY)
    assert auth_token.verify_query(keyring=ring, query_string=_query(PARAMETERS)).key_index == 1


def test_verified_parameters_are_not_shown() -> None:
    verified = auth_token.verify_query(keyring=RING, query_string=_query(PARAMETERS))
    assert "inst-1" not in repr(verified)


def test_an_old_time_stamp_is_not_refused() -> None:
    query = _query(PARAMETERS | {"timeStamp": "20160101000000000"})
    assert auth_token.verify_query(keyring=RING, query_string=query).key_index == 0


# What a gateway may have done to the parameters


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


# Refusals


@pytest.mark.parametrize("absent", ["authToken", "timeStamp", "activity"])
@pytest.mark.parametrize("spelling", ["gone", "empty"])
def test_required_parameters_come_before_the_token(absent: str, spelling: str) -> None:
    parameters = {**PARAMETERS, "authToken": "wrong"}
    parameters[absent] = ""
    query = "&".join(f"{name}={value}" for name, value in parameters.items() if value or spelling == "empty")
    assert _fault(query) is Fault.MISSING_PARAMETER


def test_a_caller_may_require_more_or_less() -> None:
    without_activity = {name: value for name, value in PARAMETERS.items() if name != "activity"}
    assert auth_token.verify_query(keyring=RING, query_string=_query(without_activity), required=()).key_index == 0
    with pytest.raises(SignatureRejected) as caught:
        auth_token.verify_query(keyring=RING, query_string=_query(PARAMETERS), required=("orderId",))
    assert caught.value.reason == "missing: orderId"


@pytest.mark.parametrize("time_stamp", ["2" * 21, "2029 0101", "\uff12\uff10\uff12\uff19"])
def test_a_time_stamp_that_is_no_time_is_refused(time_stamp: str) -> None:
    assert _fault(_query(PARAMETERS | {"timeStamp": time_stamp})) is Fault.MALFORMED_PARAMETER


@pytest.mark.parametrize(
    "token", ["short", "A" * 43 + "=x", "*" * 43 + "=", "\uff21" * 43 + "=", "A" * 44, "\ud800", "A" * 43 + "=\n"]
)
def test_a_token_of_another_form_is_refused(token: str) -> None:
    query = _query(PARAMETERS, "").removesuffix("=") + "=" + token
    assert _fault(query) is Fault.MISMATCH


def test_too_many_or_too_long_parameters_are_refused() -> None:
    many = PARAMETERS | {f"x{number}": "1" for number in range(auth_token.MAX_PARAMETERS)}
    assert _fault(_query(many)) is Fault.MALFORMED_PARAMETER
    assert _fault(_query(PARAMETERS | {"x": "y" * auth_token.MAX_QUERY_LENGTH})) is Fault.MALFORMED_PARAMETER


def test_a_value_that_is_not_utf8_is_a_mismatch() -> None:
    assert _fault(_query(PARAMETERS) + "&customerName=%FF%FE") is Fault.MISMATCH


def test_a_test_flag_hidden_in_its_neighbour_is_refused() -> None:
    moved = {"activity": "releaseInstance", "instanceId": "inst-1&testFlag=1", "timeStamp": PARAMETERS["timeStamp"]}
    token = auth_token.sign(KEY, PARAMETERS)
    assert auth_token.sign(KEY, moved) == token
    assert _fault(_query(moved, token)) is Fault.MALFORMED_PARAMETER


@pytest.mark.parametrize("moved", [{"activity=releaseInstance&instanceId": "inst-1"}, {"activity": "x", "a=b": "c"}])
def test_a_name_that_looks_like_two_parameters_is_refused(moved: dict[str, str]) -> None:
    parameters = moved | {"testFlag": "1", "timeStamp": PARAMETERS["timeStamp"]}
    with pytest.raises(SignatureRejected) as caught:
        auth_token.verify_query(keyring=RING, query_string=_query(parameters), required=())
    assert caught.value.fault is Fault.MALFORMED_PARAMETER


def test_a_last_value_that_hides_another_parameter_is_refused() -> None:
    parameters = {"activity": "a", "provisionType": "1", "timeStamp": "2", "trialFlag": "0&userName=x"}
    assert _fault(_query(parameters)) is Fault.MALFORMED_PARAMETER


@pytest.mark.parametrize("name", ["R&D", "R&D=fun", "a&b=c", "Bob & Sons", "x&zebra=1", "a&d=1", "b&drink=tea"])
def test_an_ampersand_that_cannot_be_a_border_is_accepted(name: str) -> None:
    parameters = PARAMETERS | {"customerName": name}
    assert auth_token.verify_query(keyring=RING, query_string=_query(parameters)).parameters == parameters


# Kit bodies


def test_an_address_inside_a_list_is_no_hidden_parameter() -> None:
    users = json.dumps([{"userName": "user.two", "workPlace": "https://hr.example/?id=1&v=2&zone=3"}])
    raw_body = json.dumps({"flag": 1, "timeStamp": "20250101093000123", "userList": users}).encode()
    assert _verify_body(raw_body, auth_token.sign_body(KEY, parse_object(raw_body))).key_index == 0


def test_a_test_flag_hidden_in_a_member_of_a_kit_body_is_refused() -> None:
    honest: JsonObject = {"tenantId": "t", "testFlag": 1, "timeStamp": "20250101093000123"}
    moved: JsonObject = {"tenantId": "t&testFlag=1", "timeStamp": "20250101093000123"}
    token = auth_token.sign_body(KEY, honest)
    assert auth_token.sign_body(KEY, moved) == token
    assert _body_fault(moved, token) is Fault.MALFORMED_PARAMETER


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
    assert _verify_body(raw_body, token, Keyring("new", KEY)) == auth_token.VerifiedBody(1, "blank values left out")


def test_a_list_sent_as_text_is_signed_as_that_text() -> None:
    users = json.dumps([{"userName": "user.two", "name": "User Two"}])
    body = {"userList": users, "timeStamp": "20250101093000123"}
    expected = f"timeStamp=20250101093000123&userList={users}"
    assert auth_token.sign_body(KEY, {**body}) == auth_token._token(KEY, "20250101093000123", expected.encode())


def test_a_numeric_time_stamp_is_its_digits() -> None:
    token = auth_token._token(KEY, "20250101093000123", b"timeStamp=20250101093000123")
    assert _verify_body(b'{"timeStamp":20250101093000123}', token).key_index == 0


@pytest.mark.parametrize("users", ['[ {"name" : "\\u7532", "n": 1.50} ]', '{"a": [1, 2],\t"b":null}'])
def test_a_real_list_may_be_signed_as_it_stands_in_the_body(users: str) -> None:
    raw_body = f'{{ "orderId" : "" ,\n"userList": {users} , "timeStamp":"20250101093000123","flag":1 }}'.encode()
    signed = f"flag=1&timeStamp=20250101093000123&userList={users}"
    token = auth_token._token(KEY, "20250101093000123", signed.encode())
    assert _verify_body(raw_body, token).reading == "blank values left out, lists as received"
    with pytest.raises(SignatureRejected):
        _verify_body(raw_body.replace(b"1", b"2", 1), token)


@pytest.mark.parametrize("token", [None, ""])
def test_a_kit_call_without_token_is_told_apart(token: str | None) -> None:
    assert _body_fault({"timeStamp": "20250101093000123"}, token) is Fault.MISSING_PARAMETER


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
    assert _body_fault(body, "A" * 43 + "=") is fault


def test_a_kit_token_of_another_form_is_refused() -> None:
    assert _body_fault({"timeStamp": "20250101093000123"}, "A" * 1000) is Fault.MISMATCH


# Properties

_word = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


@given(st.dictionaries(_word.filter(lambda name: bool(name) and not {"&", "="} & set(name)), _word, max_size=5))
def test_what_is_signed_is_accepted_and_returned(extra: dict[str, str]) -> None:
    assume(not any("&" in value for value in extra.values()))
    parameters = {**extra, **PARAMETERS}
    parameters.pop("authToken", None)
    verified = auth_token.verify_query(keyring=RING, query_string=_query(parameters))
    assert verified.parameters == parameters


@given(position=st.integers(0, 1000), character=st.characters(min_codepoint=33, max_codepoint=126))
def test_any_changed_character_of_a_value_is_refused(position: int, character: str) -> None:
    text = PARAMETERS["instanceId"]
    position %= len(text)
    assume(character != text[position])
    changed = text[:position] + character + text[position + 1 :]
    query = _query(PARAMETERS | {"instanceId": changed}, auth_token.sign(KEY, PARAMETERS))
    assert _fault(query) is Fault.MISMATCH


@given(st.text(max_size=100) | st.text("%&=+0aF\ud800", max_size=60), st.text(max_size=60))
def test_nothing_but_the_one_error_is_ever_raised(query_string: str, token: str) -> None:
    with pytest.raises(SignatureRejected):
        auth_token.verify_query(keyring=RING, query_string=query_string)
    full = f"activity=a&timeStamp=20290101000000004&authToken={quote('A' * 43 + '=')}&x{query_string}"
    with pytest.raises(SignatureRejected):
        auth_token.verify_query(keyring=RING, query_string=full)
    with pytest.raises(SignatureRejected):
        auth_token.verify_parameters(
            keyring=RING,
            parameters={"activity": query_string, "timeStamp": "1", "authToken": "A" * 43 + "=", query_string: token},
        )
    with pytest.raises(SignatureRejected):
        _verify_body(json.dumps({"timeStamp": query_string}).encode(), token)
