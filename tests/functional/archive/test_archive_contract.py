"""The contract of the archive port, held by every adapter on every store."""

from __future__ import annotations

import pytest

from koogallery.adapters.archive_names import MAX_NAME_BYTES, MAX_PART_BYTES, InvalidArchiveName
from koogallery.adapters.urls import open_archive
from koogallery.archive import Archive
from tests.support.stores import KEYS

NAME = "usage/2026-11-21T10/batch-1.json"


@pytest.fixture(params=["file", "s3rver", "moto"])
def archive(request: pytest.FixtureRequest) -> Archive:
    """An empty archive, once in each store."""
    return open_archive(request.getfixturevalue(f"{request.param}_archive_url"), credentials=lambda: KEYS)


def test_an_object_comes_back_as_it_was_put(archive: Archive) -> None:
    archive.put(NAME, b'{"records": []}')
    assert archive.get(NAME) == b'{"records": []}'


def test_nothing_is_found_where_nothing_was_put(archive: Archive) -> None:
    assert archive.get(NAME) is None


def test_an_object_is_overwritten(archive: Archive) -> None:
    archive.put(NAME, b"first, and longer")
    archive.put(NAME, b"second")
    assert archive.get(NAME) == b"second"


@pytest.mark.parametrize("content", [b"", b"\x00\xff\r\n", "云商店".encode(), b"x" * 2_000_000])
def test_any_bytes_are_kept(archive: Archive, content: bytes) -> None:
    archive.put(NAME, content)
    assert archive.get(NAME) == content


def test_a_name_that_begins_another_name_is_an_object_of_its_own(archive: Archive) -> None:
    archive.put("usage/batch", b"short")
    archive.put("usage/batch.json", b"long")
    assert archive.get("usage/batch") == b"short"
    assert archive.get("usage") is None


@pytest.mark.parametrize(
    "name",
    [
        *("", "/", "/etc/passwd", "a/", "a//b", "..", "../a", "a/../../b", "a/./b", ".hidden", "a/.hidden"),
        *("a b", "a\\b", "a\nb", "a%2e", "名", "C:a", "a\x00", "a?b", "a\n"),
        "a" * (MAX_PART_BYTES + 1),
        "a/" * (MAX_NAME_BYTES // 2) + "a",
    ],
)
def test_a_name_that_could_leave_the_archive_is_refused(archive: Archive, name: str) -> None:
    with pytest.raises(InvalidArchiveName) as raised:
        archive.put(name, b"")
    assert raised.value.code == "archive_name_invalid"
    with pytest.raises(InvalidArchiveName):
        archive.get(name)


def test_the_longest_names_are_kept(archive: Archive) -> None:
    name = "/".join(["a" * MAX_PART_BYTES] * 4)
    archive.put(name, b"kept")
    assert archive.get(name) == b"kept"
