"""Which addresses name a store, and which are refused."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from koogallery.adapters.archive_names import ArchiveMisconfigured
from koogallery.adapters.dynamodb_state import DynamoDbState
from koogallery.adapters.file_archive import FileArchive
from koogallery.adapters.s3_archive import S3Archive
from koogallery.adapters.sqlite_state import SqliteState
from koogallery.adapters.urls import open_archive, open_state
from koogallery.state import Key, StateMisconfigured

KEY = Key("p", "s")


def open_table(url: str) -> object:
    """A state with keys."""
    return open_state(url, access_key="AK", secret_key="SK")


def test_four_slashes_name_an_absolute_file(tmp_path: Path) -> None:
    state = open_state(f"sqlite:///{tmp_path}/a.db")
    assert isinstance(state, SqliteState)
    state.get(KEY)
    assert (tmp_path / "a.db").exists()


def test_three_slashes_name_a_file_in_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    open_state("sqlite:///folder/a.db").get(KEY)
    assert (tmp_path / "folder" / "a.db").exists()


def test_percent_signs_in_a_path_are_decoded(tmp_path: Path) -> None:
    open_state(f"sqlite:///{tmp_path}/a%20b.db").get(KEY)
    assert (tmp_path / "a b.db").exists()


def test_file_names_an_absolute_folder(tmp_path: Path) -> None:
    archive = open_archive(f"file://{tmp_path}/archive")
    assert isinstance(archive, FileArchive)
    archive.put("object", b"")
    assert (tmp_path / "archive" / "object").exists()


@pytest.mark.parametrize(
    "url",
    [
        "dynamodb://state_table?endpoint=http://10.0.3.7&region=cn-north-4",
        "dynamodb://state_table?endpoint=http://127.0.0.1:8000",
        "dynamodb://state_table/?endpoint=http%3A%2F%2Flocalhost%3A8000",
        "dynamodb://State-1?endpoint=https://gemini.example.test",
    ],
)
def test_dynamodb_names_a_table_and_where_it_is(url: str) -> None:
    assert isinstance(open_table(url), DynamoDbState)


@pytest.mark.parametrize(
    "url",
    [
        "s3://seller-archive?endpoint=https://obs.cn-north-4.myhuaweicloud.com&region=cn-north-4",
        "s3://seller-archive?endpoint=http://127.0.0.1:5000&addressing=path",
    ],
)
def test_s3_names_a_bucket_and_where_it_is(url: str) -> None:
    assert isinstance(open_archive(url), S3Archive)


@pytest.mark.parametrize(
    "url",
    [
        *("", "state.db", "/absolute/state.db", "postgres://host/db", "sqlite:", "sqlite:///", "sqlite://"),
        *("sqlite://relative.db", "sqlite:///a.db?mode=ro", "sqlite:///a.db#part", "http://[broken"),
        *("dynamodb://", "dynamodb://ab?endpoint=http://127.0.0.1", "dynamodb://a.b.c?endpoint=http://127.0.0.1"),
        *("dynamodb://table", "dynamodb://table?endpoint=", "dynamodb://table?endpoint=127.0.0.1:8000"),
        *("dynamodb://table?endpoint=ftp://127.0.0.1", "dynamodb://table?endpoint=http://127.0.0.1:port"),
        *("dynamodb://table?endpoint=http://127.0.0.1&endpoint=http://127.0.0.2", "dynamodb://table?endpoint"),
        *("dynamodb://table?endpoint=http://127.0.0.1&regoin=x", "dynamodb://table/x?endpoint=http://127.0.0.1"),
        *("dynamodb://user:pass@table?endpoint=http://127.0.0.1", "dynamodb://table?endpoint=http://u:p@127.0.0.1"),
    ],
)
def test_other_addresses_of_a_state_are_refused_by_the_name_of_the_setting_without_being_quoted(url: str) -> None:
    with pytest.raises(StateMisconfigured, match="STATE_URL") as raised:
        open_table(url)
    assert "pass" not in str(raised.value)


@pytest.mark.parametrize("endpoint", ["http://8.8.8.8", "http://gemini.example.test", "http://example.test:8000"])
def test_plain_http_to_a_state_outside_the_vpc_is_refused(endpoint: str) -> None:
    with pytest.raises(StateMisconfigured, match="https"):
        open_table(f"dynamodb://table?endpoint={endpoint}")


@pytest.mark.parametrize(("access_key", "secret_key"), [(None, None), ("AK", None), (None, "SK"), ("", "")])
def test_a_table_without_keys_is_refused(access_key: str | None, secret_key: str | None) -> None:
    with pytest.raises(StateMisconfigured, match="STATE_ACCESS_KEY"):
        open_state("dynamodb://table?endpoint=http://127.0.0.1", access_key=access_key, secret_key=secret_key)


@pytest.mark.parametrize(
    "url",
    [
        *("", "/absolute", "file:", "file://", "file:///", "file://relative/folder", "file:///a?b=c", "ftp://host/a"),
        *("s3://", "s3://bucket", "s3://Bucket?endpoint=https://obs.example.test", "s3://b?endpoint=https://o.test"),
        *("s3://bucket/prefix?endpoint=https://obs.example.test", "s3://bucket?endpoint=http://10.0.0.1"),
        "s3://bucket?endpoint=https://obs.example.test&addressing=other",
    ],
)
def test_other_addresses_of_an_archive_are_refused(url: str) -> None:
    with pytest.raises(ArchiveMisconfigured, match="ARCHIVE_URL") as raised:
        open_archive(url)
    assert raised.value.code == "archive_misconfigured"


def test_an_archive_in_a_bucket_without_credentials_is_refused_at_its_first_use() -> None:
    with pytest.raises(ArchiveMisconfigured):
        open_archive("s3://bucket?endpoint=https://obs.example.test").get("object")


def test_the_embedded_stores_need_no_boto(tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "from koogallery.adapters.urls import open_archive, open_state\n"
        f"open_state('sqlite:///{tmp_path}/a.db'); open_archive('file://{tmp_path}')\n"
        "sys.exit(any(name in sys.modules for name in ('boto3', 'botocore')))\n"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
