"""The ``authToken``: known answers of both methods, and what holds for any input."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs, parse_qsl, quote, urlsplit

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from koogallery_signing import auth_token
from koogallery_signing.canonical_json import parse_object
from koogallery_signing.errors import Fault, SignatureRejected
from koogallery_signing.keyring import Keyring
from tests.unit.signing.auth_tokens import KEY, PARAMETERS, RING, fault_of, query_of, verify_body
from tests.unit.signing.known_answers import document, listed, vectors


def _of(method: str) -> list[Any]:
    return [param for param in vectors("v1-auth-token") if param.values[0]["input"]["method"] == method]


def _verify(vector: dict[str, Any], token: str) -> object:
    given_input = vector["input"]
    ring = Keyring(given_input["key"])
    if given_input["method"] == "POST":
        return verify_body(given_input["body"].encode(), token, ring)
    query = urlsplit(given_input["url"]).query.partition("&authToken=")[0]
    return auth_token.verify_query(keyring=ring, query_string=f"{query}&authToken={quote(token, safe='')}")


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
    verified = verify_body(given_input["body"].encode(), token, Keyring(given_input["key"]))
    assert verified == auth_token.VerifiedBody(0, "blank values left out")


@pytest.mark.parametrize(("vector", "token"), listed("v1-auth-token", "acceptAlso"))
def test_both_treatments_of_empty_values_are_accepted(vector: dict[str, Any], token: str) -> None:
    assert _verify(vector, token)


@pytest.mark.parametrize(("vector", "token"), listed("v1-auth-token", "reject"))
def test_common_mistakes_are_refused(vector: dict[str, Any], token: str) -> None:
    with pytest.raises(SignatureRejected) as caught:
        _verify(vector, token)
    assert caught.value.fault is Fault.MISMATCH


def test_the_previous_key_is_accepted_and_named() -> None:
    ring = Keyring("new-key", KEY)
    assert auth_token.verify_query(keyring=ring, query_string=query_of(PARAMETERS)).key_index == 1


def test_verified_parameters_are_not_shown() -> None:
    verified = auth_token.verify_query(keyring=RING, query_string=query_of(PARAMETERS))
    assert "inst-1" not in repr(verified)


def test_an_old_time_stamp_is_not_refused() -> None:
    query = query_of(PARAMETERS | {"timeStamp": "20160101000000000"})
    assert auth_token.verify_query(keyring=RING, query_string=query).key_index == 0


_word = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


@given(st.dictionaries(_word.filter(lambda name: bool(name) and not {"&", "="} & set(name)), _word, max_size=5))
def test_what_is_signed_is_accepted_and_returned(extra: dict[str, str]) -> None:
    assume(not any("&" in value for value in extra.values()))
    parameters = {**extra, **PARAMETERS}
    parameters.pop("authToken", None)
    verified = auth_token.verify_query(keyring=RING, query_string=query_of(parameters))
    assert verified.parameters == parameters


@given(position=st.integers(0, 1000), character=st.characters(min_codepoint=33, max_codepoint=126))
def test_any_changed_character_of_a_value_is_refused(position: int, character: str) -> None:
    text = PARAMETERS["instanceId"]
    position %= len(text)
    assume(character != text[position])
    changed = text[:position] + character + text[position + 1 :]
    query = query_of(PARAMETERS | {"instanceId": changed}, auth_token.sign(KEY, PARAMETERS))
    assert fault_of(query) is Fault.MISMATCH


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
        verify_body(json.dumps({"timeStamp": query_string}).encode(), token)
