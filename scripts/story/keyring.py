"""Keys of one run, made up: every class the marketplace knows, and the RSA pair of the joint product's credential."""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from koogallery_simulator import Keys
from koogallery_simulator.client_secrets import LEAST_BITS, public_key_of

OF_RSA = 65537


@dataclass(frozen=True, repr=False)
class Keyring:
    """``keys`` as the marketplace has them; ``private`` is KIT_PRIVATE_KEY, empty without a joint product."""

    keys: Keys
    private: str = ""

    def settings(self) -> dict[str, str]:
        """The same as the bundle has them."""
        lists = {
            "MARKETPLACE_ACCESS_KEYS": self.keys.access,
            "MARKETPLACE_NOTIFY_KEYS": self.keys.notify,
            "MARKETPLACE_V1_KEYS": self.keys.v1,
            "MARKETPLACE_LICENSE_KEYS": self.keys.license,
            "MARKETPLACE_KIT_KEYS": self.keys.kit,
        }
        settings = {"MARKETPLACE_AK": self.keys.ak, "MARKETPLACE_SK": self.keys.sk, "KIT_PRIVATE_KEY": self.private}
        settings.update({name: ",".join(keys) for name, keys in lists.items()})
        return {name: value for name, value in settings.items() if value}


def made_up(*, everything: bool) -> Keyring:
    """Keys of SaaS 2.0, or of every guide: the RSA pair takes a second."""
    ak, sk = secrets.token_hex(10).upper(), secrets.token_urlsafe(30)
    if not everything:
        return Keyring(Keys(ak, sk, access=(_key(),)))
    private = _private()
    keys = Keys(ak, sk, (_key(),), (_key(),), (_key(),), (_key(),), (_key(),), public_key_of(private))
    return Keyring(keys, private)


def _key() -> str:
    return secrets.token_urlsafe(24)


def _private() -> str:
    key = rsa.generate_private_key(OF_RSA, LEAST_BITS)
    form = (serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return base64.b64encode(key.private_bytes(*form)).decode()
