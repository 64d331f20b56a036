"""Packages laid out as the platform does, to run them from there.

A function's code lies in a folder ``code`` of its own, the working directory is that folder's parent, and each
dependency package has a folder (FunctionGraph developer guide; order of ``sys.path`` after the open engine: code
first, dependencies next). All of it is read-only.
"""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path

from bundle_packages.building import Build
from bundle_packages.errors import BuildUnreadable

MAX_UNPACKED_BYTES = 1_500_000_000
"""Of a function with its dependencies (FunctionGraph, notes and constraints)."""


@dataclass(frozen=True)
class Unpacked:
    """A build on disk, as the platform would lay it out below ``root``."""

    root: Path
    build: Build

    def working_directory(self, function: str) -> Path:
        """Where a function's process starts."""
        return self.root / "functions" / function

    def code(self, function: str) -> Path:
        """Where a function's files lie."""
        return self.working_directory(function) / "code"

    def layer(self, name: str) -> Path:
        """Where a dependency package lies."""
        return self.root / "layers" / name


def unpack(build: Build, root: Path) -> Unpacked:
    """Unpack every package below ``root``, which must not hold one yet. Raises ``BuildUnreadable``."""
    unpacked = Unpacked(root, build)
    for name, artifact in build.functions.items():
        _extract(artifact.path, unpacked.code(name))
    for name, artifact in build.layers.items():
        _extract(artifact.path, unpacked.layer(name))
    return unpacked


def _extract(file: Path, folder: Path) -> None:
    folder.mkdir(parents=True)
    try:
        with zipfile.ZipFile(file) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > MAX_UNPACKED_BYTES:
                raise BuildUnreadable(f"{file} unpacks to more than {MAX_UNPACKED_BYTES} bytes")
            archive.extractall(folder)
    except (zipfile.BadZipFile, OSError) as exc:
        raise BuildUnreadable(f"{file} cannot be unpacked: {exc}") from exc
