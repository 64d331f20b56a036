"""What every archive adapter accepts as a name, so that no name is good in one store and harmful in another."""

from __future__ import annotations

import re

from koogallery.errors import PermanentError

MAX_NAME_BYTES = 900
"""Below the 1024 bytes of an object key and within a path of most file systems."""
MAX_PART_BYTES = 200
"""Below the 255 bytes of a file name, with room for what a temporary file adds."""

_PART = re.compile(rf"[A-Za-z0-9_-][A-Za-z0-9._-]{{0,{MAX_PART_BYTES - 1}}}")


class ArchiveMisconfigured(PermanentError):
    """Address, bucket, folder or credentials of the archive are wrong."""

    code = "archive_misconfigured"


class InvalidArchiveName(PermanentError):
    """A name is not made of parts of letters, digits and ``-_.`` joined by ``/``; no part begins with a dot."""

    code = "archive_name_invalid"


def check_name(name: str) -> None:
    """Raise ``InvalidArchiveName`` for anything that could leave the archive or that a store may refuse."""
    if len(name) > MAX_NAME_BYTES or not all(_PART.fullmatch(part) for part in name.split("/")):
        raise InvalidArchiveName("an archive name has parts of letters, digits, '-', '_' and '.', joined by '/'")
