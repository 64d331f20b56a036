"""A tenant's auth centre: token, refresh, userinfo and logout.

Joint-operation guide, "OAuth 2.0 API" (pages token, refresh token, user information, logout). Error texts of this
module hold the error code and description of the auth centre, never a code, a token or a secret.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from koogallery.http import Http, HttpError, HttpLimits, HttpRequest, HttpResponse, HttpResponseTooLarge
from koogallery.sign_in.errors import AccessTokenRefused, AuthCentreFailed, AuthCentreRefused, LoginExpired

CONNECT_SECONDS, READ_SECONDS, TOTAL_SECONDS = 5.0, 10.0, 12.0
MAX_ANSWER_BYTES = 65_536
DEFAULT_LIFE, LONGEST_LIFE = 7200, 86_400
"""Seconds an access token lives: as documented, and the most that is believed."""
MAX_TOKEN = 8192
MAX_FIELD = 256
TRIES = 2
"""Of refresh and userinfo, when no answer came or one of 5xx. A code is sent once, whatever happens."""

_TOKEN = re.compile(rf"[\x21-\x7e]{{1,{MAX_TOKEN}}}")
_ERROR = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_MASK = "***"


@dataclass(frozen=True)
class Tokens:
    """``refresh`` is empty when none was given; ``seconds``: how long the access token lives."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    seconds: int


@dataclass(frozen=True)
class UserInfo:
    """Who signed in, as the auth centre says; ``tenant`` and ``user_name`` are the only members it always gives."""

    tenant: str
    user_name: str = field(repr=False)
    name: str = field(default="", repr=False)
    role: str = ""
    org_code: str = ""
    email: str = field(default="", repr=False)
    mobile: str = field(default="", repr=False)


class AuthCentre:
    """One application at the auth centre of one tenant. ``base`` was checked (``addresses.tenant_base``).

    Calls raise ``AuthCentreFailed`` (no usable answer), ``AuthCentreRefused`` (the client is not accepted),
    ``LoginExpired`` (the code or refresh token is not), ``AccessTokenRefused``.
    """

    def __init__(
        self, http: Http, base: str, client_id: str, client_secret: str, remaining_seconds: Callable[[], float]
    ) -> None:
        self._http = http
        self._base = base
        self._client = {"client_id": client_id, "client_secret": client_secret}
        self._remaining = remaining_seconds

    def exchange(self, code: str) -> Tokens:
        """Spend a code. No ``redirect_uri``: the login began at the unified page, not at authorize."""
        return self._token({"code": code, "grant_type": "authorization_code"}, tries=1)

    def refresh(self, refresh_token: str) -> Tokens:
        """New tokens for a refresh token; both replace the old ones."""
        return self._token({"grant_type": "refresh_token", "refresh_token": refresh_token}, tries=TRIES)

    def user_info(self, access_token: str) -> UserInfo:
        """Whose access token it is."""
        headers = {"Accept": "application/json", "Authorization": f"Bearer {access_token}"}
        response = self._send(HttpRequest("GET", f"{self._base}/api/v1/oauth2/userinfo", headers), TRIES)
        if response.status == HTTPStatus.UNAUTHORIZED:
            raise AccessTokenRefused("userinfo: 401")
        answer = _object(response.body)
        if response.status != HTTPStatus.OK:
            raise AuthCentreFailed(f"userinfo: {_told(response.status, answer, [access_token])}")
        if answer is None:
            raise AuthCentreFailed("userinfo: not a JSON object")
        return _read_user(answer)

    def logout_address(self, redirect_url: str) -> str:
        """Where a browser ends its session at the auth centre."""
        query = f"?{urlencode({'redirect_url': redirect_url})}" if redirect_url else ""
        return f"{self._base}/api/v1/logout{query}"

    def _token(self, grant: Mapping[str, str], *, tries: int) -> Tokens:
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        body = urlencode({**self._client, **grant}).encode()
        response = self._send(HttpRequest("POST", f"{self._base}/api/v1/oauth2/token", headers, body), tries)
        answer = _object(response.body)
        if response.status == HTTPStatus.OK:
            if answer is None:
                raise AuthCentreFailed("token: not a JSON object")
            return _read_tokens(answer)
        told = f"token: {_told(response.status, answer, [*self._client.values(), *grant.values()])}"
        if answer is not None and answer.get("error") == "invalid_grant":
            raise LoginExpired(told)
        if response.status in (HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            raise AuthCentreRefused(told)
        raise AuthCentreFailed(told)

    def _send(self, request: HttpRequest, tries: int) -> HttpResponse:
        """The answer, whatever its status; sent again at most ``tries`` - 1 times."""
        for left in reversed(range(tries)):
            try:
                response = self._http.send(request, self._limits())
            except HttpError as exc:
                if not left or isinstance(exc, HttpResponseTooLarge):
                    raise AuthCentreFailed(str(exc)) from exc
                continue
            if response.status < HTTPStatus.INTERNAL_SERVER_ERROR or not left:
                return response
        raise AuthCentreFailed("no try was left")

    def _limits(self) -> HttpLimits:
        total = min(TOTAL_SECONDS, self._remaining())
        if total <= 0:
            raise AuthCentreFailed("no time is left")
        return HttpLimits(CONNECT_SECONDS, READ_SECONDS, total, MAX_ANSWER_BYTES)


def _object(body: bytes) -> dict[str, Any] | None:
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return answer if isinstance(answer, dict) else None


def _told(status: int, answer: dict[str, Any] | None, unspoken: Iterable[str]) -> str:
    """What may be logged of a failure: status, error and error_description without anything we sent."""
    error, description = (str((answer or {}).get(name, "")) for name in ("error", "error_description"))
    for text in unspoken:
        description = description.replace(text, _MASK) if text else description
    shown = error if _ERROR.fullmatch(error) and error not in unspoken else "no error code"
    return f"status {status}, {shown}, {''.join(c for c in description[:120] if c.isprintable())}"


def _read_tokens(answer: dict[str, Any]) -> Tokens:
    access, refresh = answer.get("access_token"), answer.get("refresh_token") or ""
    if not isinstance(access, str) or not _TOKEN.fullmatch(access):
        raise AuthCentreFailed("token: access_token is missing or malformed")
    if not isinstance(refresh, str) or (refresh and not _TOKEN.fullmatch(refresh)):
        raise AuthCentreFailed("token: refresh_token is malformed")
    return Tokens(access, refresh, _seconds(answer.get("expires_in")))


def _seconds(value: object) -> int:
    if value is None:
        return DEFAULT_LIFE
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,9}", value):
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise AuthCentreFailed("token: expires_in is malformed")
    return min(value, LONGEST_LIFE)


def _read_user(answer: dict[str, Any]) -> UserInfo:
    def text(name: str) -> str:
        value = answer.get(name)
        return value if isinstance(value, str) and len(value) <= MAX_FIELD else ""

    if not text("tenant") or not text("userName"):
        raise AuthCentreFailed("userinfo: tenant or userName is missing or malformed")
    return UserInfo(
        tenant=text("tenant"),
        user_name=text("userName"),
        name=text("name"),
        role=text("role"),
        org_code=text("organizationCode"),
        email=text("email"),
        mobile=text("mobile"),
    )
