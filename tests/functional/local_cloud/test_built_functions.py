"""Functions of a build run in clean processes of their own, and fail as the platform's do."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from bundle_packages import Build, Options, PackagingError, Target, build
from bundle_template import Bundle, read_template
from koogallery.clock import FrozenClock, SystemClock
from local_cloud.built_functions import BuiltFunctions, opened
from local_cloud.errors import FunctionFailed, FunctionTimedOut, ReplyRefused, UsageError
from tests.functional.local_cloud.sample_bundle import write_bundle
from tests.support.packages import other_python

SETTINGS = {"STATE_URL": "sqlite:////s", "ARCHIVE_URL": "file:///a", "GREETING": "hello", "HIDDEN": "h-u-s-h"}
NOTHING: Mapping[str, Any] = {"body": ""}
PROBE = """
import os, sys

calls = []

def handler(event, context):
    calls.append(1)
    context.clock.sleep(60)
    return {
        "calls": len(calls),
        "now": context.clock.now().isoformat(),
        "folder": os.getcwd(),
        "file": __file__,
        "path": sys.path,
        "left": context.getRemainingTimeInMilliSeconds(),
        "isolated": [sys.flags.isolated, sys.flags.no_site],
        "pid": os.getpid(),
    }
"""
BROKEN = """
import os

def handler(event, context):
    if event["body"] == "exit":
        os._exit(3)
    if event["body"] == "set":
        return {1, 2}
    if event["body"] == "raise":
        raise ValueError("private")
    print("printed")
    return {"pid": os.getpid()}
"""


def _built(root: Path, functions: Mapping[str, str]) -> tuple[Bundle, Build]:
    bundle = read_template(write_bundle(root, **functions))
    return bundle, build(bundle, Target.here(), root / "out", Options())


@contextmanager
def running(root: Path, timeout: int = 3, **functions: str) -> Iterator[BuiltFunctions]:
    bundle, made = _built(root, functions)
    shorter = {name: replace(component, timeout=timeout) for name, component in bundle.components.items()}
    with opened(replace(bundle, components=shorter), SETTINGS, made.folder) as found:
        yield found


def call(functions: BuiltFunctions, name: str, body: str = "") -> Any:
    return functions.call(name, {"body": body}, SystemClock(), "request-1")


def test_an_instance_is_clean_stays_warm_and_shares_the_callers_clock(tmp_path: Path) -> None:
    clock = FrozenClock(datetime(2026, 11, 21, 10, 5, tzinfo=timezone.utc))
    with running(tmp_path, probe=PROBE) as functions:
        first: Any = functions.call("probe", NOTHING, clock, "request-1")
        second: Any = functions.call("probe", NOTHING, clock, "request-2")
    assert (first["calls"], second["calls"]) == (1, 2)
    assert first["pid"] == second["pid"] != os.getpid()
    assert second["now"] == "2026-11-21T10:07:00+00:00"
    assert first["left"] == 0
    assert first["isolated"] == [1, 1]
    assert Path(first["file"]).parent == Path(first["path"][0]) == Path(first["folder"]) / "code"
    assert not [folder for folder in first["path"] if "site-packages" in folder or "scripts" in folder]


def test_encrypted_settings_do_not_reach_the_environment(tmp_path: Path) -> None:
    with running(tmp_path) as functions:
        reply = call(functions, "settings")
    assert json.loads(reply["body"]) == {
        "given": {"STATE_URL": "sqlite:////s", "ARCHIVE_URL": None, "GREETING": "hello", "HIDDEN": "h-u-s-h"},
        "environment": ["STATE_URL", "GREETING"],
    }


def test_the_initializer_runs_once(tmp_path: Path) -> None:
    with running(tmp_path) as functions:
        replies = [call(functions, "sweep") for _ in range(2)]
    assert [reply["initialized"] for reply in replies] == [["sweep"], ["sweep"]]


def test_what_a_function_does_wrong_is_told_apart_and_its_output_is_a_log(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with running(tmp_path, broken=BROKEN) as functions:
        before = call(functions, "broken")["pid"]
        with pytest.raises(FunctionFailed, match="raised ValueError"):
            call(functions, "broken", "raise")
        with pytest.raises(ReplyRefused, match="no JSON: set"):
            call(functions, "broken", "set")
        assert call(functions, "broken")["pid"] == before
        with pytest.raises(FunctionFailed, match="in the middle of a call"):
            call(functions, "broken", "exit")
        assert call(functions, "broken")["pid"] != before
    told = capsys.readouterr()
    assert "printed" in told.err
    assert "ValueError: private" in told.err
    assert told.out == ""


def test_a_call_that_takes_too_long_is_ended_with_its_process(tmp_path: Path) -> None:
    slow = "import time\n\ndef handler(event, context):\n    time.sleep(60)\n"
    with running(tmp_path, timeout=1, slow=slow) as functions:
        with pytest.raises(FunctionTimedOut):
            call(functions, "slow")
        assert call(functions, "settings")["statusCode"] == 200


def test_a_function_that_cannot_be_loaded_says_so_each_time(tmp_path: Path) -> None:
    with running(tmp_path, broken="import no_such_module\n\nhandler = 1\n") as functions:
        for _ in range(2):
            with pytest.raises(FunctionFailed, match="raised ModuleNotFoundError"):
                call(functions, "broken")


def test_a_build_that_does_not_fit_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bundle, made = _built(tmp_path, {})
    with pytest.raises(PackagingError, match="holds no build"), opened(bundle, SETTINGS, tmp_path):
        pass
    more = replace(bundle, components={**bundle.components, "later": bundle.components["echo"]})
    with pytest.raises(UsageError, match="lacks the function later"), opened(more, SETTINGS, made.folder):
        pass
    manifest = made.folder / "build.json"
    manifest.write_text(manifest.read_text().replace(made.target.python, other_python()))
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    with pytest.raises(UsageError, match="which this machine has not"), opened(bundle, SETTINGS, made.folder):
        pass
