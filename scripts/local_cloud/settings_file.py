"""Settings files: ``NAME=value`` lines, no quoting, no ``export``, ``#`` comments and blank lines.

A value is everything after the first ``=``, untouched: it may begin with a quote and may hold a
literal ``\\n`` (a private key on one line). Errors name the line, never the value.
"""

from __future__ import annotations

import re
from pathlib import Path

from local_cloud.errors import SettingsFileError, UsageError

MAX_BYTES = 256 * 1024
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


def read_settings(path: Path) -> dict[str, str]:
    """The settings of a file.

    Raises ``UsageError`` when the file cannot be read and ``SettingsFileError`` for a malformed line.
    """
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as exc:
        raise UsageError(f"cannot read the settings file {path}: {exc.strerror}") from exc
    if len(content) > MAX_BYTES:
        raise UsageError(f"the settings file {path} is larger than {MAX_BYTES} bytes")
    return parse_settings(content, path)


def parse_settings(content: bytes, path: Path) -> dict[str, str]:
    """The settings in ``content``; ``path`` is only for the text of errors."""
    found: dict[str, str] = {}
    for number, raw in enumerate(content.removeprefix(b"\xef\xbb\xbf").split(b"\n"), start=1):
        try:
            line = raw.decode("utf-8").removesuffix("\r")
        except UnicodeDecodeError:
            raise SettingsFileError(path, number, "not UTF-8") from None
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        name, value = _split(line, path, number)
        if name in found:
            raise SettingsFileError(path, number, f"{name} is set a second time")
        found[name] = value
    return found


def _split(line: str, path: Path, number: int) -> tuple[str, str]:
    name, separator, value = line.partition("=")
    if not separator:
        raise SettingsFileError(path, number, "not a NAME=value line")
    if name.startswith("export "):
        raise SettingsFileError(path, number, "write NAME=value without export")
    if not _NAME.fullmatch(name):
        raise SettingsFileError(path, number, "the name must be letters, digits and _ without blanks around it")
    if "\x00" in value:
        raise SettingsFileError(path, number, f"the value of {name} holds a zero character")
    return name, value
