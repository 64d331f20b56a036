"""The joint kit of products sold before: the header ``authToken`` over the members of the body, answers signed."""

from __future__ import annotations

import hashlib
from datetime import datetime

from koogallery.answers import Answer
from koogallery.apig import Reply, Request
from koogallery.dialects.dialect import SignedCall, keyring
from koogallery.dialects.kit import FUNCTIONS, named, read_message
from koogallery.dialects.saas_v1 import KEYS, SaasV1
from koogallery.settings import Settings
from koogallery_signing import auth_token
from koogallery_signing.canonical_json import parse_object


class KitV1:
    """The kit of products sold before."""

    def read(self, request: Request, settings: Settings, now: datetime) -> SignedCall:
        """Verify the token over all members, then read. There is neither nonce nor window: ``stamp`` is 0."""
        name, members = named(request), parse_object(request.body)
        token = request.headers.get("authtoken", "")
        verified = auth_token.verify_body(keyring=keyring(settings, KEYS), auth_token=token, parsed_body=members)
        return SignedCall(
            activity=name,
            named=name,
            function=FUNCTIONS[name],
            nonce=hashlib.sha256(token.encode()).hexdigest()[:40],
            stamp=0,
            test_flag=members.get("testFlag"),
            form=f"{verified.reading}, key {verified.key_index}",
            key_index=verified.key_index,
            read_message=lambda: read_message(name, members, settings),
        )

    def reply(self, answer: Answer, settings: Settings | None, key_index: int) -> Reply:
        """Signed over the exact body, errors too, as all of 1.0."""
        return SaasV1().reply(answer, settings, key_index)
