"""What lies in the state encrypted opens for its own purpose and key only."""

from __future__ import annotations

import base64
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from koogallery.encryption import Sealer, Unreadable
from koogallery.errors import SettingsError


def key() -> str:
    """A new key as a setting."""
    return base64.b64encode(os.urandom(32)).decode()


KEY = base64.b64encode(bytes(range(32))).decode()
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))


@given(TEXTS, TEXTS)
def test_what_is_sealed_opens_again(text: str, purpose: str) -> None:
    sealed = Sealer(KEY).seal(text, purpose)
    assert Sealer(KEY).open(sealed, purpose) == text


def test_the_same_text_is_never_sealed_the_same() -> None:
    assert Sealer(KEY).seal("text", "p") != Sealer(KEY).seal("text", "p")
    assert "text" not in Sealer(KEY).seal("text", "p")


def test_another_purpose_does_not_open() -> None:
    with pytest.raises(Unreadable):
        Sealer(KEY).open(Sealer(KEY).seal("text", "inst-1"), "inst-2")


def test_an_earlier_key_opens_and_the_current_one_seals() -> None:
    old, new = Sealer(KEY), key()
    rotated = Sealer(f"{new}, {KEY}")
    assert rotated.open(old.seal("text", "p"), "p") == "text"
    assert Sealer(new).open(rotated.seal("text", "p"), "p") == "text"


def test_a_key_that_is_gone_does_not_open() -> None:
    with pytest.raises(Unreadable, match="not configured"):
        Sealer(key()).open(Sealer(KEY).seal("text", "p"), "p")


@pytest.mark.parametrize("position", range(0, 60, 5))
def test_a_damaged_text_does_not_open(position: int) -> None:
    sealed = Sealer(KEY).seal("a secret text", "p")
    place = position % len(sealed)
    damaged = sealed[:place] + ("A" if sealed[place] != "A" else "B") + sealed[place + 1 :]
    with pytest.raises(Unreadable) as caught:
        Sealer(KEY).open(damaged, "p")
    assert "a secret text" not in str(caught.value)


@pytest.mark.parametrize("text", ["", ".", "no point", "abcdef12.", "abcdef12.%%%"])
def test_a_text_that_was_never_sealed_does_not_open(text: str) -> None:
    with pytest.raises(Unreadable):
        Sealer(KEY).open(text, "p")


@pytest.mark.parametrize("setting", ["", " , ", "not base64!", base64.b64encode(b"short").decode(), KEY + "AAAA"])
def test_a_setting_that_is_no_key_is_named_and_not_quoted(setting: str) -> None:
    with pytest.raises(SettingsError, match="STATE_ENCRYPTION_KEY") as caught:
        Sealer(setting)
    if setting.strip(" ,"):
        assert setting not in str(caught.value)
