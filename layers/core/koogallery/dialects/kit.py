"""The joint kit: POST to fixed sub-paths of the production address, one for each sync.

2.0 signs in the headers ``x-sign``, ``x-timestamp``, ``x-nonce`` (SaaS guide V2.0, HTTP body signature, joint
operation part); 1.0 in the header ``authToken``, over the members of the body, and its answers carry ``Body-Sign``.
The path says which. A client secret is decrypted only once the signature holds.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache

from koogallery.answers import Answer
from koogallery.apig import Reply, Request, callback_reply
from koogallery.dialects.dialect import SignedCall, keyring
from koogallery.dialects.saas_v1 import KEYS as V1_KEYS
from koogallery.dialects.saas_v1 import SaasV1
from koogallery.errors import SettingsError
from koogallery.logs import log_line
from koogallery.messages.callbacks import IllegalParameter, parse_message
from koogallery.messages.kit import ADD, KIT_MESSAGES, MODIFY, ApplicationSync, KitMessage
from koogallery.settings import Settings
from koogallery_signing import auth_token, client_secret, kit_signature
from koogallery_signing.canonical_json import JsonObject, parse_object
from koogallery_signing.client_secret import MIN_KEY_BITS, PrivateKey
from koogallery_signing.errors import MalformedKey, UndecryptableClientSecret, WeakPrivateKey

KEYS = "MARKETPLACE_KIT_KEYS"
PRIVATE_KEY = "KIT_PRIVATE_KEY"
MAX_BODY_BYTES = 4 * 1024 * 1024
"""What the gateway hands to a function; a full sync of the departments needs more than other callbacks."""

FUNCTIONS = {
    "tenantSync": "sync_tenant",
    "applicationSync": "sync_application",
    "authSync": "sync_users",
    "singleOrgSync": "sync_department",
    "allOrgSync": "sync_departments",
}


class KitV2:
    """The kit as products are sold today."""

    def read(self, request: Request, settings: Settings, now: datetime) -> SignedCall:
        """Verify with the keys of the joint-SaaS sync, then read."""
        name, members = _named(request), parse_object(request.body)
        verified = kit_signature.verify(
            keyring=keyring(settings, KEYS),
            signature=request.headers.get("x-sign"),
            timestamp=request.headers.get("x-timestamp"),
            nonce=request.headers.get("x-nonce"),
            raw_body=request.body,
            parsed_body=members,
            now_ms=int(now.timestamp() * 1000),
        )
        return SignedCall(
            activity=name,
            named=name,
            function=FUNCTIONS[name],
            nonce=request.headers["x-nonce"],
            stamp=verified.timestamp_ms,
            test_flag=members.get("testFlag"),
            form=f"{verified.form}, key {verified.key_index}",
            key_index=verified.key_index,
            read_message=lambda: _message(name, members, settings),
        )

    def reply(self, answer: Answer, settings: Settings | None, key_index: int) -> Reply:
        """Not signed: the printed answers have no header but their type."""
        return callback_reply(answer.result_code, answer.message, **answer.members)


class KitV1:
    """The kit of products sold before."""

    def read(self, request: Request, settings: Settings, now: datetime) -> SignedCall:
        """Verify the token over all members, then read. There is neither nonce nor window: ``stamp`` is 0."""
        name, members = _named(request), parse_object(request.body)
        token = request.headers.get("authtoken", "")
        verified = auth_token.verify_body(
            keyring=keyring(settings, V1_KEYS), auth_token=token, raw_body=request.body, parsed_body=members
        )
        return SignedCall(
            activity=name,
            named=name,
            function=FUNCTIONS[name],
            nonce=hashlib.sha256(token.encode()).hexdigest()[:40],
            stamp=0,
            test_flag=members.get("testFlag"),
            form=f"{verified.reading}, key {verified.key_index}",
            key_index=verified.key_index,
            read_message=lambda: _message(name, members, settings),
        )

    def reply(self, answer: Answer, settings: Settings | None, key_index: int) -> Reply:
        """Signed over the exact body, errors too, as all of 1.0."""
        return SaasV1().reply(answer, settings, key_index)


def _named(request: Request) -> str:
    name = request.path.rstrip("/").rpartition("/")[2]
    if name not in FUNCTIONS:
        raise IllegalParameter("path: not one of the five syncs")
    return name


def _message(name: str, members: JsonObject, settings: Settings) -> KitMessage:
    message: KitMessage = parse_message(name, members, KIT_MESSAGES)
    if isinstance(message, ApplicationSync) and message.flag in (ADD, MODIFY):
        return message.replaced(client_secret=_decrypted(message.client_secret, settings))
    return message


def _decrypted(cipher_text: str, settings: Settings) -> str:
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
