"""Findings say what to do; the report says each advice once and nothing that steers a terminal."""

from __future__ import annotations

import json

import pytest

from doctor import finding
from doctor.finding import Finding, Verdict
from doctor.report import WIDTH, as_json, as_table

FINDINGS = [
    finding.ok("one.good", "fine"),
    finding.not_checked("two.unseen", "needs credentials", "set them"),
    finding.not_checked("three.unseen", "needs credentials", "set them"),
    finding.problem("four.bad", "broken " * 40, "mend it"),
]


def test_what_is_not_well_says_what_to_do() -> None:
    with pytest.raises(ValueError, match="does not say what to do"):
        Finding("some.check", Verdict.WARNING, "odd")


def test_only_problems_count_as_problems() -> None:
    assert finding.has_problems(FINDINGS)
    assert not finding.has_problems(FINDINGS[:3])


def test_the_table_tells_the_same_advice_once_and_counts() -> None:
    lines = as_table(FINDINGS).splitlines()
    assert [line.split()[0] for line in lines if "unseen" in line] == ["not", "not"]
    assert sum("-> set them" in line for line in lines) == 1
    assert lines.index(next(line for line in lines if "-> set them" in line)) > lines.index(
        next(line for line in lines if "three.unseen" in line)
    )
    assert all(len(line) <= WIDTH for line in lines)
    assert lines[-1] == "1 ok, 0 warnings, 1 problems, 2 not checked"


def test_the_table_holds_nothing_that_steers_a_terminal() -> None:
    assert "\x1b" not in as_table([finding.ok("check", "said \x1b[31m by a server")])


def test_the_json_holds_every_member() -> None:
    document = json.loads(as_json(FINDINGS))
    assert document["problems"] == 1
    assert document["findings"][1] == {
        "check": "two.unseen",
        "verdict": "not checked",
        "seen": "needs credentials",
        "todo": "set them",
    }
