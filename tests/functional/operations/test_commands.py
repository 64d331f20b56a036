"""The commands as a person or a machine calls them: a process of its own, output that is not a terminal."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from koogallery.ledger.batch import Batch
from koogallery.outbox import Event
from koogallery.use_cases.correct_usage import acknowledge
from operations.events import app as events_app
from operations.paper import Paper, clean
from operations.usage import app as usage_app
from tests.functional.operations.desk import AT, HOUR, Desk

SCRIPTS = Path(__file__).resolve().parents[3] / "scripts"
NOW = ("--at", "2026-11-21T11:30:00Z")


@pytest.fixture
def billed(desk: Desk) -> Desk:
    """i-1 billed 3.75, i-2 refused 2.5, one dead letter."""
    desk.opened("i-1")
    desk.use("i-1", "1.5", "e-1")
    desk.use("i-1", "2.25", "e-2")
    desk.push()
    return desk


@pytest.fixture
def refused(billed: Desk) -> Desk:
    """i-2 refused 2.5 in the hour after."""
    billed.opened("i-2")
    billed.use("i-2", "2.5", "x-1")
    billed.marketplace.codes["i-2"] = ["003"]
    billed.push()
    return billed


def usage(desk: Desk, *words: str, at: tuple[str, ...] = NOW) -> Result:
    """scripts/usage in this process."""
    return CliRunner().invoke(usage_app, [*words, "--state", desk.state_url, *at], catch_exceptions=False)


def events(desk: Desk, *words: str) -> Result:
    """scripts/events in this process."""
    return CliRunner().invoke(events_app, [*words, "--state", desk.state_url, *NOW], catch_exceptions=False)


def as_json(result: Result) -> Any:
    """The document a command printed."""
    return json.loads(result.stdout)


# -------------------------------------------------------------------------------------------------------- reconcile
def test_reconcile_exits_0_when_all_agrees(billed: Desk) -> None:
    result = usage(billed, "reconcile")

    assert result.exit_code == 0, result.output
    assert "Everything agrees and nothing waits for an operator." in result.stdout
    assert "3.75" in result.stdout


def test_reconcile_exits_1_and_names_what_waits(refused: Desk) -> None:
    result = usage(refused, "reconcile")

    assert result.exit_code == 1
    sn = refused.marketplace.received[-1]["metering_sn"]
    (line,) = [line for line in result.stdout.splitlines() if sn in line]
    assert ("i-2" in line, "2026-11-21T11" in line, "2.5" in line, "003" in line) == (True, True, True, True)
    assert "report-again" in line
    assert "1 waiting for an operator" in result.stdout


def test_reconcile_exits_1_on_damage(billed: Desk) -> None:
    meter = billed.meter("i-1")
    meter.used[""] += 1
    billed.put_meter(meter)

    result = usage(billed, "reconcile")

    assert result.exit_code == 1
    assert "DIFFERS by 1" in result.stdout
    assert "NOT everything agrees" in result.stdout


def test_reconcile_speaks_json(refused: Desk) -> None:
    result = usage(refused, "reconcile", "--json")

    document = as_json(result)
    assert result.exit_code == 1
    assert (document["agrees"], document["clean"]) == (True, False)
    assert document["events"] == {
        "used": "6.25",
        "sealed": "6.25",
        "open": "0",
        "carried": "0",
        "difference": "0",
    }
    assert (document["sealed"]["delivered"], document["sealed"]["rejected"]) == ("3.75", "2.5")
    assert [finding["kind"] for finding in document["waiting"]] == ["rejected"]


def test_long_lists_are_cut_and_counted(billed: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("koogallery.ledger.findings.MAX_LISTED", 2)
    for number in range(5):
        billed.opened(f"d-{number}", dead_letters=(Event(f"m-{number}", 1, "instance.created", "2026", {}),))

    result = usage(billed, "reconcile")

    assert "dead_letter (5)" in result.stdout
    assert "... and 3 more" in result.stdout


# ---------------------------------------------------------------------------------------------------------- explain
@pytest.mark.parametrize(
    "hour",
    ["2026-11-21T10", "2026-11-21T10:00", "2026-11-21T10:00:00Z", "2026-11-21 10", "2026-11-21t10:00:00.000+00:00"],
)
def test_explain_names_quantity_and_metering_sn(billed: Desk, hour: str) -> None:
    result = usage(billed, "explain", "i-1", hour)

    assert result.exit_code == 0, result.output
    sn = billed.marketplace.received[0]["metering_sn"]
    assert any(sn in line and "3.75" in line and "delivered" in line for line in result.stdout.splitlines())
    assert "e-1" in result.stdout


@pytest.mark.parametrize(
    "hour", ["", "10", "yesterday", "2026-11-21", "2026-11-21T10:30", "2026-13-01T10", "2026-11-21T25"]
)
def test_what_is_no_hour_is_a_wrong_call(billed: Desk, hour: str) -> None:
    result = usage(billed, "explain", "i-1", hour)

    assert result.exit_code == 2
    assert "2026-11-21T10" in result.stderr


def test_explain_of_an_unknown_instance_fails(billed: Desk) -> None:
    result = usage(billed, "explain", "nobody", HOUR)
    assert (result.exit_code, "nobody" in result.stderr) == (1, True)


def test_explain_speaks_json(refused: Desk) -> None:
    document = as_json(usage(refused, "explain", "i-2", "2026-11-21T11", "--json"))

    (record,) = document["records"]
    assert document["status"] == "sealed"
    assert (record["status"], record["usage_value"]) == ("rejected", "2.5")
    assert record["batches"][0]["fate"]["code"] == "003"
    assert document["events"][0]["booked_in"] == "2026-11-21T11"


def _no_answer(desk: Desk) -> None:
    desk.marketplace.is_down = True


def _again_later(desk: Desk) -> None:
    desk.marketplace.codes["i-1"] = ["013"]


def _conflict(desk: Desk) -> None:
    desk.marketplace.codes["i-1"] = ["005"]


@pytest.mark.parametrize(
    ("before_push", "says"),
    [
        (_no_answer, ["pending", "it is sent again, the same bytes", "3 attempts"]),
        (_again_later, ["pending", "moved: to batch"]),
        (_conflict, ["conflict(005)", "waits for an operator: compare with the Seller Console"]),
    ],
)
def test_explain_tells_every_way(desk: Desk, before_push: Any, says: list[str]) -> None:
    desk.opened("i-1")
    desk.use("i-1", "1", "e-1")
    before_push(desk)
    desk.push()

    text = usage(desk, "explain", "i-1", HOUR).stdout

    assert [word for word in says if word not in text] == []


def test_explain_tells_of_events_booked_forward(billed: Desk) -> None:
    billed.use("i-1", "10", "late", at=AT)

    assert "forward, from 2026-11-21T10 into 2026-11-21T11" in usage(billed, "explain", "i-1", HOUR).stdout
    assert "open: still takes usage" in usage(billed, "explain", "i-1", "2026-11-21T11").stdout


def test_explain_shows_a_fault(billed: Desk) -> None:
    batch = billed.batch_of("i-1")
    billed.put_batch(Batch(batch.id, batch.body, batch.created_at, batch.attempts, status=batch.status))
    assert "FAULT: batch" in usage(billed, "explain", "i-1", HOUR).stdout


def test_explain_shows_so_many_events_and_counts_the_rest(billed: Desk) -> None:
    for number in range(105):
        billed.use("i-1", "1", f"more-{number}")
    text = usage(billed, "explain", "i-1", "2026-11-21T11").stdout
    assert "Events booked in this hour (105)" in text
    assert "... and 5 more" in text


def test_nothing_from_outside_steers_the_terminal(billed: Desk) -> None:
    acknowledged = "\x1b[31mred\x07\nnew line"
    assert clean(acknowledged) == "?[31mred??new line"
    assert clean("普通 ☃") == "普通 ☃"


def test_a_terminal_gets_tables_that_break_no_number(
    refused: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from operations.usage_views import show_reconciliation, show_story

    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("TERM", "xterm")
    show_story(Paper(), refused.explain("i-2", "2026-11-21T11"))
    show_reconciliation(Paper(), refused.reconcile())
    text = capsys.readouterr().out
    sn = refused.marketplace.received[-1]["metering_sn"]
    assert len([line for line in text.splitlines() if sn in line and "2.5" in line]) == 2
    assert "\u2500" in text


# ------------------------------------------------------------------------------------------------------- corrections
def test_abnormal_and_report_again_from_the_command_line(billed: Desk) -> None:
    sn = billed.marketplace.received[0]["metering_sn"]
    marked = usage(billed, "abnormal", "i-1", HOUR, "--sn", sn, "--code", "003")
    assert (marked.exit_code, usage(billed, "reconcile").exit_code) == (0, 1)

    first = usage(billed, "report-again", "i-1", HOUR, "--json")
    second = usage(billed, "report-again", "i-1", HOUR)

    assert as_json(first)["changed"] is True
    assert "nothing to do" in second.stdout
    assert usage(billed, "reconcile").exit_code == 0
    billed.push()
    assert billed.marketplace.received[-1]["metering_sn"] == as_json(first)["metering_sn"]
    text = usage(billed, "explain", "i-1", HOUR).stdout
    assert f"reported again as {as_json(first)['metering_sn']}" in text
    assert f"reports {sn} again" in text


def test_acknowledge_from_the_command_line(refused: Desk) -> None:
    done = usage(refused, "acknowledge", "i-2", "2026-11-21T11", "--note", "a gift")

    assert done.exit_code == 0
    assert usage(refused, "reconcile").exit_code == 0
    assert "acknowledged by an operator: a gift" in usage(refused, "explain", "i-2", "2026-11-21T11").stdout
    assert acknowledge(refused.services(), "i-2", "2026-11-21T11", None, "a gift").changed is False


@pytest.mark.parametrize(
    "words",
    [
        ("report-again", "i-1", HOUR),
        ("abnormal", "i-1", HOUR, "--code", "not a code"),
        ("acknowledge", "i-1", HOUR, "--note", "no reason"),
        ("report-again", "i-1", HOUR, "--sn", "unknown"),
    ],
)
def test_what_cannot_be_corrected_is_refused_with_a_reason(billed: Desk, words: tuple[str, ...]) -> None:
    result = usage(billed, *words)

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("error: ")
    assert result.stderr.count("\n") == 1


# ---------------------------------------------------------------------------------------------------------- settings
def test_settings_come_from_a_file(billed: Desk, tmp_path: Path) -> None:
    file = tmp_path / "settings"
    file.write_text(f"# where it is\nSTATE_URL={billed.state_url}\n")
    result = CliRunner().invoke(usage_app, ["reconcile", "--env", str(file), *NOW])
    assert result.exit_code == 0


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--state", "sqlite:////nowhere/at/all.db"], "no state at /nowhere/at/all.db"),
        (["--state", "mysql://x"], "begins with sqlite"),
        (["--env", "/nowhere/settings"], "cannot read the settings file"),
        ([], "STATE_URL is missing"),
        (["--state", "sqlite:////nowhere/at/all.db", "--at", "noon"], "--at is no time"),
    ],
)
def test_a_wrong_call_exits_2(words: list[str], says: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STATE_URL", raising=False)
    monkeypatch.setattr("operations.desk._check_file", lambda url: None) if "noon" in words else None
    result = CliRunner().invoke(usage_app, ["reconcile", *words])
    assert (result.exit_code, says in result.stderr) == (2, True), result.stderr


def test_a_state_that_does_not_answer_decides_nothing(billed: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from koogallery.adapters.sqlite_state import SqliteState
    from koogallery.state import StateUnavailable

    def fail(*_: object, **__: object) -> None:
        raise StateUnavailable("the table does not answer")

    monkeypatch.setattr(SqliteState, "query", fail)
    monkeypatch.setattr("koogallery.services._warm", {})
    result = usage(billed, "reconcile")
    assert result.exit_code == 1
    assert "try again" in result.stderr


# ------------------------------------------------------------------------------------------------------------ events
def test_dead_letters_are_listed_and_replayed(desk: Desk) -> None:
    letters = (
        Event("msg_i-1_1", 1, "instance.created", "2026-11-18T10:00:00Z", {}, last_failure="status 500"),
        Event("msg_i-1_2", 2, "instance.frozen", "2026-11-18T10:00:00Z", {}),
    )
    desk.opened("i-1", sequence=2, dead_letters=letters)

    listed = events(desk, "dead")
    assert (listed.exit_code, "msg_i-1_1" in listed.stdout, "status 500" in listed.stdout) == (0, True, True)
    assert len(as_json(events(desk, "dead", "--json"))) == 2

    one = events(desk, "replay", "i-1", "--event", "msg_i-1_2", "--json")
    rest = events(desk, "replay", "--all")

    assert [moved["event_id"] for moved in as_json(one)] == ["msg_i-1_2"]
    assert "msg_i-1_1" in rest.stdout
    assert "no dead letters" in events(desk, "dead").stdout
    assert events(desk, "replay", "i-1").exit_code == 1
    assert events(desk, "replay", "--all").stdout == "0 replayed\n"


@pytest.mark.parametrize("words", [[], ["i-1", "--all"], ["--all", "--event", "x"]])
def test_replay_must_be_told_what(desk: Desk, words: list[str]) -> None:
    desk.opened("i-1")
    assert events(desk, "replay", *words).exit_code == 2


# -------------------------------------------------------------------------------------------------------- executables
@pytest.mark.parametrize("name", ["usage", "events"])
def test_the_executable_runs_the_package(name: str) -> None:
    file = SCRIPTS / name
    assert file.stat().st_mode & stat.S_IXUSR
    assert file.read_text() == f'#!/bin/sh\nexec "$(dirname "$0")/python" -m operations.{name} "$@"\n'


def test_a_process_prints_plain_text(refused: Desk) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "COLUMNS": "20", "FORCE_COLOR": "1"}
    command = [
        sys.executable,
        "-m",
        "operations.usage",
        "explain",
        "i-2",
        "2026-11-21T11",
        "--state",
        refused.state_url,
    ]
    ran = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=60, check=False)

    assert (ran.returncode, ran.stderr) == (0, "")
    assert refused.marketplace.received[-1]["metering_sn"] in ran.stdout
    assert "\x1b" not in ran.stdout
