"""clientSecret of applicationSync: one RSA block, OAEP, under the public key the seller pasted into the credential."""

from __future__ import annotations

import base64
import binascii

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from koogallery_simulator.errors import SettingsProblem

LEAST_BITS = 3072

# The guide names OAEP and no hash: (hash, hash of MGF1); the second is Java's OAEPWithSHA-256AndMGF1Padding.
OAEP_PAIRS: dict[str, tuple[hashes.HashAlgorithm, hashes.HashAlgorithm]] = {
    "SHA-256/SHA-256": (hashes.SHA256(), hashes.SHA256()),
    "SHA-256/SHA-1": (hashes.SHA256(), hashes.SHA1()),  # noqa: S303  what a platform may use
    "SHA-1/SHA-1": (hashes.SHA1(), hashes.SHA1()),  # noqa: S303
}
DEFAULT_PAIR = "SHA-256/SHA-256"


def oaep(pair: str) -> padding.OAEP:
    """The padding of one of OAEP_PAIRS."""
    digest, mask = OAEP_PAIRS[pair]
    return padding.OAEP(mgf=padding.MGF1(mask), algorithm=digest, label=None)


def encrypt_secret(public_key: str, secret: str, pair: str = DEFAULT_PAIR) -> str:
    """Base64 of the block. ``public_key`` as pasted: base64 of the DER without PEM lines."""
    block = _public(public_key).encrypt(secret.encode("utf-8"), oaep(pair))
    return base64.b64encode(block).decode("ascii")


def _public(text: str) -> RSAPublicKey:
    try:
        key = serialization.load_der_public_key(base64.b64decode(text, validate=True))
    except (ValueError, binascii.Error) as exc:
        raise SettingsProblem("the public key of the credential is no base64 of an RSA key without PEM lines") from exc
    if not isinstance(key, RSAPublicKey) or key.key_size < LEAST_BITS:
        raise SettingsProblem(f"the public key of the credential must be RSA of {LEAST_BITS} bits or more")
    return key


def public_key_of(private_key: str) -> str:
    """What the seller pastes, from KIT_PRIVATE_KEY: base64 of PKCS#8 DER, or a PEM with ``\\n`` for line ends."""
    pem = private_key.replace("\\n", "\n").strip()
    try:
        if pem.startswith("-----"):
            key = serialization.load_pem_private_key(pem.encode("ascii"), password=None)
        else:
            key = serialization.load_der_private_key(base64.b64decode(pem, validate=True), password=None)
    except (ValueError, TypeError, binascii.Error) as exc:
        raise SettingsProblem("KIT_PRIVATE_KEY is neither base64 of PKCS#8 DER nor a PEM") from exc
    if not isinstance(key, RSAPrivateKey):
        raise SettingsProblem("KIT_PRIVATE_KEY is no RSA key")
    form = (serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(key.public_key().public_bytes(*form)).decode("ascii")
