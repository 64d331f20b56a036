"""Decryption of ``clientSecret`` in the kit's applicationSync: RSA-OAEP with the seller's own key pair.

Source: SaaS guide V2.0, applicationSync (RSA of 3072 bits or more, OAEP). The hashes and the base64 are not stated
there: ``PADDINGS`` is the *inferred* list, tried in order.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from koogallery_signing.errors import EmptyKeyring, MalformedKey, UndecryptableClientSecret, WeakPrivateKey

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.padding import OAEP
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

MIN_KEY_BITS: Final = 3072
MAX_KEY_BITS: Final = 16384
MAX_KEYS: Final = 4
MAX_KEY_TEXT_LENGTH: Final = 32 * 1024
MAX_SECRET_LENGTH: Final = 4096

# (OAEP hash, MGF1 hash). The second is what Java's "OAEPWithSHA-256AndMGF1Padding" does in its standard provider.
PADDINGS: Final = (("SHA-256", "SHA-256"), ("SHA-256", "SHA-1"), ("SHA-1", "SHA-1"))

_PEM = re.compile(r"-----BEGIN (?:RSA )?PRIVATE KEY-----(.+)-----END (?:RSA )?PRIVATE KEY-----", re.DOTALL)


@dataclass(frozen=True)
class PrivateKey:
    """A private key that was read and found strong enough. Never shows itself."""

    key: RSAPrivateKey = field(repr=False)


@dataclass(frozen=True)
class DecryptedSecret:
    """A decrypted client secret.

    ``padding`` says which hashes worked, for example ``"SHA-256/MGF1-SHA-1"``, and ``key_index`` which key: both are
    worth a log line, the secret is not.
    """

    plaintext: str = field(repr=False)
    padding: str
    key_index: int


def parse_private_keys(text: str) -> tuple[PrivateKey, ...]:
    """Read ``"current,previous"``, each in one of the forms of ``parse_private_key``; empty parts are no key.

    Raises EmptyKeyring, MalformedKey, WeakPrivateKey.
    """
    parts = [part for part in _unquoted(text).split(",") if part.strip()]
    if not parts:
        raise EmptyKeyring("there is no private key")
    if len(parts) > MAX_KEYS:
        raise MalformedKey(f"more than {MAX_KEYS} private keys")
    return tuple(parse_private_key(part) for part in parts)


def parse_private_key(text: str) -> PrivateKey:
    r"""Read an unencrypted RSA private key: base64 of PKCS#8 DER, or PEM (line ends may be a literal ``\n``).

    Quotes around it are dropped. Raises MalformedKey, or WeakPrivateKey below 3072 bits.
    """
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_der_private_key

    try:
        # OpenSSL's own check proves the primes anew, a tenth of a second at every cold start. The key is the seller's
        # own: what can happen to it is a lost or changed character, and that is what _fits_together finds.
        key = load_der_private_key(_der(text), password=None, unsafe_skip_rsa_key_validation=True)
    except (ValueError, TypeError, UnsupportedAlgorithm) as exc:
        raise MalformedKey("the private key is neither PKCS#8 DER in base64 nor an unencrypted PEM") from exc
    if not isinstance(key, RSAPrivateKey):
        raise MalformedKey("the private key is not an RSA key")
    if key.key_size < MIN_KEY_BITS:
        raise WeakPrivateKey(f"the private key has less than {MIN_KEY_BITS} bits")
    if key.key_size > MAX_KEY_BITS:
        raise MalformedKey(f"the private key has more than {MAX_KEY_BITS} bits")
    if not _fits_together(key):
        raise MalformedKey("the numbers of the private key do not belong together")
    return PrivateKey(key)


def _fits_together(key: RSAPrivateKey) -> bool:
    """Whether the numbers of a key are those of one key (RFC 8017, 3.2); that its primes are prime is not asked."""
    numbers = key.private_numbers()
    p, q, d, n, e = numbers.p, numbers.q, numbers.d, numbers.public_numbers.n, numbers.public_numbers.e
    return (
        p > 1
        and q > 1
        and p * q == n
        and e % 2 == 1
        and e * d % (p - 1) == 1
        and e * d % (q - 1) == 1
        and numbers.dmp1 == d % (p - 1)
        and numbers.dmq1 == d % (q - 1)
        and numbers.iqmp * q % p == 1
    )


def decrypt(*, private_keys: Sequence[PrivateKey], client_secret: str) -> DecryptedSecret:
    """Decrypt a received client secret, one RSA block in base64; white space in it is ignored.

    Every key with every padding of ``PADDINGS``. Raises UndecryptableClientSecret.
    """
    block = _block(client_secret)
    for key_index, private_key in enumerate(private_keys):
        for oaep_hash, mgf1_hash in PADDINGS:
            plaintext = _decrypt(private_key.key, block, _oaep(oaep_hash, mgf1_hash))
            if plaintext is not None:
                return DecryptedSecret(plaintext, f"{oaep_hash}/MGF1-{mgf1_hash}", key_index)
    raise UndecryptableClientSecret("no private key and padding decrypts the client secret")


def _unquoted(text: str) -> str:
    return text.strip().strip("\"'").strip()


def _der(text: str) -> bytes:
    if len(text) > MAX_KEY_TEXT_LENGTH:
        raise ValueError("the text is too long for a key")
    plain = _unquoted(text).replace("\\r", "").replace("\\n", "\n").strip()
    pem = _PEM.fullmatch(plain)
    return base64.b64decode("".join((pem[1] if pem else plain).split()), validate=True)


def _block(client_secret: str) -> bytes:
    if len(client_secret) > MAX_SECRET_LENGTH:
        raise UndecryptableClientSecret("the client secret is too long")
    try:
        return base64.b64decode("".join(client_secret.split()), validate=True)
    except ValueError as exc:
        raise UndecryptableClientSecret("the client secret is not base64") from exc


def _oaep(oaep_hash: str, mgf1_hash: str) -> OAEP:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP

    known: dict[str, hashes.HashAlgorithm] = {
        "SHA-256": hashes.SHA256(),
        "SHA-1": hashes.SHA1(),  # noqa: S303 - OAEP does not rest on collision resistance
    }
    return OAEP(mgf=MGF1(known[mgf1_hash]), algorithm=known[oaep_hash], label=None)


def _decrypt(key: RSAPrivateKey, block: bytes, oaep: OAEP) -> str | None:
    try:
        return key.decrypt(block, oaep).decode("utf-8")
    except ValueError:
        # Wrong padding, wrong block length or no text: the next combination may still fit.
        return None
