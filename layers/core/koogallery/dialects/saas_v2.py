"""SaaS 2.0: POST, JSON, signature in the query string (SaaS guide V2.0, HTTP body signature)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from koogallery.activities import ACTIVITIES, BASIC, LICENSE, NOTIFY, Activities
from koogallery.answers import Answer
from koogallery.apig import Reply, Request, callback_reply
from koogallery.dialects.dialect import SignedCall, keyring
from koogallery.messages.callbacks import MESSAGES, IllegalParameter, parse_message
from koogallery.messages.members import Message
from koogallery.settings import Settings
from koogallery_signing import body_signature
from koogallery_signing.canonical_json import JsonObject, parse_object
from koogallery_signing.errors import Fault, SignatureRejected
from koogallery_signing.signed_request import Verified

_CLASSES = {BASIC: "basic", LICENSE: "licence", NOTIFY: "general"}


class _Match(NamedTuple):
    """A verified signature and the class of keys that made it."""

    verified: Verified
    keys: str

    def __str__(self) -> str:
        return f"{self.verified.form}, {_CLASSES.get(self.keys, self.keys)} key {self.verified.key_index}"


class SaasV2:
    """One address of 2.0: its activities, and the messages they are read as."""

    def __init__(self, activities: Activities = ACTIVITIES, messages: Mapping[str, type[Message]] = MESSAGES) -> None:
        self._activities = activities
        self._messages = messages

    def read(self, request: Request, settings: Settings, now: datetime) -> SignedCall:
        """Verify with the key of the activity's interface class, then translate: 2.0 is the language of the core."""
        members = parse_object(request.body)
        activity = members.get("activity")
        if not isinstance(activity, str) or activity not in self._activities:
            raise IllegalParameter("activity: unknown")
        served = self._activities[activity]
        match = _verify(request, members, settings, served.keys, now)
        return SignedCall(
            activity=activity,
            named=activity,
            function=served.function,
            nonce=request.query["nonce"],
            stamp=match.verified.timestamp_ms,
            test_flag=members.get("testFlag"),
            form=str(match),
            key_index=match.verified.key_index,
            read_message=lambda: parse_message(activity, members, self._messages),
        )

    def reply(self, answer: Answer, settings: Settings | None, key_index: int) -> Reply:
        """Not signed: no form of a 2.0 answer signature is published. Access data goes through queryInstance alone."""
        return callback_reply(answer.result_code, answer.message, **answer.members)


def _verify(request: Request, members: JsonObject, settings: Settings, classes: Sequence[str], now: datetime) -> _Match:
    """Try the classes of keys that are configured; without any the first one is missed."""
    *others, last = [name for name in classes if getattr(settings, name.lower())] or [classes[0]]
    for name in others:
        try:
            return _match(request, members, settings, name, now)
        except SignatureRejected as error:
            if error.fault is not Fault.MISMATCH:
                raise
    return _match(request, members, settings, last, now)


def _match(request: Request, members: JsonObject, settings: Settings, keys: str, now: datetime) -> _Match:
    verified = body_signature.verify(
        keyring=keyring(settings, keys),
        signature=request.query.get("signature"),
        timestamp=request.query.get("timestamp"),
        nonce=request.query.get("nonce"),
        raw_body=request.body,
        parsed_body=members,
        now_ms=int(now.timestamp() * 1000),
    )
    return _Match(verified, keys)
