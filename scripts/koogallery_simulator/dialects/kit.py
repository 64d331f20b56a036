"""The joint kit's five syncs (joint-operation guide): 2.0 with ``x-sign`` headers, 1.0 with authToken and Body-Sign."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Literal

from koogallery_simulator.assumptions import KIT_TIME_ZONE_HOURS
from koogallery_simulator.dialects.base import Addresses, Answer, Callback, InstanceLookup, OutgoingRequest, Problem
from koogallery_simulator.retry import Policies
from koogallery_simulator.settings import Keys
from koogallery_simulator.signatures import callback_payload
from koogallery_simulator.times import kit_time, milliseconds
from koogallery_simulator.v1_signatures import auth_token, body_pairs, body_sign_problem, kit_signature, token_text

TENANT_SYNC = "tenantSync"
APPLICATION_SYNC = "applicationSync"
AUTH_SYNC = "authSync"
SINGLE_ORG_SYNC = "singleOrgSync"
ALL_ORG_SYNC = "allOrgSync"
ACTIVITIES = (TENANT_SYNC, APPLICATION_SYNC, AUTH_SYNC, SINGLE_ORG_SYNC, ALL_ORG_SYNC)
DELETE, ADD, MODIFY, CANCEL = 0, 1, 2, 3
SUCCESS = "000000"
MOST_USERS = 500
_CODES = frozenset(f"00000{last}" for last in range(6)) | {f"00010{last}" for last in range(8)}

Members = Mapping[str, object]
ListForm = Literal["array", "json", "unquoted"]


class _Kit:
    """What both generations share. The platform repeats none of these calls by itself: a person does."""

    policies: Policies = MappingProxyType({})
    read_only: frozenset[str] = frozenset()
    refunded: frozenset[str] = frozenset()

    def accepted(self, callback: Callback, code: str) -> bool:
        """Only 000000 counts."""
        return code == SUCCESS

    def documented_codes(self, activity: str) -> frozenset[str] | None:
        """Result code table of the guide."""
        return _CODES if activity in ACTIVITIES else None

    def lasting(self, callback: Callback) -> Mapping[str, str]:
        """Answers carry nothing but the result."""
        return {}

    def problems(self, callback: Callback, answer: Mapping[str, object], known: InstanceLookup) -> Iterator[Problem]:
        """Answers carry nothing but the result."""
        return iter(())


def _message(callback: Callback, now: datetime) -> dict[str, object]:
    message = {name: value for name, value in callback.members.items() if value is not None}
    message.setdefault("testFlag", int(callback.test))
    message.setdefault("timeStamp", kit_time(now, KIT_TIME_ZONE_HOURS))
    return message


class KitV2(_Kit):
    """``list_form``: userList and orgInfoList as arrays, as JSON text, or as the text with bare keys that the guide
    prints. ``compact``: the body as it is signed instead of as published, with blanks and in the tables' order.
    """

    name = "kit-2"

    def __init__(self, *, list_form: ListForm = "array", compact: bool = False) -> None:
        self._list_form = list_form
        self._compact = compact

    def request(self, callback: Callback, keys: Keys, addresses: Addresses, now: datetime) -> OutgoingRequest:
        """POST to the sync's own path; a fresh nonce and timestamp."""
        message = _message(callback, now)
        for name in ("userList", "orgInfoList"):
            if isinstance(message.get(name), list):
                message[name] = _list(message[name], self._list_form)
        payload = callback_payload(message)
        nonce, timestamp = secrets.token_hex(16).upper(), milliseconds(now)
        headers = {
            "Content-Type": "application/json;charset=utf-8",
            "x-sign": kit_signature(keys.current("kit"), nonce, timestamp, payload),
            "x-timestamp": timestamp,
            "x-nonce": nonce,
        }
        body = payload if self._compact else json.dumps(message, ensure_ascii=False)
        url = f"{addresses.production.rstrip('/')}/produceAPI/v2/{callback.activity}"
        return OutgoingRequest("POST", url, headers, body.encode("utf-8"))

    def form_problems(self, answer: Answer, keys: Keys) -> Iterator[Problem]:
        """2.0 answers carry no signature."""
        return iter(())


def _list(value: object, form: ListForm) -> object:
    if form == "array":
        return value
    if form == "json":
        return json.dumps(value, ensure_ascii=False)
    entries: Sequence[Mapping[str, object]] = value if isinstance(value, list) else []
    return "[" + ", ".join("{" + _bare(entry) + "}" for entry in entries) + "]"


def _bare(entry: Mapping[str, object]) -> str:
    return ", ".join(f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in entry.items())


class KitV1(_Kit):
    """1.0: lists as JSON text, ``orgInfo`` with ``name``, personal details under ``extension``."""

    name = "kit-1"

    def request(self, callback: Callback, keys: Keys, addresses: Addresses, now: datetime) -> OutgoingRequest:
        """POST with the header authToken over the top-level members, blank ones left out."""
        message = _old_words(_message(callback, now))
        time_stamp = str(message["timeStamp"])
        token = auth_token(keys.current("v1"), time_stamp, token_text(body_pairs(message), skip_empty=True))
        headers = {"Content-Type": "application/json", "authToken": token}
        url = f"{addresses.production.rstrip('/')}/produceAPI/{callback.activity}"
        return OutgoingRequest("POST", url, headers, json.dumps(message, ensure_ascii=False).encode("utf-8"))

    def form_problems(self, answer: Answer, keys: Keys) -> Iterator[Problem]:
        """Body-Sign, on errors too."""
        problem = body_sign_problem(answer.headers.get("body-sign"), keys.current("v1"), answer.body)
        if problem is not None:
            yield "body-sign", problem


_EXTENSION = ("entryDate", "employeeType", "workPlace")


def _old_words(message: dict[str, object]) -> dict[str, object]:
    words = dict(message)
    users, departments = words.get("userList"), words.pop("orgInfoList", None)
    if isinstance(users, list):
        words["userList"] = json.dumps([_old_user(user) for user in users], ensure_ascii=False)
    if isinstance(departments, list):
        renamed = [
            {"orgCode": one["orgCode"], "name": one["orgName"], "parentCode": one["parentCode"]} for one in departments
        ]
        words["orgInfo"] = json.dumps(renamed, ensure_ascii=False)
    return words


def _old_user(user: Mapping[str, object]) -> dict[str, object]:
    plain = {name: value for name, value in user.items() if name not in _EXTENSION}
    extension = {name: user[name] for name in _EXTENSION if name in user}
    return {**plain, "extension": extension} if extension else plain
