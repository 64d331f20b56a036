"""Makes ``.venv`` from ``requirements.lock``. Run by ``scripts/python`` with the oldest tools: standard library only.

An install that is cut short is done again: the stamp that ``scripts/python`` looks for is written last. Two
installs at once wait for each other on a file lock, which the system drops when its holder and its pip are gone.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

IMPORT_PATHS = ("layers/signing", "layers/core", "scripts")
ROOT_STAMP = "installed.root"
LOCK_STAMP = "installed.lock"


class InstallFailed(Exception):
    """A step of the install did not succeed; the message says what a person can do."""


def say(message: str) -> None:
    """Tell the person who waits; stdout belongs to the command that runs afterwards."""
    print(f"scripts/python: {message}", file=sys.stderr, flush=True)


@contextmanager
def sole_installer(root: Path) -> Iterator[int]:
    """Hold the lock of this checkout; yields its descriptor for the processes that share in it."""
    descriptor = os.open(root / ".venv.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("waiting for another install to end")
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor
    finally:
        os.close(descriptor)


def is_installed(root: Path) -> bool:
    """Whether ``.venv`` was made here, from this lock, to the end."""
    venv = root / ".venv"
    try:
        made_for = (venv / ROOT_STAMP).read_text(encoding="utf-8")
        made_from = (venv / LOCK_STAMP).read_bytes()
    except OSError:
        return False
    return made_for == f"{root}\n" and made_from == (root / "requirements.lock").read_bytes()


def run(command: Sequence[str], lock: int, advice: str) -> None:
    """Run one step with its output on stderr; the lock outlives us as long as the step does."""
    result = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=sys.stderr, pass_fds=(lock,), check=False)
    if result.returncode != 0:
        raise InstallFailed(advice)


def install(root: Path, lock: int) -> None:
    """Make ``.venv`` afresh, so that nothing stays behind that is no longer in the lock."""
    venv = root / ".venv"
    say(f"making .venv with Python {sys.version.split()[0]}")
    shutil.rmtree(venv, ignore_errors=True)
    run(
        [sys.executable, "-m", "venv", str(venv)],
        lock,
        "this Python cannot make virtual environments; install its venv package (python3-venv on Debian)",
    )
    packages = (root / "requirements.lock").read_text(encoding="utf-8").count("==")
    say(f"installing the locked packages ({packages} pins, a minute or two)")
    pip = [str(venv / "bin" / "python"), "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
    run(
        [*pip, "-qq", "--require-hashes", "--only-binary=:all:", "--requirement", str(root / "requirements.lock")],
        lock,
        "the packages could not be installed; see the lines above",
    )
    write_import_paths(root, venv)
    write_stamps(root, venv)
    say("ready")


def write_import_paths(root: Path, venv: Path) -> None:
    """Make the layers and the commands' packages importable."""
    for site_packages in venv.glob("lib/python*/site-packages"):
        lines = "".join(f"{root / path}\n" for path in IMPORT_PATHS)
        (site_packages / "project.pth").write_text(lines, encoding="utf-8")


def write_stamps(root: Path, venv: Path) -> None:
    """Declare the install complete; the last stamp appears in one step."""
    shutil.copyfile(root / "requirements.lock", venv / LOCK_STAMP)
    half_written = venv / f"{ROOT_STAMP}.new"
    half_written.write_text(f"{root}\n", encoding="utf-8")
    half_written.replace(venv / ROOT_STAMP)


def main(arguments: Sequence[str]) -> int:
    """Install into the checkout named by the only argument unless that has been done meanwhile."""
    root = Path(arguments[0])
    try:
        with sole_installer(root) as lock:
            if not is_installed(root):
                install(root, lock)
    except (InstallFailed, OSError) as exc:
        say(str(exc))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
