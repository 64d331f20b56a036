"""An archive in a folder: the embedded store of a single machine."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from koogallery.adapters.archive_names import ArchiveMisconfigured, check_name
from koogallery.archive import Archive, ArchiveUnavailable


class FileArchive(Archive):
    """One file an object. A file appears whole or not at all, also when the process dies in between."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, name: str, content: bytes) -> None:
        """Store or overwrite."""
        check_name(name)
        file = self._folder / name
        with _port_errors():
            file.parent.mkdir(parents=True, exist_ok=True)
            # No name begins with a dot, so a left-over of a dead process is never taken for an object.
            with tempfile.NamedTemporaryFile(dir=file.parent, prefix=".", delete=False) as temporary:
                try:
                    temporary.write(content)
                    temporary.flush()
                    Path(temporary.name).replace(file)
                except OSError:
                    Path(temporary.name).unlink(missing_ok=True)
                    raise

    def get(self, name: str) -> bytes | None:
        """The content, or None."""
        check_name(name)
        with _port_errors():
            file = self._folder / name
            return file.read_bytes() if file.is_file() else None


@contextmanager
def _port_errors() -> Iterator[None]:
    try:
        yield
    except (PermissionError, FileExistsError, NotADirectoryError, IsADirectoryError) as exc:
        raise ArchiveMisconfigured(f"the folder of ARCHIVE_URL cannot be used: {exc.strerror}") from exc
    except OSError as exc:
        raise ArchiveUnavailable(f"the folder of the archive did not take the call: {exc.strerror}") from exc
