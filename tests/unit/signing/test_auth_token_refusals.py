"""Queries that are refused: what is missing, of another form, too long, or rearranged behind the token."""

from __future__ import annotations

import pytest

from koogallery_signing import auth_token
from koogallery_signing.errors import Fault, SignatureRejected
from tests.unit.signing.auth_tokens import KEY, PARAMETERS, RING, fault_of, query_of


@pytest.mark.parametrize("absent", ["authToken", "timeStamp", "activity"])
@pytest.mark.parametrize("spelling", ["gone", "empty"])
def test_required_parameters_come_before_the_token(absent: str, spelling: str) -> None:
    parameters = {**PARAMETERS, "authToken": "wrong"}
    parameters[absent] = ""
    query = "&".join(f"{name}={value}" for name, value in parameters.items() if value or spelling == "empty")
    assert fault_of(query) is Fault.MISSING_PARAMETER


def test_a_caller_may_require_more_or_less() -> None:
    without_activity = {name: value for name, value in PARAMETERS.items() if name != "activity"}
    assert auth_token.verify_query(keyring=RING, query_string=query_of(without_activity), required=()).key_index == 0
    with pytest.raises(SignatureRejected) as caught:
        auth_token.verify_query(keyring=RING, query_string=query_of(PARAMETERS), required=("orderId",))
    assert caught.value.reason == "missing: orderId"


@pytest.mark.parametrize("time_stamp", ["2" * 21, "2029 0101", "\uff12\uff10\uff12\uff19"])
def test_a_time_stamp_that_is_no_time_is_refused(time_stamp: str) -> None:
    assert fault_of(query_of(PARAMETERS | {"timeStamp": time_stamp})) is Fault.MALFORMED_PARAMETER


@pytest.mark.parametrize(
    "token", ["short", "A" * 43 + "=x", "*" * 43 + "=", "\uff21" * 43 + "=", "A" * 44, "\ud800", "A" * 43 + "=\n"]
)
def test_a_token_of_another_form_is_refused(token: str) -> None:
    query = query_of(PARAMETERS, "").removesuffix("=") + "=" + token
    assert fault_of(query) is Fault.MISMATCH


def test_too_many_or_too_long_parameters_are_refused() -> None:
    many = PARAMETERS | {f"x{number}": "1" for number in range(auth_token.MAX_PARAMETERS)}
    assert fault_of(query_of(many)) is Fault.MALFORMED_PARAMETER
    assert fault_of(query_of(PARAMETERS | {"x": "y" * auth_token.MAX_QUERY_LENGTH})) is Fault.MALFORMED_PARAMETER


def test_a_value_that_is_not_utf8_is_a_mismatch() -> None:
    assert fault_of(query_of(PARAMETERS) + "&customerName=%FF%FE") is Fault.MISMATCH


def test_a_test_flag_hidden_in_its_neighbour_is_refused() -> None:
    moved = {"activity": "releaseInstance", "instanceId": "inst-1&testFlag=1", "timeStamp": PARAMETERS["timeStamp"]}
    token = auth_token.sign(KEY, PARAMETERS)
    assert auth_token.sign(KEY, moved) == token
    assert fault_of(query_of(moved, token)) is Fault.MALFORMED_PARAMETER


@pytest.mark.parametrize("moved", [{"activity=releaseInstance&instanceId": "inst-1"}, {"activity": "x", "a=b": "c"}])
def test_a_name_that_looks_like_two_parameters_is_refused(moved: dict[str, str]) -> None:
    parameters = moved | {"testFlag": "1", "timeStamp": PARAMETERS["timeStamp"]}
    with pytest.raises(SignatureRejected) as caught:
        auth_token.verify_query(keyring=RING, query_string=query_of(parameters), required=())
    assert caught.value.fault is Fault.MALFORMED_PARAMETER


def test_a_last_value_that_hides_another_parameter_is_refused() -> None:
    parameters = {"activity": "a", "provisionType": "1", "timeStamp": "2", "trialFlag": "0&userName=x"}
    assert fault_of(query_of(parameters)) is Fault.MALFORMED_PARAMETER


@pytest.mark.parametrize("name", ["R&D", "R&D=fun", "a&b=c", "Bob & Sons", "x&zebra=1", "a&d=1", "b&drink=tea"])
def test_an_ampersand_that_cannot_be_a_border_is_accepted(name: str) -> None:
    parameters = PARAMETERS | {"customerName": name}
    assert auth_token.verify_query(keyring=RING, query_string=query_of(parameters)).parameters == parameters
