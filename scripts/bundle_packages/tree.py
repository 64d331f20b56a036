"""Files of a package in memory: path inside the package → content."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from bundle_packages.errors import SourceMissing

Tree = Mapping[str, bytes]

_CACHES = ("__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache")


def read_folder(folder: Path, wanted: Callable[[str], bool] = lambda _: True) -> dict[str, bytes]:
    """The files of a folder, caches and hidden files left out. Raises ``SourceMissing``."""
    if not folder.is_dir():
        raise SourceMissing(f"there is no folder {folder}")
    found = {}
    for file in sorted(folder.rglob("*")):
        path = file.relative_to(folder)
        if not file.is_file() or any(part in _CACHES or part.startswith(".") for part in path.parts):
            continue
        if wanted(path.as_posix()):
            found[path.as_posix()] = file.read_bytes()
    return found
