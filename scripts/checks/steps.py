"""The steps of ``scripts/test`` and what is said about them."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from checks.node_servers import install

ROOT = Path(__file__).resolve().parents[2]
HELP = """\
usage: scripts/test [PYTEST OPTION ...]

Without options: ruff, the formatter, mypy, import-linter, and all tests with coverage.
Every step runs even when an earlier one has failed. Exit status 0 only if all of them passed.

With options: only pytest runs, with those options and without coverage, for instance
  scripts/test tests/functional/state
  scripts/test -k test_old_timestamp_is_refused
"""


@dataclass(frozen=True)
class Step:
    """One check: a name to say and what to run; it passes when ``run`` returns 0."""

    name: str
    run: Callable[[], int]


def tool(name: str, *options: str) -> Step:
    """A step that runs a module of the environment in the project's folder."""
    return Step(" ".join([name, *options]), lambda: _run_module(name, options))


def side_by_side(*steps: Step) -> Step:
    """Steps that each keep one processor busy, or wait for the network, as one; its status is the first failure's."""

    def run() -> int:
        with ThreadPoolExecutor(len(steps)) as pool:
            statuses = list(pool.map(lambda step: step.run(), steps))
        return next((status for status in statuses if status), 0)

    return Step(", and beside it ".join(step.name for step in steps), run)


def compiling_the_tests() -> Step:
    """Collects the tests, which leaves them compiled: two workers that are traced would each take twice as long.

    What it says is left out, as the tests' own step says it again.
    """
    command = [sys.executable, "-m", "pytest", "--collect-only", "--quiet"]
    return Step("compiling the tests", lambda: _run(command, stdout=subprocess.DEVNULL))


def all_steps() -> list[Step]:
    """What ``scripts/test`` does without options."""
    return [
        tool("ruff", "check"),
        tool("ruff", "format", "--check"),
        side_by_side(tool("mypy"), compiling_the_tests(), Step("servers for tests", install)),
        Step("lint-imports", lambda: _run([_executable("lint-imports")])),
        tool("pytest", "-n", "2", "--dist", "worksteal", "--cov", "--cov-report=term"),
    ]


def chosen_steps(options: Sequence[str]) -> list[Step]:
    """What ``scripts/test`` does with options for pytest."""
    return [Step("servers for tests", install), tool("pytest", *options)]


def run_steps(steps: Sequence[Step]) -> int:
    """Run all, say how each one went, and return the exit status."""
    begin = time.monotonic()
    failed = [step.name for number, step in enumerate(steps, 1) if not _passes(step, f"[{number}/{len(steps)}]")]
    seconds = time.monotonic() - begin
    if failed:
        _say(f"FAILED after {seconds:.0f} s: {', '.join(failed)}")
        return 1
    _say(f"all {len(steps)} steps passed in {seconds:.0f} s")
    return 0


def main(arguments: Sequence[str]) -> int:
    """Run what the arguments ask for; returns the exit status."""
    if any(argument in ("-h", "--help") for argument in arguments):
        print(HELP, end="")
        return 0
    return run_steps(chosen_steps(arguments) if arguments else all_steps())


def _passes(step: Step, position: str) -> bool:
    _say(f"{position} {step.name}")
    begin = time.monotonic()
    status = step.run()
    outcome = "passed" if status == 0 else f"FAILED with exit status {status}"
    _say(f"{position} {step.name}: {outcome} ({time.monotonic() - begin:.0f} s)")
    return status == 0


def _run_module(name: str, options: Sequence[str]) -> int:
    return _run([sys.executable, "-m", name, *options])


def _run(command: Sequence[str], stdout: int | None = None) -> int:
    # The tools find each other, and node, beside the interpreter.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    # The tests start the project's programs a hundred times: what is compiled once is kept.
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return subprocess.run(command, cwd=ROOT, env={**inherited, "PATH": path}, stdout=stdout, check=False).returncode


def _executable(name: str) -> str:
    return str(Path(sys.executable).parent / name)


def _say(text: str) -> None:
    print(f"scripts/test: {text}", flush=True)
