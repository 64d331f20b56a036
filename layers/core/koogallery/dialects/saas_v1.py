"""SaaS 1.0: GET, everything in the query string, ``authToken`` in, ``Body-Sign`` out (SaaS guide V1.0).

1.0 knows neither nonce nor window: its token stands for the nonce, its ``timeStamp`` orders status changes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from koogallery import times
from koogallery.answers import Answer
from koogallery.apig import Reply, Request, callback_reply
from koogallery.dialects.dialect import SignedCall, keyring
from koogallery.dialects.v1_facts import order_facts
from koogallery.inferred import V1_CLOCK_TOLERANCE
from koogallery.messages.callbacks import MESSAGES_V1, parse_message
from koogallery.messages.members import Message
from koogallery.settings import Settings
from koogallery_signing import auth_token, body_sign, sensitive_fields
from koogallery_signing.auth_token import VerifiedQuery

KEYS = "MARKETPLACE_V1_KEYS"
_ENCRYPTED = ("userName", "password")

Translate = Callable[[Mapping[str, str]], dict[str, Any]]


@dataclass(frozen=True)
class Word:
    """An activity of 1.0: its word in 2.0, the function that serves it, and its members in the words of 2.0."""

    activity: str
    function: str
    translate: Translate
    has_facts: bool = False


def _same(parameters: Mapping[str, str]) -> dict[str, Any]:
    return dict(parameters)


def _refresh(parameters: Mapping[str, str]) -> dict[str, Any]:
    """A conversion is flagged, a cancelled renewal has a negative amount, everything else is a renewal."""
    scene = "RENEWAL"
    if parameters.get("trialToFormal", "0") not in ("", "0"):
        scene = "TRIAL_TO_FORMAL"
    elif parameters.get("orderAmount", "").strip().startswith("-"):
        scene = "UNSUBSCRIBE_RENEWAL_PERIOD"
    return {**parameters, "scene": scene}


def _freeze(parameters: Mapping[str, str]) -> dict[str, Any]:
    return {**parameters, "status": "FREEZE", "expired": True}


def _status(parameters: Mapping[str, str]) -> dict[str, Any]:
    return {**parameters, "status": parameters.get("instanceStatus", ""), "expired": False}


_NO_WORD = Word("", "", _same)
_UPGRADE = Word("upgradeInstance", "upgrade_instance", _same, has_facts=True)
ACTIVITIES: dict[str, Word] = {
    "newInstance": Word("newInstance", "new_instance", _same, has_facts=True),
    "queryInstance": Word("queryInstance", "query_instance", _same),
    "refreshInstance": Word("refreshInstance", "refresh_instance", _refresh),
    "expireInstance": Word("updateInstanceStatus", "update_instance_status", _freeze),
    "instanceStatus": Word("updateInstanceStatus", "update_instance_status", _status),
    "releaseInstance": Word("releaseInstance", "release_instance", _same),
    "upgrade": _UPGRADE,
    "upgradeInstance": _UPGRADE,
}


class SaasV1:
    """The basic interface of SaaS 1.0; licence guide A speaks it with other words."""

    def __init__(
        self, activities: Mapping[str, Word] = ACTIVITIES, messages: Mapping[str, type[Message]] = MESSAGES_V1
    ) -> None:
        self._activities = activities
        self._messages = {**MESSAGES_V1, **messages}

    def read(self, request: Request, settings: Settings, now: datetime) -> SignedCall:
        """Verify the token over all parameters, then translate those of the reading that matched."""
        keys = keyring(settings, KEYS)
        verified = auth_token.verify_parameters(keyring=keys, parameters=dict(request.query_values))
        parameters = verified.parameters
        word = self._activities.get(parameters["activity"], _NO_WORD)
        key = keys[verified.key_index]
        return SignedCall(
            activity=word.activity,
            named=parameters["activity"] if word.activity else "unknown",
            function=word.function,
            nonce=hashlib.sha256(verified.token.encode()).hexdigest()[:40],
            stamp=_stamp(parameters["timeStamp"], now),
            test_flag=parameters.get("testFlag"),
            form=_form(verified),
            key_index=verified.key_index,
            read_message=lambda: self._message(word, parameters),
            facts=order_facts(parameters, key, settings.v1_encrypt_type) if word.has_facts else {},
        )

    def reply(self, answer: Answer, settings: Settings | None, key_index: int) -> Reply:
        """Access data with user name and password encrypted; the exact body signed with the Key, errors too."""
        if settings is None or not settings.marketplace_v1_keys:
            return callback_reply(answer.result_code, answer.message, **answer.members)
        key = keyring(settings, KEYS)[key_index]
        encrypt_type = settings.v1_encrypt_type
        members = {**answer.members, **({"appInfo": answer.app_info} if answer.app_info else {})}
        if "appInfo" in members or "info" in members:
            members = {"encryptType": encrypt_type, **_encrypted(members, key, settings)}
        reply = callback_reply(answer.result_code, answer.message, **members)
        reply["headers"][body_sign.HEADER_NAME] = body_sign.sign(key, reply["body"].encode())
        return reply

    def _message(self, word: Word, parameters: Mapping[str, str]) -> Message:
        message: Message = parse_message(word.activity, word.translate(parameters), self._messages)
        return message


def _form(verified: VerifiedQuery) -> str:
    return f"{verified.reading}, key {verified.key_index}"


def _stamp(time_stamp: str, now: datetime) -> int:
    """``yyyyMMddHHmmssSSS``, UTC, as UNIX ms; a stamp of another form counts as now.

    So does one far ahead: it would shut out every later change of status.
    """
    received = int(now.timestamp() * 1000)
    try:
        stamp = int(times.parse_wire(time_stamp).timestamp()) * 1000 + int(time_stamp[14:] or "0")
    except ValueError:
        return received
    return stamp if stamp <= received + V1_CLOCK_TOLERANCE // timedelta(milliseconds=1) else received


def _encrypted(members: dict[str, Any], key: str, settings: Settings) -> dict[str, Any]:
    def app_info(plain: dict[str, str]) -> dict[str, str]:
        return {
            name: sensitive_fields.encrypt(key, value, encrypt_type=settings.v1_encrypt_type)
            if name in _ENCRYPTED and value
            else value
            for name, value in plain.items()
        }

    changed = dict(members)
    if "appInfo" in changed:
        changed["appInfo"] = app_info(changed["appInfo"])
    if "info" in changed:
        changed["info"] = [
            {**entry, "appInfo": app_info(entry["appInfo"])} if "appInfo" in entry else entry
            for entry in changed["info"]
        ]
    return changed
