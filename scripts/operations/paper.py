"""Prints for people: tables with rich on a terminal, plain aligned columns elsewhere. Nothing is ever wrapped or cut,
so that what is searched for (a ``metering_sn``, a quantity) stands on one line.
"""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Sequence

Row = Sequence[object]
WIDE = 10_000
_TINTS = {
    "delivered": "green",
    "agrees": "green",
    "pending": "yellow",
    "unbatched": "yellow",
    "open": "yellow",
    "archived": "dim",
}
_BAD = ("rejected", "conflict", "expired", "abnormal", "lost", "missing", "DIFFERS", "fault")


class Paper:
    """One command's output."""

    def __init__(self) -> None:
        self._is_terminal = sys.stdout.isatty()
        if isinstance(sys.stdout, io.TextIOWrapper):
            # An id in letters that the terminal does not know must not end the command.
            sys.stdout.reconfigure(errors="backslashreplace")

    def line(self, text: str = "") -> None:
        """One line of text."""
        print(clean(text))

    def heading(self, text: str) -> None:
        """A title with an empty line before it."""
        print()
        if self._is_terminal:
            from rich.text import Text

            self._print(Text(clean(text), style="bold"))
        else:
            print(clean(text))

    def table(self, columns: Sequence[str], rows: Sequence[Row]) -> None:
        """Rows under column names; a column name beginning with ``>`` is aligned to the right."""
        cells = [[clean(str(cell)) for cell in row] for row in rows]
        if self._is_terminal:
            self._rich_table(columns, cells)
        else:
            self._plain_table(columns, cells)

    def _plain_table(self, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        names = [column.removeprefix(">") for column in columns]
        widths = [max(len(line[i]) for line in [names, *rows]) for i in range(len(names))]
        for line in [names, *rows]:
            cells = [
                cell.rjust(width) if column.startswith(">") else cell.ljust(width)
                for cell, width, column in zip(line, widths, columns, strict=True)
            ]
            print(("  " + "  ".join(cells)).rstrip())

    def _rich_table(self, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        from rich import box
        from rich.table import Table
        from rich.text import Text

        table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
        for column in columns:
            table.add_column(
                Text(column.removeprefix(">")), no_wrap=True, justify="right" if column.startswith(">") else "left"
            )
        for row in rows:
            table.add_row(*(Text(cell, style=_tint(cell)) for cell in row))
        self._print(table)

    def _print(self, content: object) -> None:
        from rich.console import Console

        Console(width=WIDE, highlight=False).print(content, soft_wrap=True)


def print_json(content: object) -> None:
    """For machines: one JSON document."""
    print(json.dumps(content, indent=2))


def clean(text: str) -> str:
    """Ids and notes come from outside: nothing that steers a terminal, no line ends."""
    return "".join(c if c.isprintable() else "?" for c in text)


def _tint(cell: str) -> str:
    word = cell.split(" ", 1)[0].split("(", 1)[0]
    return _TINTS.get(word, "red" if word in _BAD else "")
