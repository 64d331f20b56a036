"""SaaS 2.0: POST, JSON, signature in the query string (SaaS guide V2.0, HTTP body signature)."""

from __future__ import annotations

from datetime import datetime

from koogallery.activities import ACTIVITIES
from koogallery.apig import Request
from koogallery.dialects.signed_call import SignedCall, is_debug_call
from koogallery.errors import SettingsError
from koogallery.messages.callbacks import IllegalParameter
from koogallery.settings import Settings
from koogallery_signing import body_signature
from koogallery_signing.canonical_json import parse_object
from koogallery_signing.errors import MalformedKey
from koogallery_signing.keyring import Keyring


def read(request: Request, settings: Settings, now: datetime) -> SignedCall:
    """Verify and read a callback; raises ``SignatureRejected``, ``IllegalParameter``, ``SettingsError``."""
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
        members=dict(members),
        nonce=request.query["nonce"],
        stamp=verified.timestamp_ms,
        is_test=is_debug_call(members.get("testFlag")),
        form=f"{verified.form}, key {verified.key_index}",
    )


def keyring(settings: Settings, name: str) -> Keyring:
    """The keys of an interface class; raises ``SettingsError`` naming the setting."""
    try:
        return Keyring.parse(settings.require(name))
    except MalformedKey as error:
        raise SettingsError(name, "is not a list of keys: current,previous") from error
