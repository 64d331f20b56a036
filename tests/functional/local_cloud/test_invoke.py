"""scripts/invoke: one function, once; the exit status says how it went."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from bundle_template.bundle import Bundle
from bundle_template.reading import read_template
from local_cloud.invoke import MAX_EVENT_BYTES, command
from tests.functional.local_cloud.sample_bundle import write_bundle

APIG_EVENT: dict[str, Any] = {"body": "e30=", "isBase64Encoded": True, "headers": {"x": "1"}, "httpMethod": "POST"}
AT = "2026-11-21T10:05:00Z"


@pytest.fixture
def template(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("STATE_URL", "ARCHIVE_URL", "GREETING", "HIDDEN"):
        monkeypatch.delenv(name, raising=False)
    return write_bundle(tmp_path)


def _invoke(template: Path, *arguments: str, event: object = None) -> Result:
    given = json.dumps(event) if not isinstance(event, (str, bytes)) else event
    extra = ["--event", "-"] if event is not None else []
    return CliRunner().invoke(command, [*arguments, *extra, "--template", str(template)], input=given)


def _reply(result: Result) -> dict[str, Any]:
    assert result.exit_code == 0, result.stderr
    reply: dict[str, Any] = json.loads(result.stdout)
    return reply


def test_the_reply_alone_is_on_stdout(template: Path) -> None:
    result = _invoke(template, "echo", event=APIG_EVENT)
    reply = _reply(result)
    assert set(reply) == {"statusCode", "headers", "isBase64Encoded", "body"}
    assert result.stdout.count("\n") == 1
    assert "a line a function printed" in result.stderr


def test_the_event_is_passed_on_as_it_is(template: Path, tmp_path: Path) -> None:
    file = tmp_path / "event.json"
    file.write_text(json.dumps(APIG_EVENT), encoding="utf-8")
    reply = _reply(_invoke(template, "echo", "--event", str(file)))
    assert json.loads(reply["body"])["event"] == APIG_EVENT


def test_at_sets_the_clock_of_a_function_without_a_timer(template: Path) -> None:
    reply = _reply(_invoke(template, "echo", "--at", AT, event=APIG_EVENT))
    now = datetime.fromisoformat(json.loads(reply["body"])["now"])
    assert timedelta(0) <= now - datetime(2026, 11, 21, 10, 5, tzinfo=timezone.utc) < timedelta(minutes=1)


def test_at_is_the_time_of_a_timer_event(template: Path) -> None:
    reply = _reply(_invoke(template, "sweep", "--at", AT))
    assert reply["event"] == {
        "version": "v1.0",
        "time": "2026-11-21T18:05:00+08:00",
        "trigger_type": "TIMER",
        "trigger_name": "every_minute",
        "user_event": '{"share":"1 of 1"}',
    }


def test_at_leaves_the_clock_of_a_timer_function_alone(tmp_path: Path) -> None:
    source = "def handler(event, context):\n    return str(context.clock.now())\n\ndef initialize(context): ...\n"
    result = _invoke(write_bundle(tmp_path, sweep=source), "sweep", "--at", "2020-01-01T00:00:00Z")
    assert not json.loads(result.stdout).startswith("2020")


def test_without_at_a_timer_event_carries_now(template: Path) -> None:
    time = datetime.fromisoformat(_reply(_invoke(template, "sweep"))["event"]["time"])
    assert abs(datetime.now(timezone.utc) - time) < timedelta(minutes=1)


def test_a_timer_function_takes_an_event_too(template: Path) -> None:
    event = {"trigger_type": "TIMER", "time": "2026-01-01T00:00:00Z", "user_event": "2 of 3"}
    assert _reply(_invoke(template, "sweep", event=event))["event"] == event
    moved = _reply(_invoke(template, "sweep", "--at", AT, event=event))["event"]
    assert moved == event | {"time": "2026-11-21T18:05:00+08:00"}


def test_the_initializer_runs_first_and_once(template: Path) -> None:
    assert _reply(_invoke(template, "sweep"))["initialized"] == ["sweep"]


def test_a_settings_file_goes_over_the_environment_and_options_over_both(
    template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("STATE_URL", "GREETING", "HIDDEN"):
        monkeypatch.setenv(name, "of the environment")
    env = tmp_path / "settings.env"
    env.write_text("STATE_URL=of the file\nHIDDEN=of the file\nODD_NAME=1\n", encoding="utf-8")
    result = _invoke(template, "settings", "--env", str(env), "--state", "of the option", event=APIG_EVENT)
    body = json.loads(_reply(result)["body"])
    assert body["given"] == {
        "STATE_URL": "of the option",
        "ARCHIVE_URL": None,
        "GREETING": "of the environment",
        "HIDDEN": "of the file",
    }
    assert "ODD_NAME" in result.stderr


def test_settings_do_not_stay_in_the_environment(template: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HIDDEN", "h-u-s-h")
    body = json.loads(_reply(_invoke(template, "settings", event=APIG_EVENT))["body"])
    assert (body["given"]["HIDDEN"], body["environment"]) == ("h-u-s-h", [])


@pytest.mark.parametrize("body", ["e30=", "bGVhdmU="])
def test_a_function_that_raises_ends_with_1(template: Path, body: str) -> None:
    result = _invoke(template, "fails", event=APIG_EVENT | {"body": body})
    assert (result.exit_code, result.stdout) == (1, "")
    assert "function fails raised" in result.stderr
    assert "Traceback" in result.stderr


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("def handler(event, context):\n    return {1, 2}\n", "no JSON"),
        ("import nothing_of_that_name\n", "cannot be loaded"),
        ("handler = 1\n", "cannot be loaded"),
    ],
)
def test_a_function_without_a_reply_ends_with_1(tmp_path: Path, source: str, problem: str) -> None:
    result = _invoke(write_bundle(tmp_path, echo=source), "echo", event=APIG_EVENT)
    assert (result.exit_code, result.stdout) == (1, "")
    assert problem in result.stderr


def test_a_function_beyond_its_timeout_ends_with_1(template: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def hurried(path: Path) -> Bundle:
        bundle = read_template(path)
        slow = replace(bundle.components["slow"], timeout=0)
        return replace(bundle, components={**bundle.components, "slow": slow})

    monkeypatch.setattr("local_cloud.invoke.read_template", hurried)
    result = _invoke(template, "slow", event=APIG_EVENT)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "did not return within 0 s" in result.stderr


def test_nothing_is_printed_as_the_empty_text(tmp_path: Path) -> None:
    result = _invoke(write_bundle(tmp_path, echo="def handler(event, context):\n    pass\n"), "echo", event={})
    assert (result.exit_code, result.stdout) == (0, '""\n')


@pytest.mark.parametrize(("function", "reason"), [("malformed", "headers is missing"), ("authorize", "statusCode")])
def test_a_reply_the_gateway_would_refuse_is_warned_of(template: Path, function: str, reason: str) -> None:
    result = _invoke(template, function, event={"body": "eyJhY3Rpdml0eSI6ImJyZWFrIn0="})
    assert result.exit_code == 0
    assert f"the gateway would refuse this reply: {reason}" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "event", "problem"),
    [
        (["nobody"], {}, "unknown function 'nobody'"),
        (["echo"], None, "give its event with --event"),
        (["echo", "--event", "/nowhere/event.json"], None, "cannot read the event"),
        (["echo"], "no json", "no JSON"),
        (["echo"], "[1]", "no JSON object"),
        (["echo"], "[" * 100_000, "no JSON"),
        (["sweep", "--at", "yesterday"], None, "--at is no time"),
        (["sweep", "--at", ""], None, "--at is no time"),
        (["sweep", "--at", "2026-11-21T10:05:00"], None, "--at has no zone"),
        (["sweep", "--at", "9999-12-31T23:59:59Z"], None, "--at lies outside the years 1971 to 9998"),
        (["echo", "--at", "0001-01-01T00:00:00+08:00"], {}, "--at lies outside the years 1971 to 9998"),
        (["sweep", "--env", "/nowhere/settings.env"], None, "cannot read the settings file"),
        (["sweep", "--frozen"], None, "--frozen"),
        ([], None, "FUNCTION"),
    ],
)
def test_a_wrong_call_ends_with_2(template: Path, arguments: list[str], event: object, problem: str) -> None:
    result = _invoke(template, *arguments, event=event)
    assert (result.exit_code, result.stdout) == (2, "")
    assert problem in result.stderr


def test_an_endless_event_ends_with_2(template: Path) -> None:
    result = _invoke(template, "echo", event=" " * (MAX_EVENT_BYTES + 1))
    assert result.exit_code == 2
    assert "more than" in result.stderr


def test_a_broken_template_ends_with_2_and_its_line(template: Path) -> None:
    template.write_text(template.read_text().replace("function: sweep", "function: swap"))
    result = _invoke(template, "echo", event={})
    assert result.exit_code == 2
    assert "unknown function 'swap'" in result.stderr
    assert f"{template}:" in result.stderr


def test_a_function_without_a_file_ends_with_2(template: Path) -> None:
    (template.parent / "functions" / "echo" / "index.py").unlink()
    result = _invoke(template, "echo", event={})
    assert result.exit_code == 2
    assert "function echo has no file functions/echo/index.py" in result.stderr


def test_help_names_the_options_of_the_contract() -> None:
    result = CliRunner().invoke(command, ["--help"])
    assert result.exit_code == 0
    assert all(option in result.stdout for option in ("--event", "--at", "--env", "--state", "--archive"))


def test_one_call_needs_no_web_server(template: Path) -> None:
    code = (
        "import sys; from local_cloud.invoke import command\n"
        "try: command(sys.argv[1:])\n"
        "finally: print(*sorted({name.partition('.')[0] for name in sys.modules}), file=sys.stderr)\n"
    )
    arguments = [sys.executable, "-c", code, "sweep", "--template", str(template)]
    done = subprocess.run(arguments, capture_output=True, text=True, check=True, timeout=60, env=dict(os.environ))
    assert json.loads(done.stdout)["initialized"] == ["sweep"]
    assert not {"uvicorn", "starlette", "croniter", "rich", "boto3"} & set(done.stderr.split())
