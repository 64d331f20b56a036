"""The upload of a licence: ``POST …/global/v1/market-event/{event_id}/file``.

Source: open API guide, upload of a string or file. The example leaves out ``file_name``, the table has it: it is sent.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field

from koogallery.marketplace.client import MarketplaceClient

PATH = "/api/mkp-openapi-public/global/v1/market-event/{event_id}/file"
OPERATION = "licence upload"
SECONDS = 15.0
_JSON_PART = "isvUpdateFileReq"
_FILE_PART = "file"


@dataclass(frozen=True)
class LicenseText:
    """A licence that is text, at most 1024 characters."""

    characters: str = field(repr=False)


@dataclass(frozen=True)
class LicenseFile:
    """A licence that is a file. ``name`` has no control characters, quotes or slashes."""

    name: str
    content: bytes = field(repr=False)


def upload(client: MarketplaceClient, event_id: str, license_: LicenseText | LicenseFile) -> None:
    """One attempt; raises a ``MarketplaceError``."""
    parts = _parts(license_)
    boundary = _boundary(parts)
    body = b"".join(_framed(boundary, head, content) for head, content in parts) + f"--{boundary}--\r\n".encode()
    client.post(
        OPERATION,
        PATH.format(event_id=event_id),
        body,
        content_type=f"multipart/form-data; boundary={boundary}",
        timeout_seconds=SECONDS,
    )


def _parts(license_: LicenseText | LicenseFile) -> list[tuple[str, bytes]]:
    """Head and content of each part."""
    head = f'Content-Disposition: form-data; name="{_JSON_PART}"\r\nContent-Type: application/json'
    if isinstance(license_, LicenseText):
        return [(head, _json({"type": "CHARACTERS", "characters": license_.characters}))]
    digest = hashlib.sha256(license_.content).hexdigest()
    about = _json({"type": "FILE", "sha256": digest, "file_name": license_.name})
    file_head = (
        f'Content-Disposition: form-data; name="{_FILE_PART}"; filename="{license_.name}"\r\n'
        "Content-Type: application/octet-stream"
    )
    return [(file_head, license_.content), (head, about)]


def _json(members: dict[str, str]) -> bytes:
    return json.dumps(members, ensure_ascii=False, separators=(",", ":")).encode()


def _boundary(parts: list[tuple[str, bytes]]) -> str:
    """A function of the content, so that every attempt sends the same bytes; a content cannot hold its own hash."""
    digest = hashlib.sha256(b"".join(head.encode() + content for head, content in parts)).hexdigest()
    return f"license-{digest[:40]}"


def _framed(boundary: str, head: str, content: bytes) -> bytes:
    return f"--{boundary}\r\n{head}\r\n\r\n".encode() + content + b"\r\n"
