"""NAME=value lines, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from local_cloud.errors import SettingsFileError, UsageError
from local_cloud.settings_file import MAX_BYTES, parse_settings, read_settings

FILE = Path("settings.env")


def test_names_values_comments_and_blank_lines() -> None:
    content = b"# a comment\n\nONE=1\r\n  # another\nTWO=\nTHREE=a=b # kept\n"
    assert parse_settings(content, FILE) == {"ONE": "1", "TWO": "", "THREE": "a=b # kept"}


def test_a_value_is_passed_on_untouched() -> None:
    value = '"-----BEGIN PRIVATE KEY-----\\nMIIE\\n-----END PRIVATE KEY-----\\n" '
    assert parse_settings(f"KEY={value}".encode(), FILE) == {"KEY": value}


def test_a_byte_order_mark_is_no_part_of_a_name() -> None:
    assert parse_settings(b"\xef\xbb\xbfONE=1", FILE) == {"ONE": "1"}


def test_a_line_separator_inside_a_value_does_not_end_it() -> None:
    assert parse_settings("ONE=a\u2028b\rc\n".encode(), FILE) == {"ONE": "a\u2028b\rc"}


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (b"hush-hush", "not a NAME=value line"),
        (b"export ONE=hush-hush", "without export"),
        (b"ONE =hush-hush", "without blanks"),
        (b" ONE=hush-hush", "without blanks"),
        (b"1ONE=hush-hush", "letters, digits"),
        (b"=hush-hush", "letters, digits"),
        (b"FIRST=hush-hush", "second time"),
        (b"ONE=hush-hush\xff", "not UTF-8"),
        (b"ONE=hush-hush\x00", "zero character"),
    ],
)
def test_a_bad_line_is_named_by_its_number_never_by_its_value(line: bytes, problem: str) -> None:
    with pytest.raises(SettingsFileError) as caught:
        parse_settings(b"FIRST=x\n\n" + line + b"\n", FILE)
    assert caught.value.line == 3
    assert str(caught.value).startswith("settings.env:3: ")
    assert problem in str(caught.value)
    assert "hush" not in repr(caught.value)


def test_a_missing_file_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot read"):
        read_settings(tmp_path / "none.env")


def test_an_endless_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "settings.env"
    path.write_bytes(b"#" * (MAX_BYTES + 1))
    with pytest.raises(UsageError, match="larger than"):
        read_settings(path)
