"""Tells the story to a person: acts, short lines with the time and who does something. Colours on a terminal only."""

from __future__ import annotations

from typing import Final

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from koogallery.clock import Clock

WIDTH: Final = 110
MARKETPLACE, BUNDLE, PRODUCT = "Marketplace", "Bundle", "Product"
_STYLES: Final = {MARKETPLACE: "red", BUNDLE: "cyan", PRODUCT: "magenta"}


class Voice:
    """Writes to a console; the times are the story's."""

    def __init__(self, console: Console, clock: Clock) -> None:
        self._console = console
        self._clock = clock
        self._acts = 0

    def act(self, title: str, *explanation: str) -> None:
        """Begin a part of the story."""
        self._acts += 1
        self._console.print()
        self._console.print(Text(f"{self._acts}. {title}", style="bold"))
        for paragraph in explanation:
            self.remark(paragraph)

    def remark(self, text: str) -> None:
        """What a reader should know."""
        self._console.print(Text(text, style="italic"))

    def marketplace(self, text: str) -> None:
        """The marketplace does something."""
        self._line(MARKETPLACE, text)

    def bundle(self, text: str) -> None:
        """The bundle does something."""
        self._line(BUNDLE, text)

    def product(self, text: str) -> None:
        """The seller's product does something."""
        self._line(PRODUCT, text)

    def show(self, thing: RenderableType) -> None:
        """A table."""
        self._console.print(thing)

    def outcome(self, text: str, *, good: bool) -> None:
        """A result, good or bad."""
        word = ("ok   ", "bold green") if good else ("WRONG", "bold red")
        grid = Table.grid(padding=(0, 2, 0, 0))
        grid.add_row(Text(f"  {word[0]}", style=word[1]), Text(text))
        self._console.print(grid)

    def _line(self, who: str, text: str) -> None:
        grid = Table.grid(padding=(0, 2, 0, 0))
        grid.add_column(style="dim", no_wrap=True)
        grid.add_column(width=len(MARKETPLACE), style=_STYLES[who], no_wrap=True)
        grid.add_column()
        grid.add_row(f"  {self._clock.now():%H:%M}", who, Text(text))
        self._console.print(grid)


def console() -> Console:
    """The console of a command; as wide as ``WIDTH`` where the output is no terminal."""
    found = Console(highlight=False)
    return found if found.is_terminal else Console(highlight=False, width=WIDTH)
