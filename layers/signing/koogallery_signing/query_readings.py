"""What the sender of a 1.0 callback may have signed, when all that is left is what arrived.

Which decoder stood between the two is not known: every reading that has been seen is tried, likeliest first. All of it
is inferred, and stands here and in ``plus_signs`` alone. Whatever is tried has to fit the token, so nothing is trusted
for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final, TypeAlias
from urllib.parse import unquote, unquote_plus

from koogallery_signing.plus_signs import mixtures

# Values that are base64 on the wire: a blank in them can only have been a plus sign.
BASE64_PARAMETERS: Final = frozenset({"mobilePhone", "email", "saasExtendParams"})

Named: TypeAlias = Iterator[tuple[str, dict[str, str]]]
"""In turn: name of a reading, the parameters in it."""
_Reading: TypeAlias = Callable[[str, str], str]
"""(name, text) → the text the marketplace may have signed."""


def of_query_string(received: Mapping[str, str]) -> Named:
    """Values as they stand in the query string: form data, percent-decoded only, and both decoded once more."""
    return _in_turn(received, _RAW)


def further_of_parsed(received: Mapping[str, str]) -> Named:
    """Values that a gateway parsed and that were not signed as they are.

    Blanks put back to ``+`` in the base64 parameters, then in all; decoded as form data, then percent-decoded (the
    gateway did not decode); blanks put back in every other way (a raw ``+`` beside a ``%20``).
    """
    yield from _in_turn(received, _PARSED)
    settled = {name: _plus_in_base64(name, value) for name, value in received.items()}
    yield from (("plus in some", mixture) for mixture in mixtures(settled))


def _in_turn(received: Mapping[str, str], readings: Iterable[tuple[str, _Reading]]) -> Named:
    for title, reading in readings:
        try:
            parameters = {name: reading(name, value) for name, value in received.items()}
        except UnicodeDecodeError:
            # Not UTF-8 in this reading: it cannot be the one that was signed.
            continue
        yield title, parameters


def _form(_name: str, text: str) -> str:
    return unquote_plus(text, errors="strict")


def _percent(_name: str, text: str) -> str:
    return unquote(text, errors="strict")


def _plus_in_base64(name: str, text: str) -> str:
    return text.replace(" ", "+") if name in BASE64_PARAMETERS else text


def _plus_in_all(_name: str, text: str) -> str:
    return text.replace(" ", "+")


def _twice(reading: _Reading) -> _Reading:
    return lambda name, text: reading(name, reading(name, text))


_RAW: Final[tuple[tuple[str, _Reading], ...]] = (
    ("form", _form),
    ("percent", _percent),
    ("form, twice", _twice(_form)),
    ("percent, twice", _twice(_percent)),
)
_PARSED: Final[tuple[tuple[str, _Reading], ...]] = (
    ("plus in base64", _plus_in_base64),
    ("plus everywhere", _plus_in_all),
    ("form", _form),
    ("percent", _percent),
)
