"""The frame of the functions the seller's product calls: authenticate, read, dispatch, answer or problem+json."""

from __future__ import annotations

import hmac
import logging
import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from koogallery.apig import BodyTooLarge, MalformedEvent, Reply, Request, json_reply, problem_reply
from koogallery.clock import Clock, SystemClock
from koogallery.errors import KoogalleryError, PermanentError, RetryableError, SettingsError
from koogallery.logs import describe, log_line, redact
from koogallery.messages.seller import MalformedRequest
from koogallery.services import Services
from koogallery.settings import Settings, from_context
from koogallery_signing.canonical_json import parse_object
from koogallery_signing.errors import MalformedKey, SignatureRejected
from koogallery_signing.keyring import Keyring

RETRY_AFTER_SECONDS = "30"
MAX_PATH_BYTES = 320
"""Ids have at most 64 characters. A store takes keys of 1024 bytes, and still encoded an id is three times as long."""
_BEARER = re.compile(r"Bearer +(\S+)", re.IGNORECASE)


class Unauthorized(PermanentError):
    """No key, or one that is not in SELLER_API_KEYS."""

    code = "unauthorized"


class NotFound(PermanentError):
    """The instance or the address does not exist."""

    code = "not_found"


class Refused(PermanentError):
    """The thing asked for contradicts the state of the instance."""

    code = "conflict"


class BadGateway(PermanentError):
    """The marketplace did not take the call, and the caller is not at fault."""

    code = "marketplace_refused"


class SellerCall(NamedTuple):
    """One authenticated call: decoded query and path parameters; ``read_body`` gives the JSON object."""

    request: Request
    services: Services

    def read_body(self, *, keeps_big_numbers: bool = False) -> dict[str, Any]:
        """The JSON object of the body; raises ``MalformedRequest``. Big numbers: see ``parse_object``."""
        try:
            return dict(parse_object(self.request.body, keeps_big_numbers=keeps_big_numbers))
        except SignatureRejected as error:
            raise MalformedRequest(f"the body must be a JSON object: {error.reason}") from error


SellerUseCase = Callable[[SellerCall], dict[str, Any]]
Routes = Mapping[tuple[str, str], SellerUseCase]
"""(method, pattern of the path) → use case."""

_PROBLEMS: tuple[tuple[type[KoogalleryError], int, str], ...] = (
    (Unauthorized, 401, "The key is missing or wrong"),
    (NotFound, 404, "Not found"),
    (Refused, 409, "Not possible in the present state"),
    (MalformedRequest, 400, "The request cannot be read"),
    (MalformedEvent, 400, "The request cannot be read"),
    (BodyTooLarge, 413, "The body is too large"),
    (BadGateway, 502, "The marketplace did not take the call"),
    (SettingsError, 503, "The service is not ready"),
    (RetryableError, 503, "Temporarily unavailable, please try again"),
)


def serve(event: object, context: object, routes: Routes, *, seconds: float) -> Reply:
    """Answer one call of the seller's product."""
    clock: Clock = getattr(context, "clock", None) or SystemClock()
    started = clock.monotonic()
    seen: dict[str, Any] = {}
    level = logging.INFO
    try:
        reply = json_reply(200, _answer(event, context, clock, routes, seconds, seen))
    except KoogalleryError as error:
        reply = _problem(error, seen)
    except Exception as error:  # noqa: BLE001 - the boundary: a caller gets a problem, never a stack trace
        level = logging.ERROR
        seen["reason"] = describe(error)
        reply = problem_reply(500, "internal_error", "Internal error")
    milliseconds = round((clock.monotonic() - started) * 1000)
    log_line("seller_call", level=level, status=reply["statusCode"], milliseconds=milliseconds, **seen)
    return reply


def _answer(
    event: object, context: object, clock: Clock, routes: Routes, seconds: float, seen: dict[str, Any]
) -> dict[str, Any]:
    settings = Settings.load(from_context(context))
    redact(settings.secrets())
    request = Request.from_event(event)
    seen.update(request_id=request.request_id, method=request.method, path=request.path)
    _authenticate(request, settings)
    use_case = _route(request, routes)
    return use_case(SellerCall(request, Services(settings, clock, context, seconds, request.request_id)))


def _authenticate(request: Request, settings: Settings) -> None:
    try:
        keys = Keyring.parse(settings.require("SELLER_API_KEYS"))
    except MalformedKey as error:
        raise SettingsError("SELLER_API_KEYS", "is not a list of keys: current,previous") from error
    found = _BEARER.fullmatch(request.headers.get("authorization", ""))
    given = (found[1] if found else "").encode("utf-8", "surrogatepass")
    # Every key is compared, so that the time taken does not tell which one was close.
    matches = [hmac.compare_digest(given, key.encode()) for key in keys]
    if not any(matches):
        raise Unauthorized("send Authorization: Bearer with a key of the seller interface")


def _route(request: Request, routes: Routes) -> SellerUseCase:
    if len(request.path.encode(errors="replace")) > MAX_PATH_BYTES:
        raise NotFound("nothing has an id as long as this one")
    for (method, pattern), use_case in routes.items():
        if request.method == method and re.fullmatch(pattern, request.path):
            return use_case
    raise NotFound("no such method and path")


def _problem(error: KoogalleryError, seen: dict[str, Any]) -> Reply:
    status, title = next(((s, t) for kind, s, t in _PROBLEMS if isinstance(error, kind)), (500, "Internal error"))
    reason = f"{error.setting} {error.problem}" if isinstance(error, SettingsError) else str(error)
    seen.update(code=error.code, reason=reason)
    detail = None if status >= 500 else str(error)
    return problem_reply(status, error.code, title, detail, headers=_headers(error))


def _headers(error: KoogalleryError) -> dict[str, str] | None:
    if isinstance(error, RetryableError):
        return {"Retry-After": RETRY_AFTER_SECONDS}
    # A 401 has to name what it wants (RFC 9110, 401 Unauthorized).
    return {"WWW-Authenticate": "Bearer"} if isinstance(error, Unauthorized) else None
