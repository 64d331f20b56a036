"""body_signature and kit_signature: two formulas, the same rules around them."""

from __future__ import annotations

import hmac
import json
from dataclasses import dataclass, replace
from types import ModuleType
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from koogallery_signing import body_signature, kit_signature
from koogallery_signing.canonical_json import canonical_form, parse_object
from koogallery_signing.errors import Fault, SignatureRejected
from koogallery_signing.keyring import Keyring
from koogallery_signing.signed_request import Verified
from tests.unit.signing.known_answers import listed, vectors

SCHEMES = [pytest.param(body_signature, id="callback"), pytest.param(kit_signature, id="kit")]
NOW = 1_780_000_000_000
BODY = b'{"b":1,"a":"x"}'


@dataclass(frozen=True)
class Call:
    """One request as it arrives."""

    scheme: ModuleType
    signature: str | None
    timestamp: str | None = str(NOW)
    nonce: str | None = "nonce-0123456789abcdef"
    body: bytes = BODY
    keys: str = "current,previous"
    now_ms: int = NOW

    def verify(self) -> Verified:
        verified: Verified = self.scheme.verify(
            keyring=Keyring.parse(self.keys),
            signature=self.signature,
            timestamp=self.timestamp,
            nonce=self.nonce,
            raw_body=self.body,
            parsed_body=parse_object(self.body),
            now_ms=self.now_ms,
        )
        return verified

    def fault(self) -> Fault:
        with pytest.raises(SignatureRejected) as caught:
            self.verify()
        return caught.value.fault


def _signed(scheme: ModuleType, *, key: str = "current", payload: bytes | None = None, **changes: Any) -> Call:
    call = replace(Call(scheme, None), **changes)
    payload = canonical_form(call.body) if payload is None else payload
    return replace(call, signature=scheme.sign(key, call.nonce, call.timestamp, payload))


def _from_vector(scheme: ModuleType, vector: dict[str, Any], signature: str) -> Call:
    given_input = vector["input"]
    return Call(
        scheme,
        signature,
        given_input["timestamp"],
        given_input["nonce"],
        given_input["body"].encode(),
        given_input["accessKey"],
        int(given_input["timestamp"]),
    )


# Known answers


def test_the_worked_value_of_the_guide_rule() -> None:
    body = (
        b'{"activity":"newInstance","businessId":"11111111-2222-4333-8444-555555555555",'
        b'"orderId":"CS0000000000TEST1","orderLineId":"CS0000000000TEST1-000001","testFlag":"1"}'
    )
    signature = body_signature.sign(
        "test-access-key-0001", "0123456789abcdef0123456789ABCDEF", "1700000000123", canonical_form(body)
    )
    assert signature.upper() == "D14A3075A92E9572D363418C5C5667D5B488A99BA830E6BC083EEF306E17AA87"


@pytest.mark.parametrize("vector", vectors("v2-callback-signature"))
def test_every_step_of_a_callback_signature(vector: dict[str, Any]) -> None:
    steps, given_input = vector["steps"], vector["input"]
    key = given_input["accessKey"]
    payload_mac = hmac.new(key.encode(), canonical_form(given_input["body"].encode()), "sha256").hexdigest()
    assert payload_mac == steps["payloadMac"]
    assert key + given_input["nonce"] + given_input["timestamp"] + payload_mac == steps["canonicalRequest"]
    signature = body_signature.sign(key, given_input["nonce"], given_input["timestamp"], steps["payload"].encode())
    assert signature == vector["expect"]["signature"]


@pytest.mark.parametrize("vector", vectors("v2-kit-signature"))
def test_every_step_of_a_kit_signature(vector: dict[str, Any]) -> None:
    steps, given_input = vector["steps"], vector["input"]
    prefix = given_input["accessKey"] + given_input["nonce"] + given_input["timestamp"]
    assert prefix + steps["payload"] == steps["canonicalRequest"]
    signature = kit_signature.sign(
        given_input["accessKey"], given_input["nonce"], given_input["timestamp"], steps["payload"].encode()
    )
    assert signature == vector["expect"]["signature"]


@pytest.mark.parametrize("vector", vectors("v2-callback-signature"))
def test_the_query_of_a_callback_as_the_platform_prints_it_is_accepted(vector: dict[str, Any]) -> None:
    parameters = dict(pair.split("=") for pair in vector["expect"]["query"].split("&"))
    call = _from_vector(body_signature, vector, parameters["signature"])
    assert (call.timestamp, call.nonce) == (parameters["timestamp"], parameters["nonce"])
    assert call.verify() == Verified("canonical", 0, int(parameters["timestamp"]))


@pytest.mark.parametrize("vector", vectors("v2-kit-signature"))
def test_the_headers_of_a_kit_call_as_the_platform_prints_them_are_accepted(vector: dict[str, Any]) -> None:
    headers = vector["expect"]["headers"]
    call = _from_vector(kit_signature, vector, headers["x-sign"])
    assert (call.timestamp, call.nonce) == (headers["x-timestamp"], headers["x-nonce"])
    assert call.verify() == Verified("canonical", 0, int(headers["x-timestamp"]))


@pytest.mark.parametrize(("vector", "signature"), listed("v2-callback-signature", "acceptAlso"))
def test_the_raw_body_bytes_of_a_callback_are_accepted_too(vector: dict[str, Any], signature: str) -> None:
    assert _from_vector(body_signature, vector, signature).verify().form == "raw"


@pytest.mark.parametrize(("vector", "signature"), listed("v2-kit-signature", "acceptAlso"))
def test_the_raw_body_bytes_of_a_kit_call_are_accepted_too(vector: dict[str, Any], signature: str) -> None:
    assert _from_vector(kit_signature, vector, signature).verify().form == "raw"


@pytest.mark.parametrize(("vector", "signature"), listed("v2-callback-signature", "reject"))
def test_common_mistakes_in_a_callback_signature_are_refused(vector: dict[str, Any], signature: str) -> None:
    assert _from_vector(body_signature, vector, signature).fault() is Fault.MISMATCH


@pytest.mark.parametrize(("vector", "signature"), listed("v2-kit-signature", "reject"))
def test_common_mistakes_in_a_kit_signature_are_refused(vector: dict[str, Any], signature: str) -> None:
    assert _from_vector(kit_signature, vector, signature).fault() is Fault.MISMATCH


# Presence and form of the parameters


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("absent", [None, ""])
def test_missing_parameters_are_told_apart(scheme: ModuleType, absent: str | None) -> None:
    call = _signed(scheme)
    assert replace(call, timestamp=absent).fault() is Fault.MISSING_PARAMETER
    assert replace(call, nonce=absent).fault() is Fault.MISSING_PARAMETER
    assert replace(call, signature=absent).fault() is Fault.MISSING_SIGNATURE
    assert replace(call, signature=absent, timestamp=absent).fault() is Fault.MISSING_PARAMETER


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(
    "timestamp",
    [
        "178000000",
        "178000000000000",
        "1780000000000 ",
        " 1780000000000",
        "1780000000000\n",
        "+1780000000000",
        "-1780000000000",
        "1780000000000.0",
        "1_780_000_000_000",
        "0x19e7196d800",
        "01780000000000",
        "01780000000",
        "\uff11\uff17\uff18\uff10\uff10\uff10\uff10\uff10\uff10\uff10\uff10\uff10\uff10",
        "\u0661\u0667\u0668\u0660\u0660\u0660\u0660\u0660\u0660\u0660\u0660\u0660\u0660",
        "1\uff17\uff18\uff10\uff10\uff10\uff10\uff10\uff10\uff10\uff10\uff10\uff10",
        "1\u0667\u0668\u0660\u0660\u0660\u0660\u0660\u0660\u0660",
        "1e12",
        "now",
        "1" * 10_000,
    ],
)
def test_a_timestamp_that_is_not_plain_digits_is_refused(scheme: ModuleType, timestamp: str) -> None:
    assert _signed(scheme, timestamp=timestamp).fault() is Fault.MALFORMED_PARAMETER


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("nonce", ["n" * 129, "with blank", "line\nfeed", "é", "\x00", "n\x7f"])
def test_a_nonce_that_is_too_long_or_not_printable_is_refused(scheme: ModuleType, nonce: str) -> None:
    assert _signed(scheme, nonce=nonce).fault() is Fault.MALFORMED_PARAMETER


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("nonce", ["n", "n" * 128, "6f1f0f5e-0000-4000-8000-000000000001", "!~"])
def test_nonces_of_every_printable_form_are_accepted(scheme: ModuleType, nonce: str) -> None:
    assert _signed(scheme, nonce=nonce).verify().key_index == 0


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_signature_of_another_form_is_refused(scheme: ModuleType) -> None:
    call = _signed(scheme)
    assert call.signature is not None
    for signature in (
        call.signature[:-1],
        call.signature + "0",
        call.signature + "\n",
        "g" * 64,
        "\uff10" * 64,
        "a" * 10**6,
    ):
        assert replace(call, signature=signature).fault() is Fault.MISMATCH


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_case_of_the_hex_digits_does_not_matter(scheme: ModuleType) -> None:
    call = _signed(scheme)
    assert call.signature is not None
    for signature in (
        call.signature.upper(),
        call.signature.lower(),
        call.signature[:32].upper() + call.signature[32:],
    ):
        assert replace(call, signature=signature).verify() == Verified("canonical", 0, NOW)


# The window


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("offset", [-60_000, -1, 0, 1, 60_000])
def test_sixty_seconds_both_ways_are_inside_the_window(scheme: ModuleType, offset: int) -> None:
    assert _signed(scheme, timestamp=str(NOW + offset)).verify().timestamp_ms == NOW + offset


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("offset", [-60_001, 60_001, -86_400_000, 86_400_000, 10**13])
def test_one_millisecond_more_is_outside(scheme: ModuleType, offset: int) -> None:
    assert _signed(scheme, timestamp=str(NOW + offset)).fault() is Fault.OUTSIDE_WINDOW


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("offset", [-60, 0, 60])
def test_a_timestamp_in_seconds_is_read_as_seconds(scheme: ModuleType, offset: int) -> None:
    seconds = NOW // 1000 + offset
    assert _signed(scheme, timestamp=str(seconds)).verify().timestamp_ms == seconds * 1000


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("offset", [-61, 61])
def test_the_window_holds_for_seconds_too(scheme: ModuleType, offset: int) -> None:
    assert _signed(scheme, timestamp=str(NOW // 1000 + offset)).fault() is Fault.OUTSIDE_WINDOW


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_limits_of_the_digits_decide_between_seconds_and_milliseconds(scheme: ModuleType) -> None:
    for timestamp, now_ms in (
        ("9999999999", 9_999_999_999_000),
        ("10000000000", 10_000_000_000_000),
        ("99999999999", 99_999_999_999_000),
        ("100000000000", 100_000_000_000),
        ("10000000000000", 10_000_000_000_000),
    ):
        assert _signed(scheme, timestamp=timestamp, now_ms=now_ms).verify().timestamp_ms == now_ms


def test_digits_moved_from_the_nonce_into_the_timestamp_do_not_make_a_call_fresh() -> None:
    captured = _signed(body_signature, nonce="nonce-9", timestamp=str(NOW))
    moved = replace(captured, nonce="nonce-", timestamp=f"9{NOW}")
    assert body_signature.sign("current", "nonce-", f"9{NOW}", canonical_form(BODY)) == captured.signature
    assert moved.fault() is Fault.OUTSIDE_WINDOW


def test_digits_moved_out_of_the_timestamp_do_not_make_an_old_call_fresh() -> None:
    # Captured at 1 761 795 000 000 ms; its last ten digits are a later time in seconds.
    later_ms = 1_795_000_000_000
    captured = _signed(body_signature, nonce="nonce", timestamp="1761795000000", now_ms=1_761_795_000_000)
    assert captured.verify().timestamp_ms == 1_761_795_000_000
    moved = replace(captured, nonce="nonce176", timestamp="1795000000", now_ms=later_ms)
    assert body_signature.sign("current", "nonce176", "1795000000", canonical_form(BODY)) == captured.signature
    assert moved.fault() is Fault.OUTSIDE_WINDOW


@pytest.mark.parametrize("nonce", ["nonce999", "nonce076", "nonce100", "nonce76", "176nonce", "nonce181"])
def test_nonces_that_cannot_hold_the_head_of_older_milliseconds_pass(nonce: str) -> None:
    call = _signed(body_signature, nonce=nonce, timestamp="1795000000", now_ms=1_795_000_000_000)
    assert call.verify().timestamp_ms == 1_795_000_000_000


# Keys and forms


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_previous_key_is_accepted_and_named(scheme: ModuleType) -> None:
    assert _signed(scheme, key="previous").verify() == Verified("canonical", 1, NOW)
    assert _signed(scheme, key="previous", payload=BODY).verify() == Verified("raw", 1, NOW)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_key_that_was_rotated_out_is_refused(scheme: ModuleType) -> None:
    assert _signed(scheme, key="older").fault() is Fault.MISMATCH


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_body_that_is_its_own_canonical_form_counts_as_canonical(scheme: ModuleType) -> None:
    assert _signed(scheme, body=canonical_form(BODY)).verify().form == "canonical"


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_non_ascii_key_is_used_as_utf8(scheme: ModuleType) -> None:
    assert _signed(scheme, key="密钥", keys="密钥").verify().key_index == 0


@pytest.mark.parametrize("scheme", SCHEMES)
def test_no_refusal_shows_what_was_received(scheme: ModuleType) -> None:
    call = _signed(scheme, key="older", body=b'{"a":"hunter2"}')
    with pytest.raises(SignatureRejected) as caught:
        call.verify()
    shown = caught.value.reason + str(caught.value)
    for secret in ("hunter2", "current", "previous", call.signature, call.nonce):
        assert secret is not None
        assert secret not in shown


# Properties


@pytest.mark.parametrize("scheme", SCHEMES)
@given(bit=st.integers(0, 255))
def test_any_flipped_bit_of_the_signature_is_refused(scheme: ModuleType, bit: int) -> None:
    call = _signed(scheme)
    assert call.signature is not None
    flipped = f"{int(call.signature, 16) ^ (1 << bit):064x}"
    assert replace(call, signature=flipped).fault() is Fault.MISMATCH


@pytest.mark.parametrize("scheme", SCHEMES)
@given(data=st.data())
def test_any_other_byte_in_the_body_is_refused(scheme: ModuleType, data: st.DataObject) -> None:
    body = json.dumps({"activity": "newInstance", "orderId": "CS-1", "n": [1, 2, None]}, separators=(",", ":")).encode()
    call = _signed(scheme, payload=body, body=body)
    position = data.draw(st.integers(0, len(body) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda value: value != body[position]))
    changed = body[:position] + bytes([byte]) + body[position + 1 :]
    assert replace(call, body=changed).fault() in {Fault.MISMATCH, Fault.MALFORMED_BODY}


@pytest.mark.parametrize("scheme", SCHEMES)
@given(data=st.data())
def test_any_change_of_nonce_or_timestamp_is_refused(scheme: ModuleType, data: st.DataObject) -> None:
    call = _signed(scheme)
    nonce = data.draw(st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=20))
    timestamp = data.draw(st.integers(NOW - 60_000, NOW + 60_000).map(str))
    assume(nonce + timestamp != f"{call.nonce}{call.timestamp}")
    assert replace(call, nonce=nonce, timestamp=timestamp).fault() is Fault.MISMATCH


_anything = st.none() | st.text(max_size=80) | st.from_regex(r"[0-9]{9,15}", fullmatch=True)


@pytest.mark.parametrize("scheme", SCHEMES)
@given(signature=_anything, timestamp=_anything, nonce=_anything, body=st.binary(max_size=40) | st.just(BODY))
def test_nothing_but_the_one_error_is_ever_raised(
    scheme: ModuleType, signature: str | None, timestamp: str | None, nonce: str | None, body: bytes
) -> None:
    with pytest.raises(SignatureRejected):
        Call(scheme, signature, timestamp, nonce, body).verify()
