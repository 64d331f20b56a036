"""The local gateway: HTTP in, authorizer, policies, function, reply check, HTTP out."""

from __future__ import annotations

import asyncio
import sys
import traceback
import uuid
from collections.abc import Mapping
from urllib.parse import parse_qsl

from starlette.requests import ClientDisconnect
from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from bundle_template.bundle import Bundle
from bundle_template.gateway import authorizer_of
from koogallery.clock import Clock
from local_cloud import gateway_errors as errors
from local_cloud.errors import FunctionFailed, FunctionTimedOut, LocalCloudError, ReplyRefused
from local_cloud.events import Event, Request, apig_event, authorizer_event, several
from local_cloud.functions import Callees
from local_cloud.gateway_errors import GatewayError
from local_cloud.policies import choose_function
from local_cloud.reply import Reply, read_decision, read_reply, to_json
from local_cloud.routing import find_route
from local_cloud.workers import Workers

MAX_BODY_BYTES = 4 * 1024 * 1024
"""What an APIG trigger hands to a function (FunctionGraph, notes and constraints)."""
MAX_DRAINED_BYTES = 12 * 1024 * 1024
"""What the gateway itself reads; a larger request is cut off."""

_OWN_HEADERS = ("content-length", "transfer-encoding", "connection", "keep-alive", "upgrade")


class Gateway:
    """An ASGI application that serves the routes of a bundle."""

    def __init__(self, bundle: Bundle, functions: Callees, workers: Workers, clock: Clock) -> None:
        self._bundle = bundle
        self._functions = functions
        self._workers = workers
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        http = HttpRequest(scope, receive, send)
        request_id = uuid.uuid4().hex
        start = self._clock.monotonic()
        try:
            body = await _read_body(http)
            if body is None:
                reply, who = errors.BODY_TOO_LARGE.reply(request_id), "-"
            else:
                reply, who = await self._answer(_request(http, body, request_id))
        except ClientDisconnect:
            return
        except asyncio.CancelledError:
            # The server stops and waits no longer: its caller gets an answer, its log no stack trace.
            reply, who = errors.STOPPING.reply(request_id), "-"
        milliseconds = (self._clock.monotonic() - start) * 1000
        _log(request_id, f"{http.method} {_raw_path(http)} {reply.status} {who} {milliseconds:.0f} ms")
        await _response(reply)(scope, receive, send)

    async def call(self, name: str, event: Event, request_id: str) -> object:
        """Call a function within its timeout; raises ``FunctionFailed`` and ``FunctionTimedOut``."""
        timeout = self._bundle.components[name].timeout
        return await self._workers.run(lambda: self._functions.call(name, event, self._clock, request_id), timeout)

    async def fire(self, name: str, event: Event) -> None:
        """Call a function for a timer: nobody waits for its return value, so it is logged."""
        request_id = uuid.uuid4().hex
        try:
            text = to_json(await self.call(name, event, request_id))
        except (FunctionFailed, FunctionTimedOut, ReplyRefused) as exc:
            _log_failure(request_id, exc)
        else:
            _log(request_id, f"TIMER {event['trigger_name']} {name} {text[:500]}")

    async def _answer(self, request: Request) -> tuple[Reply, str]:
        match, known = find_route(self._bundle.routes, request.method, request.path)
        if match is None:
            return (errors.NO_METHOD if known else errors.NO_API).reply(request.request_id), "-"
        authorizer = authorizer_of(match.route)
        context = await self._authorize(request, authorizer)
        if isinstance(context, GatewayError):
            return context.reply(request.request_id), str(authorizer)
        name = choose_function(match.route, context, several(request.query))
        event = apig_event(request, match.route.name, match.path_parameters, authorized=authorizer is not None)
        try:
            return read_reply(await self.call(name, event, request.request_id)), name
        except FunctionTimedOut as exc:
            _log_failure(request.request_id, exc)
            return errors.BACKEND_TIMED_OUT.reply(request.request_id), name
        except (FunctionFailed, ReplyRefused) as exc:
            _log_failure(request.request_id, exc)
            return errors.BACKEND_FAILED.reply(request.request_id), name

    async def _authorize(self, request: Request, name: str | None) -> Mapping[str, str] | GatewayError:
        if name is None:
            return {}
        authorizer = self._bundle.authorizers[name]
        event = authorizer_event(request, need_body=authorizer.need_body)
        try:
            decision = read_decision(await self.call(authorizer.function, event, request.request_id))
        except (FunctionFailed, FunctionTimedOut, ReplyRefused) as exc:
            _log_failure(request.request_id, exc)
            return errors.AUTHORIZER_FAILED
        return decision.context if decision.allow else errors.AUTHORIZER_DENIED


async def _read_body(http: HttpRequest) -> bytes | None:
    chunks, size = [], 0
    async for chunk in http.stream():
        size += len(chunk)
        if size > MAX_DRAINED_BYTES:
            return None
        if size <= MAX_BODY_BYTES:
            chunks.append(chunk)
    return b"".join(chunks) if size <= MAX_BODY_BYTES else None


def _request(http: HttpRequest, body: bytes, request_id: str) -> Request:
    query = parse_qsl(http.scope["query_string"].decode("latin-1"), keep_blank_values=True)
    return Request(
        method=http.method,
        path=_raw_path(http),
        query=tuple(query),
        headers=tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in http.headers.raw),
        body=body,
        source_ip=http.client.host if http.client else "127.0.0.1",
        request_id=request_id,
    )


def _raw_path(http: HttpRequest) -> str:
    # Still percent-encoded: a slash inside a parameter does not split it, a line end does not break a log line.
    return bytes(http.scope["raw_path"]).decode("latin-1")


def _response(reply: Reply) -> Response:
    response = Response(reply.body, status_code=reply.status)
    for name, value in reply.headers.items():
        if name.lower() not in _OWN_HEADERS:
            response.headers[name] = value
    return response


def _log(request_id: str, text: str) -> None:
    print(f"gateway {request_id} {text}", file=sys.stderr, flush=True)


def _log_failure(request_id: str, exc: LocalCloudError) -> None:
    _log(request_id, f"{exc.code}: {exc}")
    if isinstance(exc, FunctionFailed) and exc.__cause__ is not None:
        traceback.print_exception(exc.__cause__, file=sys.stderr)
