"""Where wheels come from: one download for the same pins, hashes checked, faults told apart."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from bundle_packages.errors import DownloadFailed, InstallerMissing, PackagingError, PinsUnusable
from bundle_packages.requirements import Pin
from bundle_packages.sources import FromEnvironment, FromIndex
from bundle_packages.target import Target
from tests.support.packages import SHA, other_python, wheel

CONTENT, DIGEST = wheel({"words.py": "x = 1", "words-1.0.data/purelib/more.py": "", "words-1.0.data/scripts/words": ""})
PIN = Pin("words", "1.0", (f"sha256:{DIGEST}",))


class Pip:
    """Stands for the pip process: writes the wheel, or fails as it is told to."""

    def __init__(self, content: bytes = CONTENT, status: int = 0, stderr: str = "") -> None:
        self.commands: list[list[str]] = []
        self.requirements: list[str] = []
        self._content = content
        self._outcome = (status, stderr)

    def __call__(self, command: Sequence[str], **_: Any) -> subprocess.CompletedProcess[str]:
        self.commands.append(list(command))
        self.requirements.append(Path(command[-1 - self._tail(command)]).read_text(encoding="utf-8"))
        folder = Path(command[command.index("--dest") + 1])
        folder.mkdir()
        if self._outcome[0] == 0:
            (folder / "words-1.0-py3-none-any.whl").write_bytes(self._content)
        return subprocess.CompletedProcess(command, self._outcome[0], "", self._outcome[1])

    @staticmethod
    def _tail(command: Sequence[str]) -> int:
        return len(command) - command.index("--requirement") - 2


def _use(monkeypatch: pytest.MonkeyPatch, pip: Pip) -> Pip:
    monkeypatch.setattr("bundle_packages.sources.subprocess.run", pip)
    return pip


def _quiet(_: str) -> None:
    """Nobody listens."""


def test_wheels_are_asked_for_by_the_targets_tags_with_hashes_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pip = _use(monkeypatch, Pip())
    (found,) = FromIndex(tmp_path).distributions([PIN], Target("3.12"), _quiet)
    assert found.files == {"words.py": b"x = 1", "more.py": b""}
    (command,) = pip.commands
    assert pip.requirements == [f"words==1.0 --hash=sha256:{DIGEST}\n"]
    for option in ("--require-hashes", "--no-deps", "--only-binary=:all:"):
        assert option in command
    told = {name: command[command.index(name) + 1] for name in ("--platform", "--implementation", "--python-version")}
    assert told == {"--platform": "manylinux2014_x86_64", "--implementation": "cp", "--python-version": "3.12"}


def test_the_same_pins_are_downloaded_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pip, source = _use(monkeypatch, Pip()), FromIndex(tmp_path)
    for _ in range(2):
        source.distributions([PIN], Target(), _quiet)
    assert len(pip.commands) == 1
    source.distributions([PIN], Target("3.12"), _quiet)
    assert len(pip.commands) == 2


@pytest.mark.parametrize(
    ("pip", "error"),
    [
        (Pip(status=1, stderr="ERROR: Could not find a version"), DownloadFailed),
        (Pip(status=1, stderr="/usr/bin/python: No module named pip"), InstallerMissing),
    ],
)
def test_a_failed_download_is_tried_again_next_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pip: Pip, error: type[PackagingError]
) -> None:
    _use(monkeypatch, pip)
    for _ in range(2):
        with pytest.raises(error):
            FromIndex(tmp_path).distributions([PIN], Target(), _quiet)
    assert len(pip.commands) == 2
    assert list(tmp_path.iterdir()) == []


def test_a_kept_wheel_that_was_changed_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _use(monkeypatch, Pip())
    FromIndex(tmp_path).distributions([PIN], Target(), _quiet)
    (kept,) = tmp_path.rglob("*.whl")
    kept.write_bytes(CONTENT + b"!")
    with pytest.raises(DownloadFailed, match="was changed"):
        FromIndex(tmp_path).distributions([PIN], Target(), _quiet)
    kept.unlink()
    with pytest.raises(DownloadFailed, match="lacks wheels of words"):
        FromIndex(tmp_path).distributions([PIN], Target(), _quiet)


def test_what_is_installed_serves_the_running_python_alone() -> None:
    with pytest.raises(PinsUnusable, match="does not fit"):
        FromEnvironment().distributions([PIN], Target(other_python()), _quiet)
    with pytest.raises(PinsUnusable, match="does not fit"):
        FromEnvironment().distributions([PIN], Target(Target.here().python), _quiet)


def test_what_is_installed_has_to_be_what_is_pinned() -> None:
    with pytest.raises(PinsUnusable, match=r"0\.0\.1 is pinned"):
        FromEnvironment().distributions([Pin("six", "0.0.1", (SHA,))], Target.here(), _quiet)
    with pytest.raises(PinsUnusable, match="not installed"):
        FromEnvironment().distributions([Pin("no-such-package", "1", (SHA,))], Target.here(), _quiet)
