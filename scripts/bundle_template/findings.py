"""What checks find, and the checks of lists that several blocks share."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from difflib import get_close_matches
from typing import NamedTuple

from bundle_template.lines import Location


class Finding(NamedTuple):
    """A fault at one place of the template."""

    location: Location
    problem: str


def unknown(kind: str, name: str, known: Collection[str]) -> str:
    """The problem with a name that nothing has, and the likeliest one that was meant."""
    return f"unknown {kind} {name!r}{meant(name, known)}"


def meant(name: str, known: Collection[str]) -> str:
    """A question in brackets when something known looks like the name, else nothing."""
    close = get_close_matches(name, known, n=1)
    return f" (did you mean {close[0]!r}?)" if close else ""


def check_unique(names: Sequence[str], place: Location, member: str | None = None) -> Iterator[Finding]:
    """Each name once; the names stand at ``place``, or in the ``member`` of each of its items."""
    for index, name in enumerate(names):
        if name in names[:index]:
            yield Finding((*place, index, *([member] if member else [])), f"{name!r} appears a second time")


def check_count(items: Sequence[object], most: int, what: str, place: Location) -> Iterator[Finding]:
    """At most so many items; ``what`` names them in the plural."""
    if len(items) > most:
        yield Finding((*place, most), f"more than {most} {what}")
