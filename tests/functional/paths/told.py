"""What docs/interfaces.md has to say about the rows of the matrix."""

from __future__ import annotations

from collections.abc import Iterator

from tests.functional.paths.documented import DOCUMENTED, NEVER, Never
from tests.functional.paths.matrix import ROWS
from tests.functional.paths.rows import Row

PARTS = tuple(dict.fromkeys(row.part for row in ROWS))
"""Headings whose interfaces the matrix drives."""


def rows_of(part: str, name: str) -> list[Row]:
    """The rows of an interface; the joint kit has one for each generation."""
    return [row for row in ROWS if (row.part, row.name) == (part, name)]


def codes_of(row: Row) -> list[str]:
    """The codes that its tests lead to."""
    return sorted({row.success, *row.troubles})


def cell(part: str, name: str) -> str:
    """Ids of the rows, and the codes they lead to."""
    rows = rows_of(part, name)
    ids = ", ".join(f"`{row.id}`" for row in rows)
    (codes,) = {", ".join(codes_of(row)) for row in rows}
    return f"{ids}: {codes}"


def exceptions(part: str) -> list[str]:
    """One line for each group of documented codes that no row leads to."""
    kinds = dict.fromkeys(row.kind for row in ROWS if row.part == part)
    return list(dict.fromkeys(line for one in NEVER for line in _lines(one, [*kinds])))


def _lines(one: Never, kinds: list[str]) -> Iterator[str]:
    for kind in kinds:
        names = [name for name in DOCUMENTED[kind] if name in one.names] if kind in one.kinds else []
        if names:
            whom = "every call" if len(names) == len(DOCUMENTED[kind]) > 1 else ", ".join(f"`{name}`" for name in names)
            yield f"* {', '.join(one.codes)} of {whom}: {one.why}."
