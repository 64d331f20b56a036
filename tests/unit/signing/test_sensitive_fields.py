from __future__ import annotations

import base64
import random
import shutil
import subprocess
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given
from hypothesis import strategies as st

from koogallery_signing import sensitive_fields
from koogallery_signing.errors import FieldTooLong, UndecryptableField, UnsignableContent
from koogallery_signing.sensitive_fields import KEY_BYTES, EncryptType
from tests.unit.signing.known_answers import VECTORS, document, listed, vectors

IV = "aB3dE5fG7hI9jK1L"


def _java_keys(keys: list[tuple[str, int]]) -> list[str] | None:
    """Return what Java itself derives, or None where no Java 17 with a compiler is installed."""
    java = shutil.which("java")
    if java is None or shutil.which("javac") is None:
        return None
    arguments = [f"{8 * length}:{key.encode().hex()}" for key, length in keys]
    completed = subprocess.run(
        [java, str(VECTORS / "Sha1PrngKey.java"), *arguments], capture_output=True, text=True, check=False, timeout=120
    )
    return completed.stdout.split() if completed.returncode == 0 else None


@pytest.mark.parametrize("vector", vectors("sensitive-fields-aes"))
def test_every_step_of_the_encryption(vector: dict[str, Any]) -> None:
    given_input = vector["input"]
    encrypt_type: EncryptType = given_input["encryptType"]
    derived = sensitive_fields.derive_key(given_input["key"], KEY_BYTES[encrypt_type])
    assert derived.hex() == vector["steps"]["aesKeyHex"]
    value = sensitive_fields.encrypt(
        given_input["key"], given_input["plaintext"], encrypt_type=encrypt_type, iv=given_input["iv"]
    )
    assert value == vector["expect"]["value"]
    vector_bytes, ciphertext = sensitive_fields._split(value)
    assert (vector_bytes.decode(), ciphertext.hex()) == (given_input["iv"], vector["steps"]["ciphertextHex"])


@pytest.mark.parametrize("vector", vectors("sensitive-fields-aes"))
@pytest.mark.parametrize("configured", ["1", "2"])
def test_either_key_size_is_found(vector: dict[str, Any], configured: EncryptType) -> None:
    given_input = vector["input"]
    text = sensitive_fields.decrypt(given_input["key"], vector["expect"]["value"], encrypt_type=configured)
    assert text == given_input["plaintext"]


@pytest.mark.parametrize(("vector", "value"), listed("sensitive-fields-aes", "reject"))
def test_damaged_values_fail_cleanly(vector: dict[str, Any], value: str) -> None:
    with pytest.raises(UndecryptableField):
        sensitive_fields.decrypt(vector["input"]["key"], value, encrypt_type=vector["input"]["encryptType"])


def test_the_key_derivation_agrees_with_java() -> None:
    drawn = random.Random(20260115)
    made_up = ["", "k", "密钥-0001", *("".join(drawn.choices("0123456789abcdef-é", k=36)) for _ in range(60))]
    known = {
        (vector["input"]["key"], len(vector["steps"]["aesKeyHex"]) // 2): vector["steps"]["aesKeyHex"]
        for vector in document("sensitive-fields-aes")["vectors"]
    }
    keys = [*known, *((key, length) for key in made_up for length in (16, 32))]
    derived = [sensitive_fields.derive_key(key, length).hex() for key, length in keys]
    assert derived[: len(known)] == list(known.values())
    expected_from_java = _java_keys(keys)
    assert derived == (derived if expected_from_java is None else expected_from_java)


def test_a_state_that_would_not_change_is_moved_on() -> None:
    # 0xFF is -1 in Java: with the carry of 1 nothing would change, and the generator would repeat itself for ever.
    state, output = bytes([7, *range(19)]), bytes([0xFF, *[0] * 19])
    assert sensitive_fields._next_state(state, output) == bytes([8, *range(19)])


def test_a_negative_carry_is_kept() -> None:
    state, output = bytes([0x80, 0x01, *[0] * 18]), bytes([0x80, *[0] * 19])
    assert sensitive_fields._next_state(state, output) == bytes([0x01, 0x00, *[0] * 18])


def test_a_blank_inside_the_value_is_a_plus() -> None:
    value = "Uh2977H2620i0K25U4Z9Ngtt04n8agSy9CuwyQ=="
    key = "00000000-0000-4000-8000-000000000000"
    with_plus = sensitive_fields.encrypt(key, "text-11", iv="                ".replace(" ", "+"))
    assert sensitive_fields.decrypt(key, with_plus.replace("+", " ")) == "text-11"
    assert sensitive_fields.decrypt(key, value) == "10000000000"


@pytest.mark.parametrize(
    "value",
    [
        "",
        IV,
        "é" * 16 + "TzlmsfCYxVmceKfnif9xJw==",
        IV + "TzlmsfCYxVmceKfnif9xJw",
        IV + "\nTzlmsfCYxVmceKfnif9xJw==",
        IV + "é",
        IV + "A" * 5000,
        "\ud800" * 20,
    ],
)
def test_values_of_another_form_fail_cleanly(value: str) -> None:
    with pytest.raises(UndecryptableField):
        sensitive_fields.decrypt("key", value)


def test_another_key_does_not_decrypt() -> None:
    value = sensitive_fields.encrypt("key", "admin", iv=IV)
    with pytest.raises(UndecryptableField):
        sensitive_fields.decrypt("other key", value)


def test_a_decrypted_value_that_is_no_text_fails_cleanly() -> None:
    # Damaging the IV changes the same bit of the first block: "admin" becomes bytes that are no UTF-8, padding intact.
    value = sensitive_fields.encrypt("key", "é", iv=IV)
    with pytest.raises(UndecryptableField):
        sensitive_fields.decrypt("key", "\x01" + value[1:])


@pytest.mark.parametrize("ending", [b"\x01\x02", b"\x00", b"\x11", b"\x10", b"\x11" * 17])
def test_padding_that_java_would_refuse_is_refused(ending: bytes) -> None:
    cipher = Cipher(algorithms.AES(sensitive_fields.derive_key("key", 32)), modes.CBC(IV.encode()))
    encryptor = cipher.encryptor()
    ciphertext = encryptor.update(b"a" * (-len(ending) % 16) + ending) + encryptor.finalize()
    with pytest.raises(UndecryptableField):
        sensitive_fields.decrypt("key", IV + base64.b64encode(ciphertext).decode())


def test_a_text_of_79_bytes_is_the_longest_that_fits_the_field() -> None:
    assert len(sensitive_fields.encrypt("key", "p" * 79)) <= sensitive_fields.MAX_VALUE_LENGTH
    with pytest.raises(FieldTooLong):
        sensitive_fields.encrypt("key", "p" * 80)


@pytest.mark.parametrize(("plaintext", "iv"), [("a", "short"), ("a", "é" * 16), ("a", IV + "x"), ("\ud800", IV)])
def test_texts_and_ivs_without_bytes_are_refused(plaintext: str, iv: str) -> None:
    with pytest.raises(UnsignableContent):
        sensitive_fields.encrypt("key", plaintext, iv=iv)


def test_every_value_has_its_own_iv_of_letters_and_digits() -> None:
    values = {sensitive_fields.encrypt("key", "same")[:16] for _ in range(50)}
    assert len(values) == 50
    assert all(value.isascii() and value.isalnum() for value in values)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=19), st.sampled_from(["1", "2"]))
def test_what_is_encrypted_is_decrypted(text: str, encrypt_type: EncryptType) -> None:
    value = sensitive_fields.encrypt("key-é", text, encrypt_type=encrypt_type, iv=IV)
    assert sensitive_fields.decrypt("key-é", value, encrypt_type=encrypt_type) == text


@given(st.text(max_size=80))
def test_nothing_but_the_one_error_is_ever_raised(value: str) -> None:
    with pytest.raises(UndecryptableField):
        sensitive_fields.decrypt("key", value)
