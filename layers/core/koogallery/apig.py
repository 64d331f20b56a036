"""The gateway's event in, its reply out.

Source: FunctionGraph developer guide, APIG trigger event and response; APIG expects all four reply keys with the
right types, otherwise the caller gets 500.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from koogallery.errors import PermanentError

MAX_BODY_BYTES = 1_048_576
MAX_RESULT_MESSAGE = 255
JSON_TYPE = "application/json"
PROBLEM_TYPE = "application/problem+json"


class MalformedEvent(PermanentError):
    """Not an event of the gateway. The text names the member, never its content."""

    code = "malformed_event"


class BodyTooLarge(PermanentError):
    """The body has more bytes than are taken."""

    code = "body_too_large"


Reply = dict[str, Any]
"""statusCode (int), headers (map of strings), isBase64Encoded (bool), body (str)."""


@dataclass(frozen=True)
class Request:
    """An HTTP request as a function sees it.

    Header names are lower case. ``query`` and ``headers`` hold the first value of a repeated name, ``query_values``
    all of them. ``path_parameters`` of a prefix route has one entry with an empty name: the rest of the path.
    """

    method: str
    path: str
    headers: dict[str, str] = field(repr=False)
    query: dict[str, str] = field(repr=False)
    query_values: dict[str, list[str]] = field(repr=False)
    path_parameters: dict[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    request_id: str
    source_ip: str = field(repr=False)

    @classmethod
    def from_event(cls, event: object, *, max_body_bytes: int = MAX_BODY_BYTES) -> Request:
        """Read an APIG event; raises ``MalformedEvent`` and ``BodyTooLarge``."""
        if not isinstance(event, dict):
            raise MalformedEvent("the event is not an object")
        headers = {name: values[0] for name, values in _multi(event, "headers", lower=True).items()}
        query_values = _multi(event, "queryStringParameters")
        context = _object(event, "requestContext")
        return cls(
            method=_text(event, "httpMethod").upper(),
            path=_text(event, "path"),
            headers=headers,
            query={name: values[0] for name, values in query_values.items()},
            query_values=query_values,
            path_parameters={name: values[0] for name, values in _multi(event, "pathParameters").items()},
            body=_body(event, max_body_bytes),
            request_id=_optional(context, "requestId") or headers.get("x-request-id", ""),
            source_ip=_optional(context, "sourceIp") or headers.get("x-real-ip", ""),
        )


def json_reply(status: int, obj: object, headers: Mapping[str, str] | None = None) -> Reply:
    """Compact JSON with ASCII escapes (the marketplace asks for them in ``memo``; harmless elsewhere)."""
    return _reply(status, JSON_TYPE, obj, headers)


def callback_reply(result_code: str, message: str, **members: object) -> Reply:
    """The answer to a marketplace callback: HTTP 200 whatever the result, since it reads nothing else.

    Source: SaaS guide V2.0, public response parameters; ``resultMsg`` has at most 255 characters.
    """
    result = {"resultCode": result_code, "resultMsg": message[:MAX_RESULT_MESSAGE]}
    return _reply(HTTPStatus.OK, JSON_TYPE, {**result, **members, **result}, None)


def problem_reply(
    status: int,
    code: str,
    title: str,
    detail: str | None = None,
    *,
    headers: Mapping[str, str] | None = None,
    **members: object,
) -> Reply:
    """An error for the seller's product, ``application/problem+json`` (RFC 9457) with a stable ``code``."""
    problem: dict[str, object] = {"title": title, "status": int(status), "code": code}
    if detail is not None:
        problem["detail"] = detail
    return _reply(status, PROBLEM_TYPE, {**problem, **members, **problem}, headers)


def _reply(status: int, content_type: str, obj: object, headers: Mapping[str, str] | None) -> Reply:
    return {
        "statusCode": int(status),
        "headers": {"Content-Type": content_type, **(headers or {})},
        "isBase64Encoded": False,
        "body": json.dumps(obj, ensure_ascii=True, allow_nan=False, separators=(",", ":")),
    }


def _object(event: Mapping[Any, Any], name: str) -> Mapping[Any, Any]:
    value = event.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise MalformedEvent(f"{name} is not an object")
    return value


def _text(event: Mapping[Any, Any], name: str) -> str:
    value = event.get(name)
    if not isinstance(value, str) or not value:
        raise MalformedEvent(f"{name} is missing or not text")
    return value


def _optional(context: Mapping[Any, Any], name: str) -> str:
    value = context.get(name)
    return value if isinstance(value, str) else ""


def _multi(event: Mapping[Any, Any], member: str, *, lower: bool = False) -> dict[str, list[str]]:
    """Values per name; the gateway gives a text, for repeated names perhaps a list (both occur in its types)."""
    found: dict[str, list[str]] = {}
    for name, value in _object(event, member).items():
        values = value if isinstance(value, list) else [value]
        if not isinstance(name, str) or not all(isinstance(one, str) for one in values):
            raise MalformedEvent(f"{member} holds something that is not text")
        if values:
            found.setdefault(name.lower() if lower else name, []).extend(values)
    return found


def _body(event: Mapping[Any, Any], longest: int) -> bytes:
    """The exact bytes, decoded by the flag and never by guess: signatures cover them."""
    body = event.get("body")
    encoded = event.get("isBase64Encoded", False)
    if not isinstance(body, (str, type(None))) or not isinstance(encoded, bool):
        raise MalformedEvent("body or isBase64Encoded has a wrong type")
    if not body:
        return b""
    if len(body) > ((longest + 2) // 3 * 4 if encoded else longest):
        raise BodyTooLarge(f"the body has more than {longest} bytes")
    try:
        content = base64.b64decode(body, validate=True) if encoded else body.encode("utf-8")
    except (binascii.Error, ValueError) as exc:
        raise MalformedEvent("the body cannot be decoded") from exc
    if len(content) > longest:
        raise BodyTooLarge(f"the body has more than {longest} bytes")
    return content
