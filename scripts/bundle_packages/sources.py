"""Where the third-party packages of a layer come from: the package index, or what is installed here."""

from __future__ import annotations

import hashlib
import importlib.metadata
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from packaging.utils import InvalidWheelFilename, parse_wheel_filename
from packaging.version import Version

from bundle_packages.errors import DownloadFailed, InstallerMissing, PinsUnusable
from bundle_packages.requirements import Pin
from bundle_packages.target import HERE, Target

DOWNLOAD_SECONDS = 900
MAX_UNPACKED_BYTES = 1024**3
"""Of one wheel: an archive that claims more is not unpacked."""
_ROOTS = ("purelib", "platlib")

Say = Callable[[str], None]


@dataclass(frozen=True)
class Distribution:
    """A third-party package as it lies below ``site-packages``. ``name`` is normalised."""

    name: str
    version: str
    files: dict[str, bytes]


class Source(Protocol):
    """Gives the distributions that pins name."""

    def distributions(self, pins: Sequence[Pin], target: Target, say: Say) -> list[Distribution]:
        """All of them, in the order of the pins; raises ``PackagingError``."""


@dataclass(frozen=True)
class FromIndex:
    """Wheels for the target, downloaded by pip and checked against their hashes.

    They are kept in ``cache`` by the pins and the target: the same pins are downloaded once.
    """

    cache: Path

    def distributions(self, pins: Sequence[Pin], target: Target, say: Say) -> list[Distribution]:
        """Raises ``DownloadFailed``, ``InstallerMissing``, ``PinsUnusable``."""
        folder = self._downloaded(pins, target, say)
        wheels = {_name_and_version(wheel): wheel for wheel in sorted(folder.glob("*.whl"))}
        missing = [pin.name for pin in pins if (pin.name, pin.version) not in wheels]
        if missing:
            raise DownloadFailed(f"{folder} lacks wheels of {', '.join(missing)}; remove it and build again")
        return [_unpacked(wheels[(pin.name, pin.version)], pin) for pin in pins]

    def _downloaded(self, pins: Sequence[Pin], target: Target, say: Say) -> Path:
        requirements = "".join(f"{pin.line}\n" for pin in pins)
        key = hashlib.sha256(f"{target.tag}\n{requirements}".encode()).hexdigest()[:32]
        folder = self.cache / f"{target.tag}-{key}"
        if folder.is_dir():
            say(f"{len(pins)} wheels from {folder}")
            return folder
        say(f"downloading {len(pins)} wheels for {target.tag}")
        self.cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self.cache, prefix="download-") as name:
            half = Path(name) / "wheels"
            _download(requirements, target, half)
            # Another build may have been faster: its wheels have the same hashes.
            if not folder.is_dir():
                half.rename(folder)
        return folder


@dataclass(frozen=True)
class FromEnvironment:
    """What is installed beside the running interpreter: without any network, for the running interpreter only."""

    def distributions(self, pins: Sequence[Pin], target: Target, say: Say) -> list[Distribution]:
        """Raises ``PinsUnusable`` when something pinned is not installed in that version."""
        if target != Target.here():
            raise PinsUnusable(f"what is installed here does not fit {target.tag}: build from the package index")
        say(f"{len(pins)} packages as installed in {sys.prefix}")
        return [_installed(pin) for pin in pins]


def _download(requirements: str, target: Target, folder: Path) -> None:
    file = folder.parent / "requirements.txt"
    file.write_text(requirements, encoding="utf-8")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-input"]
    command += ["--no-deps", "--require-hashes", "--only-binary=:all:", "--dest", str(folder)]
    command += ["--requirement", str(file)]
    if target.platform != HERE:
        command += ["--platform", target.platform, "--implementation", "cp", "--python-version", target.python]
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=DOWNLOAD_SECONDS
        )
    except subprocess.TimeoutExpired as exc:
        raise DownloadFailed(f"the wheels were not downloaded within {DOWNLOAD_SECONDS} s; build again") from exc
    if "No module named pip" in done.stderr:
        raise InstallerMissing(f"{sys.executable} has no pip: run it with -m ensurepip, or remove .venv")
    if done.returncode != 0:
        tail = "\n".join(done.stderr.strip().splitlines()[-5:])
        raise DownloadFailed(f"the wheels could not be downloaded; is the package index reachable?\n{tail}")


def _name_and_version(wheel: Path) -> tuple[str, str]:
    try:
        name, version, _, _ = parse_wheel_filename(wheel.name)
    except InvalidWheelFilename as exc:
        raise DownloadFailed(f"{wheel} is no wheel; remove its folder and build again") from exc
    return str(name), str(version)


def _unpacked(wheel: Path, pin: Pin) -> Distribution:
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    if f"sha256:{digest}" not in pin.hashes:
        raise DownloadFailed(f"{wheel} was changed after its download; remove its folder and build again")
    files: dict[str, bytes] = {}
    with zipfile.ZipFile(wheel) as archive:
        if sum(entry.file_size for entry in archive.infolist()) > MAX_UNPACKED_BYTES:
            raise PinsUnusable(f"{wheel.name} unpacks to more than {MAX_UNPACKED_BYTES} bytes")
        for entry in archive.infolist():
            path = _installed_path(entry.filename)
            if path is not None and not entry.is_dir():
                files[path] = archive.read(entry)
    return Distribution(pin.name, pin.version, files)


def _installed_path(path: str) -> str | None:
    """Where a file of a wheel lies in ``site-packages``; None for scripts, headers and other data."""
    first, _, rest = path.partition("/")
    if not first.endswith(".data"):
        return path
    kind, _, inner = rest.partition("/")
    return inner if kind in _ROOTS else None


def _installed(pin: Pin) -> Distribution:
    try:
        found = importlib.metadata.distribution(pin.name)
    except importlib.metadata.PackageNotFoundError as exc:
        raise PinsUnusable(f"{pin.name} is not installed here; build from the package index") from exc
    if Version(found.version) != Version(pin.version):
        raise PinsUnusable(f"{pin.name} {found.version} is installed here, {pin.version} is pinned")
    files = {}
    for path in found.files or ():
        text = path.as_posix()
        if ".." not in path.parts and "__pycache__" not in path.parts:
            files[text] = Path(str(found.locate_file(path))).read_bytes()
    return Distribution(pin.name, pin.version, files)
