"""Reads ``multipart/form-data``, as strictly as a gateway does."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_BOUNDARY = re.compile(
    r"multipart/form-data\s*;.*?boundary=\"?([0-9A-Za-z'()+_,./:=? -]{1,70}?)\"?\s*(?:;.*)?", re.DOTALL
)
_NAME = re.compile(r'(?:^|;)\s*name="([^"]*)"')
_FILE_NAME = re.compile(r'(?:^|;)\s*filename="([^"]*)"')
MOST_PARTS = 16


@dataclass(frozen=True, repr=False)
class Part:
    """One part; ``file_name`` is None for a field."""

    name: str
    file_name: str | None
    content_type: str
    content: bytes


def read_parts(content_type: str, body: bytes) -> Mapping[str, Part] | None:
    """Parts by name; None when the body is none, or a name stands twice."""
    found = _BOUNDARY.fullmatch(content_type.strip())
    if found is None:
        return None
    mark = b"--" + found[1].encode("ascii")
    sections = (b"\r\n" + body).split(b"\r\n" + mark)
    if len(sections) < 3 or len(sections) > MOST_PARTS + 2 or sections[0] or sections[-1].rstrip(b"\r\n") != b"--":
        return None
    parts = [_part(section) for section in sections[1:-1]]
    named = {part.name: part for part in parts if part is not None}
    return named if len(named) == len(parts) else None


def _part(section: bytes) -> Part | None:
    head, separator, content = section.partition(b"\r\n\r\n")
    if not separator or not head.startswith(b"\r\n"):
        return None
    headers = {}
    for line in head[2:].decode("utf-8", "replace").split("\r\n"):
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    disposition = headers.get("content-disposition", "")
    name_found, file_found = _NAME.search(disposition), _FILE_NAME.search(disposition)
    if not disposition.lower().startswith("form-data") or name_found is None:
        return None
    return Part(
        name_found[1],
        file_found[1] if file_found else None,
        headers.get("content-type", "text/plain").partition(";")[0].strip().lower(),
        content,
    )
