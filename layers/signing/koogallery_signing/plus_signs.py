"""Plus signs that a gateway's form decoder turned into blanks.

A sender that percent-encodes leaves ``+`` raw and writes a blank as ``%20``. Decoded as form data both are blanks, and
what was signed can only be found by trying. Whatever is tried has to fit the signature, so nothing is trusted for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Final

MAX_BLANKS: Final = 6
"""Blanks of all values together up to which every mixture is tried: 62 of them at most."""


def mixtures(parameters: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """Yield the parameters with some, but neither none nor all of their blanks as plus signs."""
    blanks = sum(value.count(" ") for value in parameters.values())
    if blanks > MAX_BLANKS:
        return
    for signs in product(" +", repeat=blanks):
        if len(set(signs)) == 2:
            rest = iter(signs)
            yield {name: _filled(value, rest) for name, value in parameters.items()}


def _filled(value: str, signs: Iterator[str]) -> str:
    first, *others = value.split(" ")
    return first + "".join(next(signs) + other for other in others)
