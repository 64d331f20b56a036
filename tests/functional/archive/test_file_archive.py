"""What only the archive in a folder does."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from koogallery.adapters.archive_names import ArchiveMisconfigured
from koogallery.adapters.file_archive import FileArchive
from koogallery.archive import ArchiveUnavailable

ENDLESS_WRITER = """
import sys
from pathlib import Path
from koogallery.adapters.file_archive import FileArchive
archive = FileArchive(Path(sys.argv[1]))
print("ready", flush=True)
while True:
    for letter in (b"a", b"b"):
        archive.put("object", letter * 1_000_000)
"""


def test_an_object_is_whole_whenever_its_writer_is_killed(tmp_path: Path) -> None:
    archive = FileArchive(tmp_path)
    archive.put("object", b"a" * 1_000_000)
    with subprocess.Popen([sys.executable, "-c", ENDLESS_WRITER, str(tmp_path)], stdout=subprocess.PIPE) as writer:
        try:
            assert writer.stdout is not None
            assert writer.stdout.readline() == b"ready\n"
            seen = {archive.get("object") for _ in range(50)}
        finally:
            writer.kill()
    assert seen | {archive.get("object")} <= {b"a" * 1_000_000, b"b" * 1_000_000}


def test_no_temporary_file_stays_behind(tmp_path: Path) -> None:
    archive = FileArchive(tmp_path)
    archive.put("folder/object", b"1")
    archive.put("folder/object", b"2")
    assert [file.name for file in (tmp_path / "folder").iterdir()] == ["object"]


def test_a_failed_put_leaves_the_old_object_and_no_temporary_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = FileArchive(tmp_path)
    archive.put("object", b"old")

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(ArchiveUnavailable) as raised:
        archive.put("object", b"new")
    assert raised.value.code == "archive_unavailable"
    assert [file.name for file in tmp_path.iterdir()] == ["object"]
    assert archive.get("object") == b"old"


def test_a_file_where_a_folder_is_needed_is_a_wrong_setting(tmp_path: Path) -> None:
    (tmp_path / "archive").write_text("in the way")
    with pytest.raises(ArchiveMisconfigured):
        FileArchive(tmp_path / "archive").put("a/object", b"")


def test_a_folder_where_the_object_should_be_is_a_wrong_setting(tmp_path: Path) -> None:
    (tmp_path / "object").mkdir()
    with pytest.raises(ArchiveMisconfigured):
        FileArchive(tmp_path).put("object", b"")
    assert [file.name for file in tmp_path.iterdir()] == ["object"]
