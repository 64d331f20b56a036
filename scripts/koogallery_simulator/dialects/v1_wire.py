"""How 1.0 callbacks travel: GET with everything in the query, authToken over the decoded values, Body-Sign back."""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Literal
from urllib.parse import quote, quote_plus

from koogallery_simulator.dialects.base import Addresses, Answer, Callback, OutgoingRequest, Problem
from koogallery_simulator.field_encryption import encrypt_field
from koogallery_simulator.settings import Keys
from koogallery_simulator.times import kit_time
from koogallery_simulator.v1_signatures import auth_token, body_sign_problem, token_text

SUCCESS = "000000"
COMMON = frozenset({SUCCESS, "000001", "000002", "000004", "000005"})
ENCRYPTED = frozenset({"mobilePhone", "email"})

Encoding = Literal["percent", "form", "raw-plus"]
_ENCODERS: dict[str, Callable[[str], str]] = {
    "percent": lambda text: quote(text, safe=""),
    "form": lambda text: quote_plus(text, safe=""),
    "raw-plus": lambda text: quote(text, safe="+"),
}


def extend_params(pairs: tuple[tuple[str, str], ...]) -> str:
    """``saasExtendParams`` before its URL encoding: base64 of a JSON array of names and values."""
    document = [{"name": name, "value": value} for name, value in pairs]
    return base64.b64encode(json.dumps(document, ensure_ascii=False).encode("utf-8")).decode("ascii")


class V1Dialect:
    """Signs and sends 1.0 calls.

    ``encoding``: ``percent`` as current examples (``%2B``, ``%20``), ``form`` (a blank is ``+``), ``raw-plus`` as
    older ones (the ``+`` of base64 stays). ``encrypt_type``: size of the key of mobilePhone and email.
    ``real_test_flag``: what real calls carry as testFlag; absent by default (China), "0" on the international site.
    """

    creating = "newInstance"

    def __init__(
        self, *, encoding: Encoding = "percent", encrypt_type: str = "1", real_test_flag: str | None = None
    ) -> None:
        self._encode = _ENCODERS[encoding]
        self._encrypt_type = encrypt_type
        self._real_test_flag = real_test_flag

    def request(self, callback: Callback, keys: Keys, addresses: Addresses, now: datetime) -> OutgoingRequest:
        """GET; a fresh businessId, timeStamp and authToken."""
        key = keys.current("v1")
        pairs = self._pairs(callback, key, kit_time(now, utc_offset_hours=0))
        token = auth_token(key, dict(pairs)["timeStamp"], token_text(pairs))
        query = "&".join(
            f"{self._encode(name)}={self._encode(value)}" for name, value in [*pairs, ("authToken", token)]
        )
        joint = "&" if "?" in addresses.production else "?"
        return OutgoingRequest("GET", f"{addresses.production}{joint}{query}", {"Accept": "application/json"}, b"")

    def _pairs(self, callback: Callback, key: str, time_stamp: str) -> list[tuple[str, str]]:
        message: dict[str, object] = {"activity": callback.activity, **callback.members}
        if callback.activity == self.creating:
            message.setdefault("businessId", str(uuid.uuid4()))
        message.setdefault("timeStamp", time_stamp)
        message.setdefault("testFlag", "1" if callback.test else self._real_test_flag)
        pairs = [(name, str(value)) for name, value in message.items() if value is not None]
        return [(name, self._encrypted(name, value, key)) for name, value in pairs]

    def _encrypted(self, name: str, value: str, key: str) -> str:
        return encrypt_field(key, self._encrypt_type, value) if name in ENCRYPTED else value

    def accepted(self, callback: Callback, code: str) -> bool:
        """Only 000000: everything else is tried again."""
        return code == SUCCESS

    def form_problems(self, answer: Answer, keys: Keys) -> Iterator[Problem]:
        """Body-Sign, on errors too."""
        problem = body_sign_problem(answer.headers.get("body-sign"), keys.current("v1"), answer.body)
        if problem is not None:
            yield "body-sign", problem


def text_of(members: Mapping[str, object]) -> dict[str, object]:
    """Members without those that are None."""
    return {name: value for name, value in members.items() if value is not None}
