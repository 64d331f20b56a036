"""What is wrong with a template. Nothing here goes away by trying again, so there is no retryable branch."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

MAX_SHOWN = 20


class Problem(NamedTuple):
    """One fault: its line and what to do about it."""

    line: int
    text: str


class TemplateError(Exception):
    """The template says something the cloud would refuse; every line of the text begins with ``file:line:``.

    ``line`` and ``problem`` are those of the first fault, ``problems`` holds all, in the order of the file.
    """

    code = "template_error"

    def __init__(self, path: Path, line: int, problem: str, more: Sequence[Problem] = ()) -> None:
        self.problems = (Problem(line, problem), *more)
        shown = [f"{path}:{fault.line}: {fault.text}" for fault in self.problems[:MAX_SHOWN]]
        if len(self.problems) > MAX_SHOWN:
            shown.append(f"{path}: and {len(self.problems) - MAX_SHOWN} more")
        super().__init__("\n".join(shown))
        self.path = path
        self.line = line
        self.problem = problem


def refusal(path: Path, problems: Sequence[Problem]) -> TemplateError:
    """All faults of one template as one error, sorted by line, each once; there has to be one at least."""
    first, *more = sorted(dict.fromkeys(problems), key=lambda problem: problem.line)
    return TemplateError(path, first.line, first.text, more)
