"""SaaS 2.0: POST, JSON, signature in the query string (SaaS guide V2.0, HTTP body signature)."""

from __future__ import annotations

from datetime import datetime

from koogallery.activities import ACTIVITIES
from koogallery.answers import Answer
from koogallery.apig import Reply, Request, callback_reply
from koogallery.dialects.dialect import SignedCall, is_debug_call, keyring
from koogallery.messages.callbacks import IllegalParameter, parse_message
from koogallery.settings import Settings
from koogallery_signing import body_signature
from koogallery_signing.canonical_json import parse_object


class SaasV2:
    """The basic interface of SaaS 2.0."""

    def read(self, request: Request, settings: Settings, now: datetime) -> SignedCall:
        """Verify with the key of the activity's interface class, then translate: 2.0 is the language of the core."""
        members = parse_object(request.body)
        activity = members.get("activity")
        if not isinstance(activity, str) or activity not in ACTIVITIES:
            raise IllegalParameter("activity: unknown")
        verified = body_signature.verify(
            keyring=keyring(settings, ACTIVITIES[activity].keys),
            signature=request.query.get("signature"),
            timestamp=request.query.get("timestamp"),
            nonce=request.query.get("nonce"),
            raw_body=request.body,
            parsed_body=members,
            now_ms=int(now.timestamp() * 1000),
        )
        return SignedCall(
            activity=activity,
            named=activity,
            function=ACTIVITIES[activity].function,
            nonce=request.query["nonce"],
            stamp=verified.timestamp_ms,
            is_test=is_debug_call(members.get("testFlag")),
            form=f"{verified.form}, key {verified.key_index}",
            key_index=verified.key_index,
            read_message=lambda: parse_message(activity, members),
        )

    def reply(self, answer: Answer, settings: Settings | None, key_index: int) -> Reply:
        """Not signed: no form of a 2.0 answer signature is published. Access data goes through queryInstance alone."""
        return callback_reply(answer.result_code, answer.message, **answer.members)
