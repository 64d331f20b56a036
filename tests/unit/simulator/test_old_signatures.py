"""1.0 tokens, Body-Sign, field encryption, the kit's signature and client secrets against known answers."""

from __future__ import annotations

import base64
import json
from urllib.parse import unquote

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from koogallery_simulator.client_secrets import OAEP_PAIRS, encrypt_secret, oaep, public_key_of
from koogallery_simulator.errors import SettingsProblem
from koogallery_simulator.field_encryption import NotDecryptable, decrypt_field, encrypt_field, field_key
from koogallery_simulator.signatures import callback_payload
from koogallery_simulator.v1_signatures import (
    auth_token,
    body_pairs,
    body_sign,
    body_sign_problem,
    kit_signature,
    token_text,
)
from tests.unit.simulator.test_signatures import Vector, vectors
from tests.unit.simulator.tools import rsa_keys


def pairs_of(given: dict[str, str]) -> list[tuple[str, str]]:
    if given["method"] == "POST":
        return body_pairs(json.loads(given["body"]))
    parts = [part.partition("=") for part in given["url"].partition("?")[2].split("&")]
    return [(unquote(name), unquote(value)) for name, _, value in parts if name != "authToken"]


@pytest.mark.parametrize("vector", vectors("v1-auth-token"))
def test_tokens_are_made_as_the_known_answers(vector: Vector) -> None:
    given = vector["input"]
    pairs = pairs_of(given)
    text = token_text(pairs, skip_empty=given["method"] == "POST")
    token = auth_token(given["key"], dict(pairs)["timeStamp"], text)
    assert text == vector["steps"]["stringToSign"]
    assert token == vector["expect"]["authToken"]
    assert token not in vector["reject"].values()


def test_first_of_two_equal_names_counts() -> None:
    assert token_text([("b", "1"), ("a", "2"), ("b", "3")]) == "a=2&b=1"


@pytest.mark.parametrize("vector", vectors("v1-body-sign"))
def test_body_sign_is_checked_as_the_known_answers(vector: Vector) -> None:
    given, body = vector["input"], vector["input"]["body"].encode("utf-8")
    assert body_sign(given["key"], body) == vector["expect"]["signature"]
    printed = [vector["expect"]["header"], *vector["acceptAlso"].values()]
    for line in printed:
        assert body_sign_problem(line.partition(":")[2], given["key"], body) is None
    for wrong in vector["reject"].values():
        assert body_sign_problem(f'sign_type="HMAC-SHA256", signature= "{wrong}"', given["key"], body) is not None


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        'sign_type=HMAC-SHA256, signature="{}"',
        'signature="{}"',
        'sign_type="HMAC-SHA256", signature={}',
        "{}",
    ],
)
def test_body_sign_of_another_form_is_refused(header: str | None) -> None:
    signature = body_sign("key", b"{}")
    assert body_sign_problem(header.replace("{}", signature) if header else header, "key", b"{}") is not None


def test_body_sign_covers_every_byte() -> None:
    header = f'sign_type="HMAC-SHA256", signature= "{body_sign("key", b"{} ")}"'
    assert body_sign_problem(header, "key", b"{} ") is None
    assert body_sign_problem(header, "key", b"{}") is not None


@pytest.mark.parametrize("vector", vectors("sensitive-fields-aes"))
def test_fields_are_encrypted_as_the_known_answers(vector: Vector) -> None:
    given = vector["input"]
    key, size = given["key"], given["encryptType"]
    assert field_key(key, size).hex() == vector["steps"]["aesKeyHex"]
    assert encrypt_field(key, size, given["plaintext"], given["iv"]) == vector["expect"]["value"]
    assert decrypt_field(key, size, vector["expect"]["value"]) == given["plaintext"]
    for wrong in vector["reject"].values():
        with pytest.raises(NotDecryptable):
            decrypt_field(key, size, wrong)


def test_every_encryption_has_its_own_iv() -> None:
    made = {encrypt_field("key", "1", "admin") for _ in range(20)}
    assert len(made) == 20
    assert {decrypt_field("key", "1", value) for value in made} == {"admin"}


@pytest.mark.parametrize("length", [0, 15, 16, 17, 79])
def test_longest_text_fits_the_field(length: int) -> None:
    value = encrypt_field("key", "2", "x" * length)
    assert decrypt_field("key", "2", value) == "x" * length
    assert len(value) <= 128


@pytest.mark.parametrize("vector", vectors("v2-kit-signature"))
def test_kit_calls_are_signed_as_the_known_answers(vector: Vector) -> None:
    given = vector["input"]
    payload = callback_payload(json.loads(given["body"]))
    signature = kit_signature(given["accessKey"], given["nonce"], given["timestamp"], payload)
    assert payload == vector["steps"]["payload"]
    assert signature == vector["expect"]["headers"]["x-sign"]
    assert signature.lower() not in vector["reject"].values()


def private_key(key_id: str) -> RSAPrivateKey:
    key = serialization.load_der_private_key(base64.b64decode(rsa_keys(key_id)["privateKeyPkcs8DerBase64"]), None)
    assert isinstance(key, RSAPrivateKey)
    return key


SECRETS = [one for one in vectors("client-secret-rsa-oaep") if "plaintext" in one.values[0]["expect"]]


@pytest.mark.parametrize("vector", SECRETS)
def test_pairs_of_hashes_are_those_of_the_known_answers(vector: Vector) -> None:
    given, steps = vector["input"], vector["steps"]
    padding = oaep(f"{steps['oaepHash']}/{steps['mgf1Hash']}")
    block = base64.b64decode(given["clientSecret"])
    assert private_key(given["keyId"]).decrypt(block, padding).decode() == vector["expect"]["plaintext"]


@pytest.mark.parametrize("pair", OAEP_PAIRS)
def test_secret_is_one_block_that_the_private_key_opens(pair: str) -> None:
    text = encrypt_secret(rsa_keys("k3072")["publicKeySpkiDerBase64"], "client-secret", pair)
    assert len(text) == 512
    assert private_key("k3072").decrypt(base64.b64decode(text), oaep(pair)) == b"client-secret"


def test_public_key_is_made_of_the_seller_s_setting_in_both_forms() -> None:
    keys = rsa_keys("k3072")
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    pem = private_key("k3072").private_bytes(*form).decode()
    assert public_key_of(keys["privateKeyPkcs8DerBase64"]) == keys["publicKeySpkiDerBase64"]
    assert public_key_of(pem.replace("\n", "\\n")) == keys["publicKeySpkiDerBase64"]


@pytest.mark.parametrize("text", ["", "no base64", "AAAA"])
def test_keys_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(SettingsProblem):
        encrypt_secret(text, "secret")
    with pytest.raises(SettingsProblem, match="KIT_PRIVATE_KEY"):
        public_key_of(text)


def test_short_key_is_refused() -> None:
    short = rsa.generate_private_key(65537, 1024)  # noqa: S505  the one that must be refused
    form = (serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    text = base64.b64encode(short.public_key().public_bytes(*form)).decode()
    with pytest.raises(SettingsProblem, match="3072"):
        encrypt_secret(text, "secret")
