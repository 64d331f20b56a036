"""The client secret of applicationSync, decrypted with the seller's own key."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from koogallery.errors import SettingsError
from koogallery.logs import log_line
from koogallery.messages.callbacks import IllegalParameter
from koogallery.settings import Settings
from koogallery_signing import client_secret
from koogallery_signing.client_secret import MIN_KEY_BITS, PrivateKey
from koogallery_signing.errors import MalformedKey, UndecryptableClientSecret, WeakPrivateKey

PRIVATE_KEY = "KIT_PRIVATE_KEY"


def decrypted(cipher_text: str, settings: Settings) -> str:
    """The secret in the clear; raises ``IllegalParameter``, or ``SettingsError`` for a key that cannot be used."""
    try:
        secret = client_secret.decrypt(
            private_keys=_private_keys(settings.require(PRIVATE_KEY)), client_secret=cipher_text
        )
    except UndecryptableClientSecret as error:
        raise IllegalParameter(
            f"clientSecret: cannot be decrypted with {PRIVATE_KEY}; is its public key the one of the app credential?"
        ) from error
    log_line("oaep_matched", padding=secret.padding, key_index=secret.key_index)
    return secret.plaintext


@lru_cache(maxsize=4)
def _private_keys(text: str) -> Sequence[PrivateKey]:
    try:
        return client_secret.parse_private_keys(text)
    except WeakPrivateKey as error:
        raise SettingsError(PRIVATE_KEY, f"holds an RSA key below {MIN_KEY_BITS} bits") from error
    except MalformedKey as error:
        raise SettingsError(PRIVATE_KEY, "is neither PKCS#8 DER in base64 nor an unencrypted PEM") from error
