"""Findings: what a check saw and what is to be done about it."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass


class Verdict(str, enum.Enum):
    """How a check ended."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"
    NOT_CHECKED = "not checked"


@dataclass(frozen=True)
class Finding:
    """One result. ``check`` is a stable id such as ``settings.present``; ``todo`` is empty only when all is well."""

    check: str
    verdict: Verdict
    seen: str
    todo: str = ""

    def __post_init__(self) -> None:
        """A finding that is not ok and does not say what to do is a defect of the check."""
        if self.verdict is not Verdict.OK and not self.todo:
            raise ValueError(f"finding {self.check} does not say what to do")


def ok(check: str, seen: str) -> Finding:
    """All is well."""
    return Finding(check, Verdict.OK, seen)


def warning(check: str, seen: str, todo: str) -> Finding:
    """It may work, but somebody should look."""
    return Finding(check, Verdict.WARNING, seen, todo)


def problem(check: str, seen: str, todo: str) -> Finding:
    """It does not work like this."""
    return Finding(check, Verdict.PROBLEM, seen, todo)


def not_checked(check: str, why: str, todo: str) -> Finding:
    """It could not be looked at."""
    return Finding(check, Verdict.NOT_CHECKED, why, todo)


def has_problems(findings: Iterable[Finding]) -> bool:
    """Whether anything does not work."""
    return any(finding.verdict is Verdict.PROBLEM for finding in findings)
