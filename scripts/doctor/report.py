"""Prints findings: a table for people, JSON for machines."""

from __future__ import annotations

import json
import textwrap
from collections import Counter
from collections.abc import Sequence

from doctor.finding import Finding, Verdict

WIDTH = 118
INDENT = 13
_TAGS = {Verdict.OK: "ok", Verdict.WARNING: "WARNING", Verdict.PROBLEM: "PROBLEM", Verdict.NOT_CHECKED: "not checked"}


def as_json(findings: Sequence[Finding]) -> str:
    """``{"findings": [{"check", "verdict", "seen", "todo"}], "problems": n}``."""
    listed = [
        {"check": one.check, "verdict": one.verdict.value, "seen": one.seen, "todo": one.todo} for one in findings
    ]
    problems = sum(one.verdict is Verdict.PROBLEM for one in findings)
    return json.dumps({"findings": listed, "problems": problems}, indent=2, ensure_ascii=False)


def as_table(findings: Sequence[Finding]) -> str:
    """A line for each check, below it what to do, at the end the counts."""
    widest = max((len(finding.check) for finding in findings), default=0)
    lines: list[str] = []
    for finding, following in zip(findings, [*findings[1:], None], strict=True):
        head = f"{_TAGS[finding.verdict]:<{INDENT}}{finding.check:<{widest}}  "
        lines += _wrapped(head, finding.seen)
        # What several findings in a row ask for is said once, after the last of them.
        if finding.todo and not (following and following.todo == finding.todo):
            lines += _wrapped(" " * INDENT + "-> ", finding.todo)
    return "\n".join([*lines, "", summary(findings)])


def summary(findings: Sequence[Finding]) -> str:
    """``31 ok, 2 warnings, 0 problems, 12 not checked``."""
    counts = Counter(finding.verdict for finding in findings)
    return (
        f"{counts[Verdict.OK]} ok, {counts[Verdict.WARNING]} warnings, "
        f"{counts[Verdict.PROBLEM]} problems, {counts[Verdict.NOT_CHECKED]} not checked"
    )


def _wrapped(head: str, text: str) -> list[str]:
    plain = "".join(character if character.isprintable() else "?" for character in text)
    room = max(WIDTH - len(head), 40)
    lines = textwrap.wrap(plain, room, break_long_words=False, break_on_hyphens=False) or [""]
    return [head + lines[0], *(" " * len(head) + line for line in lines[1:])]
