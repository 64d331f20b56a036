"""A tenant's auth centre on loopback: tokens that expire, codes that are good once, and misbehaviour on demand."""

from __future__ import annotations

import contextlib
import json
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import parse_qsl

from koogallery.clock import FrozenClock

TOKEN, USERINFO = "/api/v1/oauth2/token", "/api/v1/oauth2/userinfo"
Odd = tuple[int, bytes, dict[str, str]]
Misbehaviour = Odd | Callable[[], object]
"""An answer instead of the proper one, or something that happens before the proper one."""
BROKEN: Odd = (503, b"down", {})


def answer(status: int, **members: Any) -> Odd:
    """An answer of this status with these members as JSON."""
    return status, json.dumps(members).encode(), {}


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hung up is none of our business."""


@dataclass
class Call:
    """A request as it arrived."""

    method: str
    path: str
    headers: dict[str, str]
    form: dict[str, str]


@dataclass
class Grant:
    """Whose token it is, and until when."""

    user: dict[str, Any]
    until: datetime


@dataclass
class AuthCentre:
    """One client. ``misbehaving``: by path, what happens to the next requests, one each; ``None`` is proper."""

    clock: FrozenClock
    client_id: str = "client-0001"
    client_secret: str = "client-secret-of-tests-0001"
    life: int = 7200
    refresh_life: timedelta = timedelta(days=30)
    calls: list[Call] = field(default_factory=list)
    codes: dict[str, dict[str, Any]] = field(default_factory=dict)
    access: dict[str, Grant] = field(default_factory=dict)
    refreshes: dict[str, Grant] = field(default_factory=dict)
    misbehaving: dict[str, list[Misbehaviour | None]] = field(default_factory=dict)
    issued: list[str] = field(default_factory=list)
    """Every code, token and secret there ever was."""

    def __enter__(self) -> AuthCentre:
        centre = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                centre.serve(self, b"")

            def do_POST(self) -> None:
                centre.serve(self, self.rfile.read(int(self.headers.get("content-length", "0"))))

            def log_message(self, format: str, *args: object) -> None:
                """Silent."""

        self.issued.append(self.client_secret)
        self._server = _Server(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self.base = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    def code_for(self, user: dict[str, Any]) -> str:
        """A code as the login page would hand it to the browser."""
        code = "code-" + secrets.token_hex(8)
        self.codes[code] = user
        self.issued.append(code)
        return code

    def grant_for(self, user: dict[str, Any]) -> Grant:
        """What an access token of a user stands for."""
        return Grant(user, self.clock.now() + timedelta(seconds=self.life))

    def count(self, path: str, **form: str) -> int:
        """Requests for a path whose form has these members."""
        return sum(call.path == path and form.items() <= call.form.items() for call in self.calls)

    def serve(self, handler: BaseHTTPRequestHandler, body: bytes) -> None:
        """Answer one request."""
        form = dict(parse_qsl(body.decode(), keep_blank_values=True))
        headers = {name.lower(): value for name, value in handler.headers.items()}
        self.calls.append(Call(handler.command, handler.path, headers, form))
        waiting = self.misbehaving.get(handler.path)
        odd = waiting.pop(0) if waiting else None
        if callable(odd):
            odd()
            odd = None
        status, content, extra = odd or self._proper(handler.path, headers, form)
        with contextlib.suppress(OSError):
            handler.send_response(status)
            for name, value in {"Content-Type": "application/json", **extra}.items():
                handler.send_header(name, value)
            handler.send_header("Content-Length", str(len(content)))
            handler.end_headers()
            handler.wfile.write(content)

    def _proper(self, path: str, headers: dict[str, str], form: dict[str, str]) -> tuple[int, bytes, dict[str, str]]:
        status, answer = self._token(form) if path == TOKEN else self._userinfo(headers)
        return status, json.dumps(answer).encode(), {}

    def _token(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        if (form.get("client_id"), form.get("client_secret")) != (self.client_id, self.client_secret):
            return 401, {"error": "invalid_client", "error_description": "Bad client credentials"}
        user: dict[str, Any] | None = None
        if form.get("grant_type") == "authorization_code":
            user = self.codes.pop(form.get("code", ""), None)
        elif form.get("grant_type") == "refresh_token":
            grant = self.refreshes.pop(form.get("refresh_token", ""), None)
            user = grant.user if grant and self.clock.now() < grant.until else None
        if user is None:
            return 400, {"error": "invalid_grant", "error_description": f"Invalid {form.get('code')}"}
        now, access, refresh = self.clock.now(), "at-" + secrets.token_hex(16), "rt-" + secrets.token_hex(16)
        self.issued += [access, refresh]
        self.access[access] = Grant(user, now + timedelta(seconds=self.life))
        self.refreshes[refresh] = Grant(user, now + self.refresh_life)
        return 200, {
            "access_token": access,
            "token_type": "Bearer",
            "expires_in": self.life,
            "scope": "get_user_info",
            "refresh_token": refresh,
        }

    def _userinfo(self, headers: dict[str, str]) -> tuple[int, dict[str, Any]]:
        grant = self.access.get(headers.get("authorization", "").removeprefix("Bearer "))
        if grant is None or self.clock.now() >= grant.until:
            return 401, {"error": "unauthorized", "error_description": "Full authentication is required"}
        return 200, grant.user
