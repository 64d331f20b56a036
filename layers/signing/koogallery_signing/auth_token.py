"""The ``authToken`` of the 1.0 interfaces: query parameter of the GET callbacks, header of the kit's POST calls.

::

    authToken = base64(HMAC-SHA256(Key + timeStamp, "name=value&name=value…"))

All parameters but ``authToken`` itself, decoded, sorted by name. Source: SaaS guide V1.0, "request authentication",
and the vendor's sample (sorting, empty values). That several readings of one query string are tried is inferred:
see ``query_readings``.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias
from urllib.parse import unquote, unquote_plus

from koogallery_signing.canonical_json import JsonObject, code_units, compact, member_texts
from koogallery_signing.errors import Fault, SignatureRejected
from koogallery_signing.keyring import Keyring

MAX_QUERY_LENGTH: Final = 32 * 1024
MAX_PARAMETERS: Final = 100
MAX_TIME_STAMP_LENGTH: Final = 20
TOKEN: Final = "authToken"  # noqa: S105 - the name of a parameter
TIME_STAMP: Final = "timeStamp"

Pairs: TypeAlias = list[tuple[str, str]]
_Readings: TypeAlias = Callable[[Mapping[str, str]], Iterator[tuple[str, Mapping[str, str]]]]
"""Parameters as received → in turn (name of a reading, parameters the marketplace may have signed)."""

_TOKEN_FORM = re.compile(r"[A-Za-z0-9+/]{43}=")
_TIME_STAMP_FORM = re.compile(rf"[\x21-\x7e]{{1,{MAX_TIME_STAMP_LENGTH}}}")
_EMBEDDED_NAME = re.compile(r"&([^&=]+)=")


@dataclass(frozen=True)
class VerifiedQuery:
    """A GET callback whose token holds.

    ``parameters`` are those that were signed, in the reading that matched, without the token: use nothing else.
    ``key_index`` says which key of the ring fitted (0 = current), ``reading`` how the query string was read.
    """

    parameters: dict[str, str] = field(repr=False)
    key_index: int
    reading: str


@dataclass(frozen=True)
class VerifiedBody:
    """A kit POST call whose token holds; ``reading`` says whether blank values were signed, and which text of lists."""

    key_index: int
    reading: str


def sign(key: str, parameters: Mapping[str, str]) -> str:
    """Return the token for decoded parameters; ``timeStamp`` must be among them, ``authToken`` is left out.

    Every parameter given is signed, an empty value as ``name=``: leave out what the other side leaves out.
    """
    pairs = _sorted((name, value) for name, value in parameters.items() if name != TOKEN)
    return _token(key, parameters[TIME_STAMP], _string_to_sign(pairs))


def sign_body(key: str, body: JsonObject) -> str:
    """Return the token for a kit body: blank values are left out, integers are plain decimals."""
    texts = {name: text for name, text in _texts(body).items() if text.strip()}
    return _token(key, texts[TIME_STAMP], _string_to_sign(_sorted(texts.items())))


def verify_query(
    *, keyring: Keyring, query_string: str, required: Collection[str] = (TIME_STAMP, "activity")
) -> VerifiedQuery:
    """Check a GET callback from its raw query string (without ``?``).

    Read in turn as form data, percent-decoded only, and both decoded once more; each with empty values kept, then
    left out. Of a repeated name the first value counts. A token may stand raw in the URL. Raises SignatureRejected.
    """
    # Imported when needed, here and below: a cold start pays for every import.
    from koogallery_signing.query_readings import of_query_string

    if len(query_string) > MAX_QUERY_LENGTH:
        raise SignatureRejected("the query string is too long", Fault.MALFORMED_PARAMETER)
    pairs = [
        (unquote_plus(name), value)
        for name, _, value in (piece.partition("=") for piece in query_string.split("&") if piece)
    ]
    return _verify_pairs(keyring, _first_of_each(pairs), required, of_query_string)


def verify_parameters(
    *,
    keyring: Keyring,
    parameters: Mapping[str, str | list[str]],
    required: Collection[str] = (TIME_STAMP, "activity"),
) -> VerifiedQuery:
    """Check a GET callback of which only parsed parameters are left, as an API gateway hands them on.

    Tried in turn: the values as they are, blanks put back to ``+`` in the base64 parameters, then in all (the gateway
    decoded a raw ``+``), decoded as form data and percent-decoded (the gateway did not decode), blanks put back to
    ``+`` in every other way (a raw ``+`` beside a ``%20``). Of a list the first value counts. Raises SignatureRejected.
    """
    pairs = [
        (name, value if isinstance(value, str) else value[0])
        for name, value in parameters.items()
        if isinstance(value, str) or value
    ]
    if sum(len(name) + len(value) for name, value in pairs) > MAX_QUERY_LENGTH:
        raise SignatureRejected("the parameters are too long", Fault.MALFORMED_PARAMETER)
    return _verify_pairs(keyring, _first_of_each(pairs), required, _readings_of_parsed)


def verify_body(*, keyring: Keyring, auth_token: str | None, raw_body: bytes, parsed_body: JsonObject) -> VerifiedBody:
    """Check a kit POST call: token of the header ``authToken`` against all top-level members of the body.

    ``parsed_body`` is what ``canonical_json.parse_object(raw_body)`` gave. Blank values left out first, then kept;
    lists and objects as compact JSON, then as they stand in the body. Raises SignatureRejected.
    """
    if not auth_token:
        raise SignatureRejected("the authToken is missing", Fault.MISSING_PARAMETER)
    token = _well_formed_token(auth_token)
    texts = _texts(parsed_body)
    time_stamp = _well_formed_time_stamp(texts.get(TIME_STAMP, ""))
    for form, received in _nested_texts(raw_body, parsed_body, texts):
        kept = _sorted(received.items())
        left_out = [(name, text) for name, text in kept if text.strip()]
        for reading, pairs in (("blank values left out", left_out), ("blank values kept", kept)):
            key_index = _matching_key(keyring, token, time_stamp, pairs)
            if key_index is not None:
                return VerifiedBody(key_index, reading + form)
    raise SignatureRejected("no key gives the received authToken", Fault.MISMATCH)


def _nested_texts(
    raw_body: bytes, parsed_body: JsonObject, texts: dict[str, str]
) -> Iterator[tuple[str, dict[str, str]]]:
    """Compact, then as received: 1.0 sends lists as texts, so nothing says how a real list is signed."""
    yield "", texts
    nested = [name for name, value in parsed_body.items() if isinstance(value, (list, dict))]
    if nested:
        received = member_texts(raw_body)
        yield ", lists as received", {**texts, **{name: received[name] for name in nested}}


def _readings_of_parsed(received: Mapping[str, str]) -> Iterator[tuple[str, Mapping[str, str]]]:
    yield "as received", received
    from koogallery_signing.query_readings import further_of_parsed

    yield from further_of_parsed(received)


def _verify_pairs(
    keyring: Keyring,
    received: dict[str, str],
    required: Collection[str],
    readings: _Readings,
) -> VerifiedQuery:
    _check_received(received, required)
    token = _well_formed_token(received.pop(TOKEN))
    for reading_name, parameters in readings(received):
        kept = _sorted(parameters.items())
        time_stamp = _well_formed_time_stamp(dict(kept)[TIME_STAMP])
        left_out = [(name, value) for name, value in kept if value]
        for empty, pairs in (("kept", kept), ("left out", left_out)):
            key_index = _matching_key(keyring, token, time_stamp, pairs)
            if key_index is not None:
                return VerifiedQuery(dict(pairs), key_index, f"{reading_name}, empty values {empty}")
    raise SignatureRejected("no key and no reading gives the received authToken", Fault.MISMATCH)


def _check_received(received: dict[str, str], required: Collection[str]) -> None:
    missing = [name for name in (TOKEN, TIME_STAMP, *required) if not received.get(name)]
    if missing:
        raise SignatureRejected(f"missing: {', '.join(dict.fromkeys(missing))}", Fault.MISSING_PARAMETER)
    if len(received) > MAX_PARAMETERS:
        raise SignatureRejected(f"more than {MAX_PARAMETERS} parameters", Fault.MALFORMED_PARAMETER)


def _first_of_each(pairs: Pairs) -> dict[str, str]:
    first: dict[str, str] = {}
    for name, value in pairs:
        first.setdefault(name, value)
    return first


def _well_formed_token(received: str) -> str:
    # A raw + becomes a blank in a form decoder; base64 knows neither blanks nor percent signs.
    decoded = unquote(received)
    # A blank in front may be a plus sign as well: only what fits in no other way is stripped.
    for text in (decoded, decoded.strip(" ")):
        token = unquote(text.replace(" ", "+"))
        if _TOKEN_FORM.fullmatch(token):
            return token
    raise SignatureRejected("the authToken is not 44 base64 characters", Fault.MISMATCH)


def _well_formed_time_stamp(received: str) -> str:
    if not received:
        raise SignatureRejected("the timeStamp is missing", Fault.MISSING_PARAMETER)
    if not _TIME_STAMP_FORM.fullmatch(received):
        raise SignatureRejected("the timeStamp is no time", Fault.MALFORMED_PARAMETER)
    return received


def _matching_key(keyring: Keyring, token: str, time_stamp: str, pairs: Pairs) -> int | None:
    text = _string_to_sign(pairs)
    for index, key in enumerate(keyring):
        if hmac.compare_digest(_token(key, time_stamp, text), token):
            _refuse_moved_borders(pairs)
            return index
    return None


def _refuse_moved_borders(pairs: Pairs) -> None:
    # "a=1&b=2" may be two parameters or one whose value is "1&b=2": without this a captured call could be
    # rearranged, for example to hide its testFlag inside the value of its neighbour. What means nothing needs no
    # hiding: an address like https://…?id=1&v=2 in a list of users is nothing but that.
    for position, (name, value) in enumerate(pairs):
        following = pairs[position + 1][0] if position + 1 < len(pairs) else None
        for embedded in _meaningful(_EMBEDDED_NAME.findall(value)):
            if code_units(name) < code_units(embedded) and (
                following is None or code_units(embedded) < code_units(following)
            ):
                raise SignatureRejected("a value looks like two parameters", Fault.MALFORMED_PARAMETER)
        if "&" in name or "=" in name:
            raise SignatureRejected("a name looks like two parameters", Fault.MALFORMED_PARAMETER)


def _meaningful(names: Collection[str]) -> Collection[str]:
    if not names:
        return names
    from koogallery_signing.v1_parameters import NAMES

    return NAMES.intersection(names)


def _texts(body: JsonObject) -> dict[str, str]:
    return {
        name: value if isinstance(value, str) else compact(value) for name, value in body.items() if value is not None
    }


def _sorted(pairs: Iterable[tuple[str, str]]) -> Pairs:
    return sorted(pairs, key=lambda pair: code_units(pair[0]))


def _string_to_sign(pairs: Pairs) -> bytes:
    # surrogatepass: half a pair can be received but never signed, so it ends as a mismatch.
    return "&".join(f"{name}={value}" for name, value in pairs).encode("utf-8", "surrogatepass")


def _token(key: str, time_stamp: str, string_to_sign: bytes) -> str:
    digest = hmac.new((key + time_stamp).encode("utf-8"), string_to_sign, hashlib.sha256).digest()
    return base64.b64encode(digest).decode("ascii")
