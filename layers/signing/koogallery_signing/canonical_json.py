"""JSON as the signatures need it: read once and strictly, written again byte for byte.

Sources: SaaS guide V2.0, HTTP body signature (members ascending, nulls dropped); the exact bytes (escapes, nothing
but the top level sorted) follow the vendor's sample project, whose serialiser is Jackson with its defaults.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import TypeAlias, cast

from koogallery_signing.errors import Fault, SignatureRejected, UnsignableContent

JsonValue: TypeAlias = "bool | int | Decimal | str | list[JsonValue] | dict[str, JsonValue] | None"
JsonObject: TypeAlias = "dict[str, JsonValue]"

MAX_BODY_BYTES = 4 * 1024 * 1024
MAX_DEPTH = 32
MAX_NUMBER_LENGTH = 400
MAX_EXPONENT = 308
MAX_INTEGER_BITS = 4 * MAX_NUMBER_LENGTH

# The second alternative also takes an unterminated string, so that no input is scanned twice.
_BRACKET_OR_STRING = re.compile(r'[\[\]{}]|"[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?\Z)', re.DOTALL)
_SURROGATE_ESCAPE = re.compile(r"\\u[dD][89a-fA-F]")
_BETWEEN = re.compile(r"[ \t\r\n:,]*")
_DECODER = json.JSONDecoder()
_ESCAPED = re.compile(r'["\\\x00-\x1f]')
_ESCAPES = {chr(code): f"\\u{code:04X}" for code in range(0x20)} | {
    "\b": "\\b",
    "\t": "\\t",
    "\n": "\\n",
    "\f": "\\f",
    "\r": "\\r",
    '"': '\\"',
    "\\": "\\\\",
}


class WireDecimal(Decimal):
    """A JSON number with a fraction or an exponent (or ``-0``): a Decimal whose ``str()`` is the received text."""

    __slots__ = ("_text",)
    _text: str

    def __new__(cls, text: str) -> WireDecimal:
        number = super().__new__(cls, text)
        number._text = text
        return number

    def __str__(self) -> str:
        return self._text


class _Refused(ValueError):
    """The text is JSON to the standard library but not to us."""


def parse_object(raw: bytes, *, max_bytes: int = MAX_BODY_BYTES, keeps_big_numbers: bool = False) -> JsonObject:
    """Read a received body once, for business and for its canonical form.

    UTF-8 without byte order mark, one object, no member twice, no NaN or Infinity, no half surrogate pair, at most
    ``MAX_DEPTH`` levels. Integers become ``int``, other numbers ``WireDecimal``. With ``keeps_big_numbers`` a number
    out of range becomes a Decimal NaN, for readers who judge one member at a time; otherwise it makes the body
    malformed. Raises SignatureRejected (MALFORMED_BODY).
    """
    if len(raw) > max_bytes:
        raise SignatureRejected(f"the body is longer than {max_bytes} bytes", Fault.MALFORMED_BODY)
    try:
        parsed = _parse(raw.decode("utf-8"), _or_nan if keeps_big_numbers else _or_refused)
    except ValueError as exc:
        raise SignatureRejected(_describe(exc), Fault.MALFORMED_BODY) from exc
    if not isinstance(parsed, dict):
        raise SignatureRejected("the body is not a JSON object", Fault.MALFORMED_BODY)
    return parsed


def member_texts(raw: bytes) -> dict[str, str]:
    """Return the text of each top-level member as it stands in a body that ``parse_object`` has taken."""
    text = raw.decode("utf-8")
    texts: dict[str, str] = {}
    position = _skip(text, text.index("{") + 1)
    while text[position] != "}":
        name, position = _DECODER.raw_decode(text, position)
        begin = _skip(text, position)
        _, position = _DECODER.raw_decode(text, begin)
        texts[name] = text[begin:position]
        position = _skip(text, position)
    return texts


def canonical_form(body: bytes | Mapping[str, object]) -> bytes:
    """Return the payload of the 2.0 callback signatures: raw bytes are parsed first.

    Top-level nulls dropped, top-level members ascending by UTF-16 code units, everything below as received, compact,
    non-ASCII and ``/`` raw, numbers as received.
    """
    members = parse_object(body) if isinstance(body, bytes) else body
    kept = {name: value for name, value in members.items() if value is not None}
    return _encoded(_write_object(_ascending(kept), _as_is, 1))


def sorted_compact(value: object) -> bytes:
    """Return compact JSON, members ascending at every level, non-ASCII and ``/`` raw (usage push, "sorted naturally").

    Takes what ``parse_object`` returns or plain Python values; a ``Decimal`` is written without exponent. A float is
    refused: it does not hold the amount the seller wrote.
    """
    return _encoded(_write(value, _ascending, 0))


def compact(value: object) -> str:
    """Return compact JSON of a value in its given order, as it stands inside a canonical form."""
    return _write(value, _as_is, 0)


def code_units(name: str) -> bytes:
    """Return a key that sorts as Java's ``String.compareTo`` does: by UTF-16 code units."""
    return name.encode("utf-16-be", "surrogatepass")


def _skip(text: str, position: int) -> int:
    """Past blanks, colons and commas: the text is known to be JSON, so they stand where they belong."""
    between = _BETWEEN.match(text, position)
    return between.end() if between else position


_Number: TypeAlias = Callable[[str], "int | Decimal"]


def _or_refused(read: _Number) -> _Number:
    return read


def _or_nan(read: _Number) -> _Number:
    def number(text: str) -> int | Decimal:
        try:
            return read(text)
        except _Refused:
            return Decimal("NaN")

    return number


def _parse(text: str, or_else: Callable[[_Number], _Number]) -> object:
    _check_depth(text)
    parsed: object = json.loads(
        text,
        object_pairs_hook=_object,
        parse_int=or_else(_integer),
        parse_float=or_else(_decimal),
        parse_constant=_constant,
    )
    if _SURROGATE_ESCAPE.search(text):
        # Only escapes can bring in half a pair, and only an encoder notices it.
        json.dumps(parsed, ensure_ascii=False, default=str).encode("utf-8")
    return parsed


def _check_depth(text: str) -> None:
    if text.count("{") + text.count("[") <= MAX_DEPTH:
        return
    depth = 0
    for match in _BRACKET_OR_STRING.finditer(text):
        found = match[0]
        if found in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise _Refused(f"nested deeper than {MAX_DEPTH} levels")
        elif found in "]}":
            depth -= 1


def _object(pairs: list[tuple[str, JsonValue]]) -> JsonObject:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _Refused("a member name occurs twice")
    return members


def _integer(text: str) -> int | Decimal:
    if len(text) > MAX_NUMBER_LENGTH:
        raise _Refused("a number is too long")
    return WireDecimal(text) if text == "-0" else int(text)


def _decimal(text: str) -> Decimal:
    if len(text) > MAX_NUMBER_LENGTH:
        raise _Refused("a number is too long")
    number = WireDecimal(text)
    # int() of a huge exponent would fill the memory of whoever uses the number.
    if abs(number.adjusted()) > MAX_EXPONENT:
        raise _Refused("a number is out of range")
    return number


def _constant(name: str) -> object:
    raise _Refused(f"{name} is no JSON")


def _describe(exc: ValueError) -> str:
    if isinstance(exc, json.JSONDecodeError):
        return f"the body is not JSON: {exc.msg}, character {exc.pos}"
    if isinstance(exc, UnicodeDecodeError):
        return f"the body is not UTF-8 at byte {exc.start}"
    if isinstance(exc, UnicodeEncodeError):
        return "the body holds half a surrogate pair"
    return f"the body is refused: {exc}"


_Order: TypeAlias = Callable[[Mapping[str, object]], Iterable[tuple[str, object]]]


def _as_is(members: Mapping[str, object]) -> Iterable[tuple[str, object]]:
    return members.items()


def _ascending(members: Mapping[str, object]) -> list[tuple[str, object]]:
    if not all(isinstance(name, str) for name in members):
        raise UnsignableContent("a member name is no text")
    return sorted(members.items(), key=lambda member: code_units(member[0]))


def _encoded(text: str) -> bytes:
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError as exc:
        raise UnsignableContent("a text holds half a surrogate pair") from exc


def _write(value: object, order: _Order, depth: int) -> str:
    if isinstance(value, str):
        return _write_text(value)
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, (int, Decimal)):
        return _write_number(value)
    if depth >= MAX_DEPTH:
        raise UnsignableContent(f"nested deeper than {MAX_DEPTH} levels")
    if isinstance(value, Mapping):
        return _write_object(order(cast("Mapping[str, object]", value)), order, depth + 1)
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(_write(item, order, depth + 1) for item in value) + "]"
    raise UnsignableContent(f"a {type(value).__name__} has no exact JSON form")


def _write_object(members: Iterable[tuple[str, object]], order: _Order, depth: int) -> str:
    return "{" + ",".join(f"{_write_text(name)}:{_write(value, order, depth)}" for name, value in members) + "}"


def _write_text(text: object) -> str:
    if not isinstance(text, str):
        raise UnsignableContent("a member name is no text")
    return '"' + _ESCAPED.sub(lambda match: _ESCAPES[match[0]], text) + '"'


def _write_number(number: int | Decimal) -> str:
    if isinstance(number, WireDecimal):
        return str(number)
    if isinstance(number, int):
        if number.bit_length() > MAX_INTEGER_BITS:
            raise UnsignableContent("a number is too long")
        # Not str(): an IntEnum would print its name.
        return int.__repr__(number)
    if not number.is_finite():
        raise UnsignableContent("a number is not finite")
    return format(number, "f")
