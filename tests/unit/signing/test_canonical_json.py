from __future__ import annotations

import copy
import json
from decimal import Decimal
from enum import IntEnum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from koogallery_signing.canonical_json import (
    MAX_BODY_BYTES,
    MAX_DEPTH,
    MAX_NUMBER_LENGTH,
    WireDecimal,
    canonical_form,
    compact,
    parse_object,
    sorted_compact,
)
from koogallery_signing.errors import Fault, SignatureRejected, UnsignableContent
from tests.unit.signing.known_answers import vectors

_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
_numbers = st.integers(-(10**30), 10**30) | st.decimals(allow_nan=False, allow_infinity=False, places=3, max_value=1e12)
_values = st.recursive(
    st.none() | st.booleans() | _numbers | _text,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_text, inner, max_size=4),
    max_leaves=12,
)
_objects = st.dictionaries(_text, _values, max_size=6)


def _fault(raw: bytes) -> Fault:
    with pytest.raises(SignatureRejected) as caught:
        parse_object(raw)
    return caught.value.fault


# Reading


def test_numbers_are_usable_and_keep_their_text() -> None:
    parsed = parse_object(b'{"i":12,"d":12.50,"e":1E5,"z":-0,"b":true}')
    assert parsed == {"i": 12, "d": Decimal("12.5"), "e": Decimal(100000), "z": 0, "b": True}
    assert type(parsed["i"]) is int
    assert type(parsed["d"]) is WireDecimal
    assert [str(parsed[name]) for name in ("d", "e", "z")] == ["12.50", "1E5", "-0"]
    assert canonical_form(parsed) == b'{"b":true,"d":12.50,"e":1E5,"i":12,"z":-0}'


def test_a_number_keeps_its_text_in_a_copy_and_computes_as_a_decimal() -> None:
    number = WireDecimal("1.50e2")
    assert str(copy.deepcopy(number)) == "1.50e2"
    assert number + 1 == Decimal(151)
    assert f"{number:f}" == "150"


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b" ",
        b"null",
        b"1",
        b'"text"',
        b"[]",
        b'[{"a":1}]',
        b"{",
        b'{"a":1',
        b'{"a":1}}',
        b'{"a":1} x',
        b"{'a':1}",
        b"{a:1}",
        b'{"a":1,}',
        b'{"a":01}',
        b'{"a":+1}',
        b'{"a":.5}',
        b'{"a":1.}',
        b'{"a":"\n"}',
        b'{"a":"\\x41"}',
        b'{"a":"\\u00g0"}',
        b"\xff\xfe{\x00}\x00",
        b'{"a":"\xe9"}',
        b'{"a":"\xed\xa0\x80"}',
        b'{"a":"\xc0\xaf"}',
    ],
)
def test_what_is_not_one_json_object_in_utf8_is_refused(raw: bytes) -> None:
    assert _fault(raw) is Fault.MALFORMED_BODY


def test_a_byte_order_mark_is_refused() -> None:
    assert _fault(b"\xef\xbb\xbf{}") is Fault.MALFORMED_BODY


@pytest.mark.parametrize(
    "raw",
    [
        b'{"a":1,"a":1}',
        b'{"a":1,"b":2,"\\u0061":3}',
        b'{"x":{"a":1,"a":2}}',
        b'{"x":[[{"a":null,"a":null}]]}',
    ],
)
def test_a_member_name_that_occurs_twice_is_refused_at_every_level(raw: bytes) -> None:
    assert _fault(raw) is Fault.MALFORMED_BODY


@pytest.mark.parametrize("constant", [b"NaN", b"Infinity", b"-Infinity"])
def test_constants_that_are_no_json_are_refused(constant: bytes) -> None:
    assert _fault(b'{"a":[' + constant + b"]}") is Fault.MALFORMED_BODY


@pytest.mark.parametrize(
    "raw",
    [b'{"a":"\\ud800"}', b'{"a":["\\uDC00 \\ud83d"]}', b'{"\\uDfFf":1}', b'{"a":{"b":"\\ude00\\ud83d"}}'],
)
def test_half_a_surrogate_pair_is_refused(raw: bytes) -> None:
    assert _fault(raw) is Fault.MALFORMED_BODY


def test_an_escaped_surrogate_pair_is_one_character() -> None:
    parsed = parse_object(b'{"a":"\\ud83d\\ude00","n":1.5}')
    assert parsed["a"] == "\N{GRINNING FACE}"
    assert canonical_form(parsed) == '{"a":"\N{GRINNING FACE}","n":1.5}'.encode()


@pytest.mark.parametrize(
    "raw",
    [
        b'{"a":' + b"[" * MAX_DEPTH + b"]" * MAX_DEPTH + b"}",
        b'{"a":' * (MAX_DEPTH + 1) + b"1" + b"}" * (MAX_DEPTH + 1),
        b'{"a":' + b"[" * 500_000,
        b"[" * 1_000_000,
    ],
)
def test_deep_nesting_is_refused_and_never_exhausts_the_stack(raw: bytes) -> None:
    assert _fault(raw) is Fault.MALFORMED_BODY


def test_the_deepest_allowed_body_is_read_and_written() -> None:
    raw = b'{"a":' + b"[" * (MAX_DEPTH - 1) + b"]" * (MAX_DEPTH - 1) + b"}"
    assert canonical_form(parse_object(raw)) == raw


def test_brackets_inside_texts_and_side_by_side_are_no_nesting() -> None:
    wide = b'{"a":"' + b'\\"[{' * 100 + b'","b":[' + b",".join([b"[]"] * 100) + b"]}"
    assert canonical_form(parse_object(wide)) == wide


@pytest.mark.parametrize("tail", [b"", b"\\", b'"', b'\\"'])
def test_an_unterminated_text_full_of_escapes_is_refused_in_linear_time(tail: bytes) -> None:
    assert _fault(b'{"l":[' + b"[]," * 40 + b'"' + b'\\"' * 100_000 + tail) is Fault.MALFORMED_BODY


@pytest.mark.parametrize(
    "number", [b"9" * (MAX_NUMBER_LENGTH + 1), b"9" * 100_000, b"0." + b"1" * MAX_NUMBER_LENGTH, b"1e309", b"1e-999999"]
)
def test_numbers_beyond_any_use_are_refused(number: bytes) -> None:
    assert _fault(b'{"a":' + number + b"}") is Fault.MALFORMED_BODY


def test_the_longest_numbers_are_read() -> None:
    raw = b'{"a":' + b"9" * MAX_NUMBER_LENGTH + b',"b":1e308,"c":1e-308}'
    assert canonical_form(raw) == raw


def test_a_body_over_the_limit_is_refused() -> None:
    assert parse_object(b"{}  ", max_bytes=4) == {}
    with pytest.raises(SignatureRejected):
        parse_object(b"{}   ", max_bytes=4)
    assert _fault(b"{}" + b" " * MAX_BODY_BYTES) is Fault.MALFORMED_BODY


def test_no_refusal_shows_the_body() -> None:
    for raw in (b'{"password":"hunter2"', b'{"p":"hunter2","p":"hunter2"}', b'"hunter2"', b'{"p":"hunter2\xff"}'):
        with pytest.raises(SignatureRejected) as caught:
            parse_object(raw)
        assert "hunter2" not in caught.value.reason + str(caught.value)


@given(
    st.binary(max_size=60)
    | _text.map(str.encode)
    | _objects.map(lambda value: json.dumps(value, default=str)[1:].encode())
)
def test_any_bytes_are_read_or_refused_in_the_one_declared_way(raw: bytes) -> None:
    try:
        parsed = parse_object(raw)
    except SignatureRejected:
        assert _fault(raw) is Fault.MALFORMED_BODY
    else:
        assert parse_object(canonical_form(parsed)) == {k: v for k, v in parsed.items() if v is not None}


# The canonical form


@pytest.mark.parametrize("vector", [*vectors("v2-callback-signature"), *vectors("v2-kit-signature")])
def test_the_payload_of_every_known_answer(vector: dict[str, Any]) -> None:
    body = vector["input"]["body"].encode()
    assert canonical_form(body) == vector["steps"]["payload"].encode()
    assert canonical_form(parse_object(body)) == vector["steps"]["payload"].encode()


def test_only_top_level_nulls_are_dropped_and_empty_texts_stay() -> None:
    assert canonical_form(b'{"b":null,"a":"","c":{"n":null},"d":[null]}') == b'{"a":"","c":{"n":null},"d":[null]}'


def test_only_the_top_level_is_sorted() -> None:
    raw = b'{ "b" : {"z":1, "a":[{"y":1,"x":2}]}, "a" : 1 }'
    assert canonical_form(raw) == b'{"a":1,"b":{"z":1,"a":[{"y":1,"x":2}]}}'


def test_names_are_sorted_by_utf16_code_units() -> None:
    # U+FFFD is greater than any surrogate, although U+1F600 is the greater code point.
    raw = '{"\N{REPLACEMENT CHARACTER}":1,"\N{GRINNING FACE}":2,"é":3,"a":4,"Z":5,"":6}'.encode()
    expected = '{"":6,"Z":5,"a":4,"é":3,"\N{GRINNING FACE}":2,"\N{REPLACEMENT CHARACTER}":1}'.encode()
    assert canonical_form(raw) == expected


def test_texts_are_escaped_as_jackson_does() -> None:
    raw = json.dumps({"a": "\"\\/\b\t\n\f\r\x00\x0b\x1f\x7f\u2028é<&'"}).encode()
    expected = '{"a":"\\"\\\\/\\b\\t\\n\\f\\r\\u0000\\u000B\\u001F\x7f\u2028é<&\'"}'
    assert canonical_form(raw) == expected.encode()


@given(_objects)
def test_the_canonical_form_is_its_own_canonical_form(value: dict[str, Any]) -> None:
    canonical = canonical_form(value)
    assert canonical_form(canonical) == canonical
    assert canonical_form(parse_object(canonical)) == canonical


@given(_objects)
def test_the_canonical_form_says_the_same_as_the_body(value: dict[str, Any]) -> None:
    read_back = json.loads(canonical_form(value), parse_float=Decimal)
    assert read_back == {name: member for name, member in value.items() if member is not None}


# The sorted form of the usage push


@pytest.mark.parametrize("vector", vectors("usage-push-signature"))
def test_the_body_of_every_usage_push(vector: dict[str, Any]) -> None:
    assert sorted_compact(vector["input"]["request"]) == vector["steps"]["body"].encode()


def test_members_are_sorted_at_every_level_and_lists_keep_their_order() -> None:
    assert (
        sorted_compact({"b": [{"z": 1, "a": None}, 2], "a": ("é/", True)})
        == '{"a":["é/",true],"b":[{"a":null,"z":1},2]}'.encode()
    )


def test_decimals_are_written_without_exponent() -> None:
    assert sorted_compact([Decimal("1E-7"), Decimal("1E+3"), Decimal("12.5000")]) == b"[0.0000001,1000,12.5000]"


def test_an_enumeration_is_written_as_its_number() -> None:
    class Flag(IntEnum):
        ADD = 1

    assert sorted_compact({"flag": Flag.ADD}) == b'{"flag":1}'


def test_compact_keeps_the_order() -> None:
    assert compact({"b": [1, "é"], "a": None}) == '{"b":[1,"é"],"a":null}'


def _nested(levels: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(levels - 1):
        value = [value]
    return value


@pytest.mark.parametrize(
    "value",
    [
        1.5,
        {"a": 1.5},
        {"a": b"bytes"},
        {"a": {1, 2}},
        {"a": Decimal("NaN")},
        {"a": Decimal("Infinity")},
        {"a": 10**5000},
        {1: "a"},
        {"a": {1: "b"}},
        {"a": "\ud800"},
        {"\ud800": "a"},
        _nested(MAX_DEPTH + 1),
        _nested(100_000),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_has_no_exact_json_form_is_refused(value: Any) -> None:
    with pytest.raises(UnsignableContent):
        sorted_compact(value)


def test_what_has_no_exact_form_is_refused_inside_a_canonical_form_too() -> None:
    with pytest.raises(UnsignableContent):
        canonical_form({"a": {"b": 1.5}})
    with pytest.raises(UnsignableContent):
        canonical_form({"a": {1: "b"}})


def test_the_deepest_allowed_value_is_written() -> None:
    assert sorted_compact(_nested(MAX_DEPTH)) == b"[" * MAX_DEPTH + b"]" * MAX_DEPTH
