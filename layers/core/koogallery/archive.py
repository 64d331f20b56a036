"""The archive port: an object store that is only ever written for people. Nothing is decided from it."""

from __future__ import annotations

from typing import Protocol

from koogallery.errors import RetryableError


class ArchiveUnavailable(RetryableError):
    """The object store did not take or give an object."""

    code = "archive_unavailable"


class Archive(Protocol):
    """Stores objects by name (``a/b/c.json``: letters, digits, ``-_.`` and ``/``)."""

    def put(self, name: str, content: bytes) -> None:
        """Store ``content``; an object of the same name is overwritten."""

    def get(self, name: str) -> bytes | None:
        """The content, or None."""
