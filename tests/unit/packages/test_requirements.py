"""Pins are taken for the target, whatever Python reads them."""

from __future__ import annotations

from pathlib import Path

import pytest

from bundle_packages.errors import PinsUnusable, SourceMissing
from bundle_packages.requirements import read_pins
from bundle_packages.target import Target
from tests.support.packages import SHA

PROJECT = Path(__file__).parents[3] / "layers" / "vendor" / "requirements.txt"
HASH = f"--hash=sha256:{SHA}"


def _file(folder: Path, text: str) -> Path:
    file = folder / "requirements.txt"
    file.write_text(text, encoding="utf-8")
    return file


def test_markers_are_decided_for_the_target_not_for_the_running_python(tmp_path: Path) -> None:
    file = _file(
        tmp_path,
        f"old==1.0 ; python_full_version < '3.11' {HASH}\nnew==2.0 ; python_full_version >= '3.11' {HASH}\n",
    )
    assert [pin.name for pin in read_pins(file, Target("3.10"))] == ["old"]
    assert [pin.name for pin in read_pins(file, Target("3.12"))] == ["new"]


def test_a_platform_marker_is_that_of_the_cloud(tmp_path: Path) -> None:
    file = _file(tmp_path, f"a==1.0 ; sys_platform == 'win32' {HASH}\nb==1.0 ; platform_machine == 'x86_64' {HASH}\n")
    assert [pin.name for pin in read_pins(file, Target())] == ["b"]


def test_the_pin_that_pip_is_given_has_no_marker_left(tmp_path: Path) -> None:
    file = _file(tmp_path, f"# a comment\n\nSome_Name==1.0 ; python_version > '3' \\\n    {HASH} \\\n    {HASH}\n")
    (pin,) = read_pins(file, Target())
    assert pin.line == f"some-name==1.0 {HASH} {HASH}"


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("loose>=1.0", "exact version"),
        (f"loose>=1.0 {HASH}", "exact version"),
        ("unhashed==1.0", "its hashes"),
        ("== what is this", "no pinned requirement"),
        (f"twice==1.0 {HASH}\ntwice==2.0 {HASH}", "twice"),
    ],
)
def test_what_is_not_pinned_is_refused(tmp_path: Path, line: str, problem: str) -> None:
    with pytest.raises(PinsUnusable, match=problem):
        read_pins(_file(tmp_path, line + "\n"), Target())


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceMissing, match=r"none\.txt"):
        read_pins(tmp_path / "none.txt", Target())


@pytest.mark.parametrize("python", ["3.10", "3.12"])
def test_the_projects_own_pins_fit_every_python_of_the_cloud(python: str) -> None:
    assert {"botocore", "cryptography", "urllib3"} <= {pin.name for pin in read_pins(PROJECT, Target(python))}
