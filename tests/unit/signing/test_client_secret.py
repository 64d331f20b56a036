from __future__ import annotations

import base64
import textwrap
from functools import cache
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import given, settings
from hypothesis import strategies as st

from koogallery_signing import client_secret
from koogallery_signing.errors import EmptyKeyring, MalformedKey, UndecryptableClientSecret, WeakPrivateKey
from tests.unit.signing.known_answers import document, vectors

DER = document("client-secret-rsa-oaep")["keys"]["k3072"]["privateKeyPkcs8DerBase64"]
FIRST = document("client-secret-rsa-oaep")["vectors"][0]["input"]["clientSecret"]


@cache
def _key() -> client_secret.PrivateKey:
    return client_secret.parse_private_key(DER)


@cache
def _weak_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _pem(label: str = "PRIVATE KEY", text: str = DER) -> str:
    return "\n".join([f"-----BEGIN {label}-----", *textwrap.wrap(text, 64), f"-----END {label}-----"]) + "\n"


def _base64(key: Any, form: serialization.PrivateFormat, password: bytes | None = None) -> str:
    protection = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    return base64.b64encode(key.private_bytes(serialization.Encoding.DER, form, protection)).decode()


@pytest.mark.parametrize("vector", vectors("client-secret-rsa-oaep"))
def test_every_known_answer(vector: dict[str, Any]) -> None:
    secret = vector["input"]["clientSecret"]
    if vector["expect"].get("error"):
        with pytest.raises(UndecryptableClientSecret):
            client_secret.decrypt(private_keys=[_key()], client_secret=secret)
    else:
        decrypted = client_secret.decrypt(private_keys=[_key()], client_secret=secret)
        assert decrypted.plaintext == vector["expect"]["plaintext"]
        assert decrypted.padding == f"{vector['steps']['oaepHash']}/MGF1-{vector['steps']['mgf1Hash']}"
        assert decrypted.key_index == 0


def test_white_space_in_the_secret_is_ignored() -> None:
    wrapped = " \r\n".join(textwrap.wrap(FIRST, 76)) + "\n"
    assert client_secret.decrypt(private_keys=[_key()], client_secret=wrapped).plaintext.startswith("synthetic")


@pytest.mark.parametrize("secret", ["", "***", "AAAA", FIRST[:-4], FIRST * 2, "A" * 5000, "é", "\ud800"])
def test_secrets_of_another_form_fail_cleanly(secret: str) -> None:
    with pytest.raises(UndecryptableClientSecret):
        client_secret.decrypt(private_keys=[_key()], client_secret=secret)


def test_without_a_key_nothing_decrypts() -> None:
    with pytest.raises(UndecryptableClientSecret):
        client_secret.decrypt(private_keys=[], client_secret=FIRST)


def test_a_text_that_is_not_utf8_fails_cleanly() -> None:
    block = _key().key.public_key().encrypt(b"\xff\xfe", client_secret._oaep("SHA-256", "SHA-256"))
    with pytest.raises(UndecryptableClientSecret):
        client_secret.decrypt(private_keys=[_key()], client_secret=base64.b64encode(block).decode())


def test_the_previous_key_is_tried_too() -> None:
    other = client_secret.PrivateKey(_weak_key())
    assert client_secret.decrypt(private_keys=[other, _key()], client_secret=FIRST).key_index == 1


def test_nothing_secret_is_shown() -> None:
    decrypted = client_secret.decrypt(private_keys=[_key()], client_secret=FIRST)
    assert "synthetic" not in repr(decrypted)
    assert repr(_key()) == "PrivateKey()"


@pytest.mark.parametrize(
    "text",
    [
        DER,
        f"  {DER}\n",
        f'"{DER}"',
        f"'{DER}'",
        "\n".join(textwrap.wrap(DER, 64)),
        _pem(),
        _pem().replace("\n", "\\n"),
        '"' + _pem().replace("\n", "\\r\\n") + '"',
        _pem().replace("\n", "\r\n"),
        _pem().replace("\n", " "),
        _pem("RSA PRIVATE KEY", _base64(_key().key, serialization.PrivateFormat.TraditionalOpenSSL)),
    ],
    ids=[
        "der",
        "blanks",
        "quotes",
        "apostrophes",
        "wrapped",
        "pem",
        "literal",
        "literal-crlf",
        "crlf",
        "joined",
        "pkcs1",
    ],
)
def test_every_form_a_setting_can_have_is_read(text: str) -> None:
    key = client_secret.parse_private_key(text).key
    assert key.private_numbers() == _key().key.private_numbers()
    assert [one.key.key_size for one in client_secret.parse_private_keys(text)] == [3072]


def test_current_and_previous_key_are_read_from_one_setting() -> None:
    assert len(client_secret.parse_private_keys(f"{DER}, {_pem()},,")) == 2


@pytest.mark.parametrize("text", ["", " ", "''", ",", '" , "'])
def test_a_setting_without_a_key_is_refused(text: str) -> None:
    with pytest.raises(EmptyKeyring):
        client_secret.parse_private_keys(text)


def test_too_many_keys_are_refused() -> None:
    with pytest.raises(MalformedKey):
        client_secret.parse_private_keys(",".join([DER] * 5))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no key",
        "é",
        DER[:-40],
        _pem("PUBLIC KEY"),
        document("client-secret-rsa-oaep")["keys"]["k3072"]["publicKeySpkiDerBase64"],
        _pem() + "trailing",
        "A" * 40_000,
        _base64(_weak_key(), serialization.PrivateFormat.PKCS8, b"password"),
        _base64(ec.generate_private_key(ec.SECP256R1()), serialization.PrivateFormat.PKCS8),
    ],
    ids=["empty", "words", "non-ascii", "cut", "label", "public", "trailing", "long", "encrypted", "elliptic"],
)
def test_what_is_no_private_rsa_key_is_refused_without_being_shown(text: str) -> None:
    with pytest.raises(MalformedKey) as caught:
        client_secret.parse_private_key(text)
    assert not isinstance(caught.value, WeakPrivateKey)
    assert not text or text[:40] not in str(caught.value)


def test_a_key_below_3072_bits_is_refused() -> None:
    with pytest.raises(WeakPrivateKey):
        client_secret.parse_private_key(_base64(_weak_key(), serialization.PrivateFormat.PKCS8))


@pytest.mark.parametrize("name", ["p", "q", "d", "dmp1", "dmq1", "iqmp", "n", "e"])
@pytest.mark.parametrize("bit", [0, 1, 7])
def test_a_key_whose_numbers_do_not_belong_together_is_refused(name: str, bit: int) -> None:
    numbers = _key().key.private_numbers()
    number = getattr(numbers, name, None) or getattr(numbers.public_numbers, name)
    right = number.to_bytes((number.bit_length() + 7) // 8, "big")
    whole = base64.b64decode(DER)
    assert whole.count(right) == 1
    damaged = whole.replace(right, right[:-1] + bytes([right[-1] ^ 1 << bit]))
    with pytest.raises(MalformedKey):
        client_secret.parse_private_key(base64.b64encode(damaged).decode())


def test_an_absurdly_long_key_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_secret, "MAX_KEY_BITS", 3071)
    with pytest.raises(MalformedKey):
        client_secret.parse_private_key(DER)


@settings(max_examples=20)
@given(st.text(max_size=40) | st.binary(min_size=384, max_size=384).map(lambda raw: base64.b64encode(raw).decode()))
def test_nothing_but_the_one_error_is_ever_raised(secret: str) -> None:
    with pytest.raises(UndecryptableClientSecret):
        client_secret.decrypt(private_keys=[_key()], client_secret=secret)


@given(st.text(max_size=60) | st.binary(max_size=60).map(lambda raw: base64.b64encode(raw).decode()))
def test_no_text_makes_the_reading_of_a_key_fail_otherwise(text: str) -> None:
    with pytest.raises(MalformedKey):
        client_secret.parse_private_key(text)
