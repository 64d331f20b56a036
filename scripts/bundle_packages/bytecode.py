"""Byte-code for the target: code folders are read-only in the cloud, so without it every cold start compiles anew."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from bundle_packages.errors import CompilationFailed
from bundle_packages.target import Target
from bundle_packages.tree import Tree

COMPILER = Path(__file__).with_name("compile_folders.py")
COMPILE_SECONDS = 600
CHECK_SECONDS = 10
_VERSION = "import sys; print('%s %d.%d' % (sys.implementation.name, *sys.version_info[:2]))"


def find_interpreter(target: Target) -> Path | None:
    """The running interpreter if it is the target's minor version of CPython, else one on the PATH or of pyenv."""
    if target.is_running and sys.implementation.name == "cpython":
        return Path(sys.executable)
    on_path = [shutil.which(name) for name in (f"python{target.python}", "python3", "python")]
    # pyenv's own entry on the PATH runs only the versions that are switched on.
    versions = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    of_pyenv = sorted(versions.glob(f"{target.python}.*/bin/python{target.python}"), reverse=True)
    candidates = [*(Path(found) for found in on_path if found), *of_pyenv]
    return next((path for path in candidates if is_interpreter(path, target)), None)


def is_interpreter(path: Path, target: Target) -> bool:
    """Whether the program runs, and is CPython of the target's minor version."""
    try:
        done = subprocess.run(
            [str(path), "-I", "-S", "-c", _VERSION],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=CHECK_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0 and done.stdout.strip() == f"cpython {target.python}"


def compiled(packages: Mapping[str, Tree], interpreter: Path) -> dict[str, dict[str, bytes]]:
    """Each package with its byte-code. Raises ``CompilationFailed``.

    The same files and the same interpreter give the same bytes, wherever and whenever it runs.
    """
    with tempfile.TemporaryDirectory(prefix="byte-code-") as name:
        root = Path(name)
        for package, tree in packages.items():
            _write(root / package, {path: content for path, content in tree.items() if path.endswith(".py")})
        _compile([root / package for package in packages], interpreter)
        return {package: {**tree, **_byte_code(root / package)} for package, tree in packages.items()}


def _write(folder: Path, tree: Tree) -> None:
    folder.mkdir(parents=True)
    for path, content in tree.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)


def _compile(folders: Sequence[Path], interpreter: Path) -> None:
    # Sets of constants are written in the order of their hashes.
    command = [str(interpreter), "-s", "-S", "-B", str(COMPILER), *map(str, folders)]
    try:
        done = subprocess.run(
            command,
            env={"PYTHONHASHSEED": "0"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=COMPILE_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired) as exc:
        raise CompilationFailed(f"{interpreter} could not compile: {type(exc).__name__}") from exc
    if done.returncode != 0:
        raise CompilationFailed(f"{interpreter} could not compile: {done.stderr.strip()[-500:]}")


def _byte_code(folder: Path) -> dict[str, bytes]:
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in sorted(folder.rglob("*.pyc"))}
