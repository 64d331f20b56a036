"""The frame of the functions that browsers call: read, dispatch, answer with a page or a redirect.

Whatever happens, a person gets a page; a line in the log says what happened, without code, token or cookie.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, NamedTuple

from koogallery.apig import BodyTooLarge, MalformedEvent, Reply, Request
from koogallery.clock import Clock, SystemClock
from koogallery.errors import PermanentError, RetryableError, SettingsError
from koogallery.http import LOOPBACK_HOSTS
from koogallery.logs import describe, log_line, redact
from koogallery.services import Services
from koogallery.settings import Settings, from_context
from koogallery.sign_in.cookies import CookieKind
from koogallery.sign_in.errors import MalformedLogin, SignInError
from koogallery.sign_in.pages import page


class NoSuchPage(PermanentError):
    """Another method or path than the function serves."""

    code = "not_found"


class BrowserCall(NamedTuple):
    """One call of a browser. ``notes`` go into its log line."""

    request: Request
    services: Services
    notes: dict[str, Any]

    @property
    def is_local(self) -> bool:
        """Whether the browser speaks to a loopback host."""
        return is_local(self.request)

    def cookie(self, kind: CookieKind) -> str:
        """The value of one of our cookies, or empty."""
        return kind.read(self.request.headers.get("cookie", ""), secure=not self.is_local)

    def set_cookie(self, kind: CookieKind, value: str, seconds: int | None = None) -> dict[str, str]:
        """The header that sets it."""
        return kind.set(value, secure=not self.is_local, seconds=seconds)

    def clear_cookie(self, kind: CookieKind) -> dict[str, str]:
        """The header that removes it."""
        return kind.clear(secure=not self.is_local)

    def parameter(self, name: str) -> str:
        """A query parameter, empty when missing; raises ``MalformedLogin`` when it is given twice."""
        values = self.request.query_values.get(name, [])
        if len(values) > 1:
            raise MalformedLogin(f"query parameter {name} is given more than once")
        return values[0] if values else ""


BrowserUseCase = Callable[[BrowserCall], Reply]
Routes = Mapping[str, tuple[tuple[str, ...], BrowserUseCase]]
"""path → (methods, use case)."""


def is_local(request: Request) -> bool:
    """Whether a call was made to a loopback host: no TLS there, and auth centres may be local too.

    The gateway hands on calls for its own domain only, so a forged header does not get here in the cloud.
    """
    host = request.headers.get("host", "").lower()
    name = host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]
    return name in LOOPBACK_HOSTS


def serve(event: object, context: object, routes: Routes, *, seconds: float) -> Reply:
    """Answer one call of a browser."""
    clock: Clock = getattr(context, "clock", None) or SystemClock()
    started = clock.monotonic()
    notes: dict[str, Any] = {}
    level = logging.INFO
    try:
        reply = _answer(event, context, clock, routes, seconds, notes)
    except Exception as error:  # noqa: BLE001 - the boundary: a person gets a page, never a stack trace
        status, name, level = _page_of(error)
        notes["reason"] = f"{error.setting} {error.problem}" if isinstance(error, SettingsError) else describe(error)
        reply = page(status, name)
    milliseconds = round((clock.monotonic() - started) * 1000)
    log_line("sign_in", level=level, status=reply["statusCode"], milliseconds=milliseconds, **notes)
    return reply


def _answer(
    event: object, context: object, clock: Clock, routes: Routes, seconds: float, notes: dict[str, Any]
) -> Reply:
    settings = Settings.load(from_context(context))
    redact(settings.secrets())
    request = Request.from_event(event)
    notes.update(request_id=request.request_id, method=request.method, path=request.path)
    methods, use_case = routes.get(request.path, ((), None))
    if use_case is None or request.method not in methods:
        raise NoSuchPage("no such method and path")
    return use_case(BrowserCall(request, Services(settings, clock, context, seconds, request.request_id), notes))


def _page_of(error: Exception) -> tuple[int, str, int]:
    """Status, page and log level of what went wrong."""
    if isinstance(error, SignInError):
        return error.status, error.page, logging.ERROR if error.alarm else logging.INFO
    if isinstance(error, NoSuchPage):
        return HTTPStatus.NOT_FOUND, "not_found", logging.INFO
    if isinstance(error, (MalformedEvent, BodyTooLarge)):
        return HTTPStatus.BAD_REQUEST, "start_again", logging.INFO
    if isinstance(error, SettingsError):
        return HTTPStatus.SERVICE_UNAVAILABLE, "not_ready", logging.ERROR
    if isinstance(error, RetryableError):
        return HTTPStatus.SERVICE_UNAVAILABLE, "try_again", logging.WARNING
    return HTTPStatus.INTERNAL_SERVER_ERROR, "try_again", logging.ERROR
