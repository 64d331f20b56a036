from __future__ import annotations

import pytest

from koogallery_signing.errors import EmptyKeyring, MalformedKey
from koogallery_signing.keyring import MAX_KEY_LENGTH, MAX_KEYS, Keyring


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("current", ["current"]),
        ("current,previous", ["current", "previous"]),
        (" current ,\tprevious\n", ["current", "previous"]),
        (",current,, ,previous,", ["current", "previous"]),
        ("same,same", ["same"]),
        ("with blank inside", ["with blank inside"]),
    ],
)
def test_the_current_key_stands_first_and_empty_parts_are_no_keys(text: str, keys: list[str]) -> None:
    ring = Keyring.parse(text)
    assert list(ring) == keys
    assert len(ring) == len(keys)
    assert ring.current == ring[0] == keys[0]


@pytest.mark.parametrize("text", ["", " ", ",", " , ,"])
def test_a_list_without_a_key_is_refused(text: str) -> None:
    with pytest.raises(EmptyKeyring):
        Keyring.parse(text)


@pytest.mark.parametrize(
    "keys",
    [
        [f"key-{number}" for number in range(MAX_KEYS + 1)],
        ["k" * (MAX_KEY_LENGTH + 1)],
        ["good", ""],
        ["undecodable \udcff setting"],
    ],
)
def test_what_cannot_be_a_key_is_refused_without_being_shown(keys: list[str]) -> None:
    with pytest.raises(MalformedKey) as caught:
        Keyring(*keys)
    assert not any(key and key in str(caught.value) for key in keys)


def test_the_largest_ring_is_accepted() -> None:
    assert len(Keyring(*(f"{number}" * MAX_KEY_LENGTH for number in range(MAX_KEYS)))) == MAX_KEYS


def test_a_ring_never_shows_its_keys() -> None:
    ring = Keyring.parse("secret-one,secret-two")
    assert repr(ring) == str(ring) == "Keyring(<2 keys>)"


def test_a_ring_cannot_be_changed() -> None:
    ring = Keyring.parse("one")
    with pytest.raises(AttributeError):
        ring.other = "two"  # type: ignore[attr-defined]
