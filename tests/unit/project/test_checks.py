"""``scripts/test``: runs everything, says what happened, never hides a failure."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from checks import node_servers, steps
from checks.steps import Step, all_steps, chosen_steps, main, run_steps, side_by_side


def step(name: str, status: int, ran: list[str]) -> Step:
    """A step that notes that it ran."""

    def run() -> int:
        ran.append(name)
        return status

    return Step(name, run)


class Processes:
    """Stands for ``subprocess.run``."""

    def __init__(self, status: int = 0) -> None:
        self.status = status
        self.commands: list[Sequence[str]] = []
        self.environments: list[Mapping[str, str]] = []

    def __call__(self, command: Sequence[str], **options: Any) -> subprocess.CompletedProcess[bytes]:
        self.commands.append(command)
        self.environments.append(options["env"])
        return subprocess.CompletedProcess(command, self.status)


def test_all_passed_only_if_all_passed(capsys: pytest.CaptureFixture[str]) -> None:
    ran: list[str] = []
    assert run_steps([step("a", 0, ran), step("b", 0, ran)]) == 0
    assert capsys.readouterr().out.splitlines()[-1].startswith("scripts/test: all 2 steps passed")


def test_a_failed_step_does_not_keep_the_others_from_running(capsys: pytest.CaptureFixture[str]) -> None:
    ran: list[str] = []
    assert run_steps([step("a", 0, ran), step("b", 3, ran), step("c", 0, ran), step("d", 1, ran)]) == 1
    assert ran == ["a", "b", "c", "d"]
    output = capsys.readouterr().out
    assert "[2/4] b: FAILED with exit status 3" in output
    assert output.splitlines()[-1].endswith("s: b, d")
    assert "all 4" not in output


@pytest.mark.parametrize(("first", "second", "expected"), [(0, 0, 0), (3, 0, 3), (0, -9, -9), (2, 1, 2)])
def test_steps_side_by_side_both_run_and_pass_only_if_both_do(first: int, second: int, expected: int) -> None:
    ran: list[str] = []
    assert side_by_side(step("a", first, ran), step("b", second, ran)).run() == expected
    assert sorted(ran) == ["a", "b"]


def test_what_is_compiled_is_kept_for_the_next_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    processes = Processes()
    monkeypatch.setattr("checks.steps.subprocess.run", processes)
    run_steps(all_steps()[:1])
    (environment,) = processes.environments
    assert "PYTHONDONTWRITEBYTECODE" not in environment


def test_without_options_everything_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    processes = Processes()
    monkeypatch.setattr("checks.steps.subprocess.run", processes)
    monkeypatch.setattr(steps, "install", lambda: 0)
    assert run_steps(all_steps()) == 0
    said = [" ".join(map(str, command)) for command in processes.commands]
    for tool in ("ruff check", "ruff format --check", "mypy", "lint-imports", "pytest"):
        assert any(tool in command for command in said)
    assert any("--cov" in command for command in said)


def test_options_go_to_pytest_and_nothing_else_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    processes = Processes(status=1)
    monkeypatch.setattr("checks.steps.subprocess.run", processes)
    monkeypatch.setattr(steps, "install", lambda: 0)
    assert main(["-k", "test_x"]) == 1
    assert [list(command[1:]) for command in processes.commands] == [["-m", "pytest", "-k", "test_x"]]
    assert len(chosen_steps(["-k", "test_x"])) == 2


@pytest.mark.parametrize("option", ["--help", "-h"])
def test_help_runs_nothing(option: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    processes = Processes()
    monkeypatch.setattr("checks.steps.subprocess.run", processes)
    assert main([option]) == 0
    assert "usage: scripts/test" in capsys.readouterr().out
    assert processes.commands == []


def test_the_command_takes_its_exit_status_from_the_checks() -> None:
    result = subprocess.run([sys.executable, "-m", "checks", "--help"], capture_output=True, check=False)
    assert result.returncode == 0
    assert result.stdout.startswith(b"usage: scripts/test")


@pytest.fixture
def servers(tmp_path: Path) -> Path:
    """A folder with a lock and nothing installed."""
    (tmp_path / "package-lock.json").write_text("{}")
    (tmp_path / "node_modules").mkdir()
    return tmp_path


def test_the_servers_are_installed_once(servers: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    processes = Processes()
    monkeypatch.setattr("checks.node_servers.subprocess.run", processes)
    assert node_servers.install(servers) == 0
    assert node_servers.install(servers) == 0
    assert [list(command[1:2]) for command in processes.commands] == [["ci"]]


def test_a_changed_lock_installs_them_again(servers: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    processes = Processes()
    monkeypatch.setattr("checks.node_servers.subprocess.run", processes)
    node_servers.install(servers)
    (servers / "package-lock.json").write_text('{"changed": true}')
    node_servers.install(servers)
    assert len(processes.commands) == 2


def test_a_failed_install_is_no_install(servers: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("checks.node_servers.subprocess.run", Processes(status=7))
    assert node_servers.install(servers) == 7
    assert not node_servers.is_installed(servers)
