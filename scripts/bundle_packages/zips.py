"""Zip files that are the same byte for byte when their files are: no dates, no owners, no order of a folder."""

from __future__ import annotations

import hashlib
import io
import zipfile
from dataclasses import dataclass
from pathlib import Path

from bundle_packages.tree import Tree

EARLIEST = (1980, 1, 1, 0, 0, 0)
"""The first date that a zip can hold."""
LEVEL = 6
"""A higher one takes twice the time for a hundredth of the size."""
_MODE = 0o100644 << 16
_MODE_OF_PROGRAMS = 0o100755 << 16
_UNIX = 3


@dataclass(frozen=True)
class Artifact:
    """A package on disk. ``size`` in bytes; digests in hexadecimal."""

    path: Path
    sha256: str
    sha512: str
    size: int


def write_zip(tree: Tree, path: Path) -> Artifact:
    """Write the files in the order of their names, replacing what was there."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in sorted(tree):
            entry = zipfile.ZipInfo(name, EARLIEST)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = _UNIX
            entry.external_attr = _MODE_OF_PROGRAMS if name.endswith(".so") or ".so." in name else _MODE
            archive.writestr(entry, tree[name], compresslevel=LEVEL)
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f"{path.name}.new")
    half.write_bytes(buffer.getvalue())
    half.replace(path)
    return describe(path)


def describe(path: Path) -> Artifact:
    """Digests and size of a package on disk."""
    content = path.read_bytes()
    return Artifact(path, hashlib.sha256(content).hexdigest(), hashlib.sha512(content).hexdigest(), len(content))
