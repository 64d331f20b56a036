"""Replies as strict as the gateway reads them.

A function behind APIG replies with exactly ``statusCode``, ``headers``, ``isBase64Encoded``, ``body``
(FunctionGraph FAQ, "format of a function's return value for APIG"); an authorizer with ``statusCode`` and a
``body`` text that holds ``status`` allow or deny and, if it likes, a ``context`` of texts (APIG user guide,
"Creating a custom authorizer"). Anything else is a 500 to the caller.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from local_cloud.errors import ReplyRefused

MAX_REPLY_BYTES = 6 * 1024 * 1024
MAX_AUTHORIZER_REPLY_BYTES = 1024 * 1024

_STATUSES = range(200, 600)
_HEADER_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_CONTEXT_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,31}")
_BODYLESS = (204, 304)


@dataclass(frozen=True)
class Reply:
    """An HTTP answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Decision:
    """What an authorizer decided."""

    allow: bool
    context: Mapping[str, str]


def to_json(reply: object) -> str:
    """The JSON text of a return value (nothing is the empty text); ``ReplyRefused`` when there is none."""
    try:
        text = json.dumps("" if reply is None else reply, ensure_ascii=False, allow_nan=False)
        size = len(text.encode("utf-8"))
    except (TypeError, ValueError, RecursionError) as exc:
        raise ReplyRefused("the return value is no JSON") from exc
    if size > MAX_REPLY_BYTES:
        raise ReplyRefused(f"the return value has {size} bytes, more than {MAX_REPLY_BYTES}")
    return text


def read_reply(reply: object) -> Reply:
    """The HTTP answer of a function; raises ``ReplyRefused``."""
    to_json(reply)
    members = _members(reply, ("statusCode", "headers", "isBase64Encoded", "body"))
    status, headers = _status(members), _headers(members["headers"])
    if not isinstance(members["isBase64Encoded"], bool):
        raise ReplyRefused("isBase64Encoded is neither true nor false")
    if not isinstance(members["body"], str):
        raise ReplyRefused("body is no text")
    try:
        encoded = members["isBase64Encoded"]
        body = base64.b64decode(members["body"], validate=True) if encoded else members["body"].encode("utf-8")
    except (binascii.Error, ValueError) as exc:
        raise ReplyRefused("body is no base64") from exc
    if status in _BODYLESS and body:
        raise ReplyRefused(f"status {status} has a body")
    return Reply(status, headers, body)


def read_decision(reply: object) -> Decision:
    """The decision of an authorizer; raises ``ReplyRefused``."""
    if len(to_json(reply).encode("utf-8")) > MAX_AUTHORIZER_REPLY_BYTES:
        raise ReplyRefused(f"an authorizer's reply has more than {MAX_AUTHORIZER_REPLY_BYTES} bytes")
    members = _members(reply, ("statusCode", "body"))
    if _status(members) != 200:
        raise ReplyRefused("statusCode of an authorizer is not 200")
    if not isinstance(members["body"], str):
        raise ReplyRefused("body of an authorizer is no text")
    try:
        body = json.loads(members["body"])
    except (ValueError, RecursionError) as exc:
        raise ReplyRefused("body of an authorizer is no JSON") from exc
    if not isinstance(body, dict) or body.get("status") not in ("allow", "deny"):
        raise ReplyRefused("status of an authorizer is neither allow nor deny")
    return Decision(body["status"] == "allow", _context(body.get("context", {})))


def _members(reply: object, names: tuple[str, ...]) -> Mapping[str, object]:
    if not isinstance(reply, dict):
        raise ReplyRefused("the return value is no object")
    missing = [name for name in names if name not in reply]
    if missing:
        raise ReplyRefused(f"{missing[0]} is missing")
    unknown = [name for name in reply if name not in names]
    if unknown:
        raise ReplyRefused(f"unknown member {unknown[0]!r}")
    return reply


def _status(members: Mapping[str, object]) -> int:
    status = members["statusCode"]
    if type(status) is not int or status not in _STATUSES:
        raise ReplyRefused("statusCode is no whole number from 200 to 599")
    return status


def _headers(headers: object) -> Mapping[str, str]:
    if not isinstance(headers, dict):
        raise ReplyRefused("headers is no object")
    for name, value in headers.items():
        if not isinstance(name, str) or not _HEADER_NAME.fullmatch(name):
            raise ReplyRefused(f"{name!r} is no header name")
        if not isinstance(value, str) or not value.isprintable() or not value.isascii():
            raise ReplyRefused(f"header {name} is no printable ASCII text")
    return headers


def _context(context: object) -> Mapping[str, str]:
    if not isinstance(context, dict):
        raise ReplyRefused("context of an authorizer is no object")
    for name, value in context.items():
        if not _CONTEXT_NAME.fullmatch(name):
            raise ReplyRefused(f"{name!r} is no name of a context value")
        if not isinstance(value, str):
            raise ReplyRefused(f"context value {name} is no text")
    return context
