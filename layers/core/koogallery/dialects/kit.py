"""The joint kit: POST to fixed sub-paths of the production address, one for each sync.

2.0 signs in the headers ``x-sign``, ``x-timestamp``, ``x-nonce`` (SaaS guide V2.0, HTTP body signature, joint
operation part); the path tells it from 1.0 (``kit_v1``). A client secret is decrypted only once the signature holds.
"""

from __future__ import annotations

from datetime import datetime

from koogallery.answers import Answer
from koogallery.apig import Reply, Request, callback_reply
from koogallery.dialects.dialect import SignedCall, keyring
from koogallery.messages.callbacks import IllegalParameter, parse_message
from koogallery.messages.kit import ADD, KIT_MESSAGES, MODIFY, ApplicationSync, KitMessage
from koogallery.settings import Settings
from koogallery_signing import kit_signature
from koogallery_signing.canonical_json import JsonObject, parse_object

KEYS = "MARKETPLACE_KIT_KEYS"
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
        name, members = named(request), parse_object(request.body)
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
            read_message=lambda: read_message(name, members, settings),
        )

    def reply(self, answer: Answer, settings: Settings | None, key_index: int) -> Reply:
        """Not signed: the printed answers have no header but their type."""
        return callback_reply(answer.result_code, answer.message, **answer.members)


def named(request: Request) -> str:
    """The sync an address is for; raises ``IllegalParameter``."""
    name = request.path.rstrip("/").rpartition("/")[2]
    if name not in FUNCTIONS:
        raise IllegalParameter("path: not one of the five syncs")
    return name


def read_message(name: str, members: JsonObject, settings: Settings) -> KitMessage:
    """A verified sync, its client secret decrypted; raises ``IllegalParameter``, ``SettingsError``."""
    message: KitMessage = parse_message(name, members, KIT_MESSAGES)
    if isinstance(message, ApplicationSync) and message.flag in (ADD, MODIFY):
        # Read when needed: the other syncs need not pay for it at a cold start.
        from koogallery.dialects.client_secrets import decrypted

        return message.replaced(client_secret=decrypted(message.client_secret, settings))
    return message
