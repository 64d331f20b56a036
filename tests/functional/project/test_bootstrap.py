"""``scripts/python``: makes the environment when it must, and is out of the way when it need not."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import bootstrap

ROOT = Path(__file__).resolve().parents[3]
FAKE_BASE_PYTHON = """\
#!/bin/sh
# Stands for the machine's Python: $1 is -c when it is tried out, bootstrap.py when it installs.
[ "$1" = "-c" ] && exit {usable}
echo "install" >>"{log}"
[ {installs} = 0 ] || exit {installs}
mkdir -p "$2/.venv/bin"
cp "{log}.python" "$2/.venv/bin/python"
cp "$2/requirements.lock" "$2/.venv/installed.lock"
echo "$2" >"$2/.venv/installed.root"
"""
FAKE_PYTHON = """\
#!/bin/sh
echo "ran" "$@"
exit 5
"""


class Checkout:
    """A checkout with the real scripts/python, and a fake Python that installs in no time."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.log = root.with_name("installs.log")
        self.base = root.with_name("base-python")
        (root / "scripts").mkdir(parents=True)
        for name in ("python", "bootstrap.py"):
            shutil.copy(ROOT / "scripts" / name, root / "scripts" / name)
        (root / "requirements.lock").write_text("")
        _executable(Path(f"{self.log}.python"), FAKE_PYTHON)
        self.set_base()

    def set_base(self, *, usable: int = 0, installs: int = 0) -> None:
        """What the fake Python's two jobs end with."""
        _executable(self.base, FAKE_BASE_PYTHON.format(usable=usable, installs=installs, log=self.log))

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """scripts/python with standard input closed."""
        return subprocess.run(
            ["/bin/sh", "-c", 'exec "$@" <&-', "sh", str(self.root / "scripts" / "python"), *arguments],
            env={"PATH": os.defpath, "PYTHON": str(self.base), **environment},
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
        )

    @property
    def installs(self) -> int:
        """How often something was installed."""
        return self.log.read_text().count("install") if self.log.exists() else 0


def _executable(file: Path, text: str) -> None:
    file.write_text(text)
    file.chmod(0o755)


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """A fresh clone in a folder with a space in its name."""
    return Checkout(tmp_path / "a clone")


def test_a_fresh_clone_is_installed_once_and_the_program_runs(checkout: Checkout) -> None:
    results = [checkout.run("-m", "package", "two words") for _ in range(2)]
    assert [(result.stdout, result.returncode) for result in results] == [("ran -m package two words\n", 5)] * 2
    assert results[1].stderr == ""
    assert checkout.installs == 1


def test_a_changed_lock_is_installed(checkout: Checkout) -> None:
    checkout.run()
    (checkout.root / "requirements.lock").write_text("package==1\n")
    checkout.run()
    checkout.run()
    assert checkout.installs == 2


def test_an_install_that_was_cut_short_is_done_again(checkout: Checkout) -> None:
    checkout.run()
    (checkout.root / ".venv" / "installed.root").unlink()
    checkout.run()
    assert checkout.installs == 2


def test_a_copied_checkout_gets_an_environment_of_its_own(checkout: Checkout, tmp_path: Path) -> None:
    checkout.run()
    shutil.copytree(checkout.root, tmp_path / "copy")
    copied = subprocess.run(
        [str(tmp_path / "copy" / "scripts" / "python")],
        env={"PATH": os.defpath, "PYTHON": str(checkout.base)},
        check=False,
    )
    assert copied.returncode == 5
    assert checkout.installs == 2


def test_an_environment_whose_python_is_gone_is_made_again(checkout: Checkout) -> None:
    checkout.run()
    (checkout.root / ".venv" / "bin" / "python").unlink()
    assert checkout.run().returncode == 5
    assert checkout.installs == 2


def test_a_failed_install_runs_nothing(checkout: Checkout) -> None:
    checkout.set_base(installs=1)
    result = checkout.run()
    assert (result.stdout, result.returncode) == ("", 1)


def test_a_python_that_is_too_old_is_named(checkout: Checkout) -> None:
    checkout.set_base(usable=1)
    result = checkout.run()
    assert (result.stdout, result.returncode) == ("", 1)
    assert f"$PYTHON ({checkout.base}) is not a Python 3.10 or newer" in result.stderr
    assert checkout.installs == 0


def test_a_machine_without_python_is_told_what_to_do(checkout: Checkout, tmp_path: Path) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    for tool in ("sh", "cmp", "dirname"):
        (tools / tool).symlink_to(shutil.which(tool) or "")
    result = checkout.run(PATH=str(tools), PYTHON="")
    assert (result.stdout, result.returncode) == ("", 1)
    assert "no Python 3.10 or newer" in result.stderr


def test_it_works_by_a_relative_path(checkout: Checkout) -> None:
    environment = {"PATH": os.defpath, "PYTHON": str(checkout.base)}
    for folder, command in ((checkout.root, "scripts/python"), (checkout.root / "scripts", "./python")):
        result = subprocess.run([command], cwd=folder, env=environment, check=False)
        assert result.returncode == 5
    assert (
        subprocess.run(["/bin/sh", "python"], cwd=checkout.root / "scripts", env=environment, check=False).returncode
        == 5
    )
    assert checkout.installs == 1


def test_two_at_once_make_one_real_environment_that_finds_the_layers(tmp_path: Path) -> None:
    checkout = Checkout(tmp_path / "clone")
    (checkout.root / "layers" / "core").mkdir(parents=True)
    (checkout.root / "layers" / "core" / "found.py").write_text("print('found')")
    command = [str(checkout.root / "scripts" / "python"), "-m", "found"]
    environment = {**os.environ, "PYTHON": sys.executable}
    with (
        subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as first,
        subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as second,
    ):
        outcomes = [process.communicate(timeout=300) for process in (first, second)]
    assert [output for output, _ in outcomes] == ["found\n", "found\n"]
    assert "".join(errors for _, errors in outcomes).count("making .venv") == 1


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> list[Sequence[str]]:
    """The steps that an install would run."""
    commands: list[Sequence[str]] = []

    def run(command: Sequence[str], *_: object) -> None:
        commands.append(command)
        if "venv" in command:
            (Path(command[-1]) / "lib" / "python3.10" / "site-packages").mkdir(parents=True)

    monkeypatch.setattr(bootstrap, "run", run)
    return commands


def test_only_packages_whose_hash_is_locked_are_installed(checkout: Checkout, commands: list[Sequence[str]]) -> None:
    assert bootstrap.main([str(checkout.root)]) == 0
    venv, pip = commands
    assert list(venv[1:3]) == ["-m", "venv"]
    assert {"--require-hashes", "--only-binary=:all:", str(checkout.root / "requirements.lock")} <= set(pip)


def test_what_another_process_has_installed_meanwhile_is_kept(
    checkout: Checkout, commands: list[Sequence[str]]
) -> None:
    checkout.run()
    assert bootstrap.main([str(checkout.root)]) == 0
    assert commands == []


def test_a_python_without_venv_is_told_what_to_install(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    failed: subprocess.CompletedProcess[str] = subprocess.CompletedProcess([], 1)
    monkeypatch.setattr("bootstrap.subprocess.run", lambda *_, **__: failed)
    assert bootstrap.main([str(checkout.root)]) == 1
    assert "python3-venv" in capsys.readouterr().err
    assert not bootstrap.is_installed(checkout.root)


def test_the_import_paths_are_written_for_this_checkout(checkout: Checkout) -> None:
    venv = checkout.root / ".venv"
    site_packages = venv / "lib" / "python3.12" / "site-packages"
    site_packages.mkdir(parents=True)
    bootstrap.write_import_paths(checkout.root, venv)
    lines = (site_packages / "project.pth").read_text().splitlines()
    assert lines == [str(checkout.root / path) for path in ("layers/signing", "layers/core", "scripts")]


def test_an_install_waits_for_another_one_and_finds_it_done(
    checkout: Checkout, commands: list[Sequence[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    with ThreadPoolExecutor() as pool:
        with bootstrap.sole_installer(checkout.root):
            second = pool.submit(bootstrap.main, [str(checkout.root)])
            while "waiting" not in capsys.readouterr().err and not second.done():
                time.sleep(0.01)
            checkout.run()
        assert second.result(timeout=60) == 0
    assert commands == []
