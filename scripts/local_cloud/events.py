"""Events as the platform makes them: an HTTP request becomes an APIG event, a moment a TIMER event.

After the FunctionGraph developer guide ("APIG event source", "TIMER event source") and captures of a live
gateway: base64 body, lower-case header names, a list for a name that is repeated (*inferred* from the types
the platform's runtime accepts), the rest of a prefix route under the empty key of ``pathParameters``.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import unquote

from bundle_template.schedules import REGION_ZONE

Event = dict[str, Any]
Many = dict[str, "str | list[str]"]


@dataclass(frozen=True)
class Request:
    """An HTTP request as it came in. ``path`` is still percent-encoded; ``query`` is decoded."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    headers: tuple[tuple[str, str], ...]
    body: bytes
    source_ip: str
    request_id: str


def several(pairs: Iterable[tuple[str, str]]) -> Many:
    """Name → value, or the list of values of a name that is repeated."""
    found: Many = {}
    for name, value in pairs:
        if name not in found:
            found[name] = value
            continue
        earlier = found[name]
        found[name] = [*earlier, value] if isinstance(earlier, list) else [earlier, value]
    return found


def apig_event(request: Request, api_id: str, path_parameters: Mapping[str, str], *, authorized: bool) -> Event:
    """The event of a function behind the gateway; ``authorized``: the route has a custom authorizer."""
    event: Event = {
        **_body(request),
        "httpMethod": request.method,
        "path": unquote(request.path),
        "pathParameters": dict(path_parameters),
        "queryStringParameters": several(request.query),
        "requestContext": {
            "apiId": api_id,
            "requestId": request.request_id,
            "stage": "RELEASE",
            "sourceIp": request.source_ip,
        },
        "headers": _headers(request),
    }
    if authorized:
        event["user_data"] = ""
    return event


def authorizer_event(request: Request, *, need_body: bool) -> Event:
    """The event of a custom authorizer (APIG user guide, "Creating a custom authorizer")."""
    event: Event = {
        "headers": _headers(request),
        "queryStringParameters": several(request.query),
        "user_data": "",
    }
    if need_body:
        event.update(_body(request))
    return event


def timer_event(name: str, user_event: str, time: datetime) -> Event:
    """The event of a timer; ``time`` (aware) is written in the zone of the region, with its offset."""
    return {
        "version": "v1.0",
        "time": event_time(time),
        "trigger_type": "TIMER",
        "trigger_name": name,
        "user_event": user_event,
    }


def event_time(time: datetime) -> str:
    """A moment as a TIMER event writes it: ``2026-09-01T08:30:00+08:00``."""
    return time.astimezone(REGION_ZONE).isoformat(timespec="seconds")


def _body(request: Request) -> Event:
    return {"body": base64.b64encode(request.body).decode("ascii"), "isBase64Encoded": True}


def _headers(request: Request) -> Many:
    gateway = {
        "x-request-id": request.request_id,
        "x-real-ip": request.source_ip,
        "x-forwarded-proto": "http",
    }
    pairs = [(name.lower(), value) for name, value in request.headers]
    gateway["x-forwarded-for"] = ", ".join([*(v for n, v in pairs if n == "x-forwarded-for"), request.source_ip])
    host = next((value for name, value in pairs if name == "host"), "")
    gateway["x-forwarded-host"] = host
    gateway["x-forwarded-port"] = host.rpartition(":")[2] if ":" in host else "80"
    return several(pairs) | dict(gateway)
