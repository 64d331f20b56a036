"""A tenant's auth centre: OAuth 2.0 with single-use codes, access tokens of 2 h, refresh tokens of 30 days.

Joint-operation guide, login. One server for each tenant: its address is the tenant's ``domainName``.
"""

from __future__ import annotations

import hmac
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlencode

from koogallery_simulator.assumptions import LOGIN_CODE_LIFETIME
from koogallery_simulator.clock import Clock
from koogallery_simulator.faults import ANY, CallFault
from koogallery_simulator.http_messages import ANSWER, Reply, Request, json_reply
from koogallery_simulator.tenants import Tenant, TenantUser
from koogallery_simulator.violations import Violations

TOKEN = "/api/v1/oauth2/token"  # noqa: S105  a path
USERINFO = "/api/v1/oauth2/userinfo"
AUTHORIZE = "/api/v1/oauth2/authorize"
LOGOUT = "/api/v1/logout"
SCOPE = "get_user_info"
ACCESS_LIFETIME = timedelta(hours=2)
REFRESH_LIFETIME = timedelta(days=30)
MOST_KEPT = 10_000
_FORM = "application/x-www-form-urlencoded"


@dataclass
class _Grant:
    """A code, an access token or a refresh token; ``redirect_uri`` only of codes that authorize gave out."""

    user_name: str
    until: datetime
    redirect_uri: str | None = None
    spent: bool = False


class AuthCentre:
    """Serves one tenant. Thread-safe. ``callback``: the registered address, where codes are sent.

    ``faults`` are CallFaults for ``token``, ``userinfo``, ``logout`` or any, first in first used.
    """

    def __init__(self, tenant: Tenant, clock: Clock, callback: str, violations: Violations) -> None:
        self.tenant = tenant
        self.callback = callback
        self.faults: list[CallFault] = []
        self.logouts = 0
        self._clock = clock
        self._violations = violations
        self._lock = threading.RLock()
        self._codes: dict[str, _Grant] = {}
        self._access: dict[str, _Grant] = {}
        self._refresh: dict[str, _Grant] = {}
        self._routes: dict[tuple[str, str], tuple[str, Callable[[Request], Reply]]] = {
            ("POST", TOKEN): ("token", self._token),
            ("GET", USERINFO): ("userinfo", self._userinfo),
            ("GET", AUTHORIZE): ("authorize", self._authorize),
            ("GET", LOGOUT): ("logout", self._logout),
        }

    # ---------------------------------------------------------------------------------------------------- a person
    def log_in(self, user_name: str, redirect_uri: str | None = None) -> str:
        """Account and password were right: the address the browser is sent to, with code and tenant."""
        self.tenant.user(user_name)
        code = secrets.token_urlsafe(24)
        with self._lock:
            self._keep(self._codes, code, _Grant(user_name, self._clock.now() + LOGIN_CODE_LIFETIME, redirect_uri))
        address = redirect_uri or self.callback
        joint = "&" if "?" in address else "?"
        return f"{address}{joint}{urlencode({'code': code, 'tenant': self.tenant.tenant_id})}"

    def expire_access(self) -> None:
        """All access tokens are over now."""
        with self._lock:
            self._access.clear()

    def expire_all(self) -> None:
        """All tokens and codes are over now."""
        with self._lock:
            for grants in (self._codes, self._access, self._refresh):
                grants.clear()

    # -------------------------------------------------------------------------------------------------------- HTTP
    def handle(self, request: Request) -> Reply:
        """Answer one call."""
        found = self._routes.get((request.method, request.path))
        if found is None:
            self._violations.add("oauth-address", f"{request.method} {request.path[:200]}")
            return json_reply(404, {"error": "not_found", "error_description": "no such address"})
        name, answer = found
        with self._lock:
            fault = self._fault(name)
            if fault is not None and not fault.after_booking:
                return fault.reply(name)
            reply = answer(request)
        return fault.reply(name) if fault is not None else reply

    def _fault(self, name: str) -> CallFault | None:
        for fault in self.faults:
            if fault.used < fault.times and fault.where in (ANY, name):
                fault.used += 1
                return fault
        return None

    # ------------------------------------------------------------------------------------------------------- token
    def _token(self, request: Request) -> Reply:
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
            return self._wrong("oauth-form", f"the token call is not {_FORM}", "invalid_request")
        form = {name: values[0] for name, values in parse_qs(request.body.decode("utf-8", "replace")).items()}
        if not _same(form.get("client_id"), self.tenant.client_id):
            return self._wrong("oauth-client", "client id of another tenant", "invalid_client", "Client ID mismatch")
        if not _same(form.get("client_secret"), self.tenant.client_secret):
            return self._wrong("oauth-client", "wrong client secret", "invalid_client", "Bad client credentials")
        kind = form.get("grant_type")
        if kind == "authorization_code":
            return self._spend_code(form)
        if kind == "refresh_token":
            return self._spend_refresh_token(form)
        return self._wrong("oauth-grant", "grant_type is no known one", "unsupported_grant_type")

    def _spend_code(self, form: dict[str, str]) -> Reply:
        grant = self._codes.get(form.get("code", ""))
        if grant is not None and grant.spent:
            return self._wrong(
                "oauth-code-reused", "a code was sent twice", "invalid_grant", "Invalid authorization code"
            )
        if grant is None or grant.until <= self._clock.now():
            return _refused("invalid_grant", "Invalid authorization code")
        grant.spent = True
        if form.get("redirect_uri", grant.redirect_uri) != grant.redirect_uri:
            return self._wrong("oauth-redirect", "redirect_uri is not that of the login", "invalid_grant")
        return self._tokens(grant.user_name)

    def _spend_refresh_token(self, form: dict[str, str]) -> Reply:
        grant = self._refresh.get(form.get("refresh_token", ""))
        if grant is None or grant.spent or grant.until <= self._clock.now():
            return _refused("invalid_grant", "Invalid refresh token")
        grant.spent = True
        return self._tokens(grant.user_name)

    def _tokens(self, user_name: str) -> Reply:
        now = self._clock.now()
        access, refresh = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        self._keep(self._access, access, _Grant(user_name, now + ACCESS_LIFETIME))
        self._keep(self._refresh, refresh, _Grant(user_name, now + REFRESH_LIFETIME))
        return json_reply(
            200,
            {
                "access_token": access,
                "token_type": "Bearer",
                "expires_in": int(ACCESS_LIFETIME.total_seconds()),
                "scope": SCOPE,
                "refresh_token": refresh,
            },
        )

    @staticmethod
    def _keep(grants: dict[str, _Grant], text: str, grant: _Grant) -> None:
        if len(grants) >= MOST_KEPT:
            del grants[next(iter(grants))]
        grants[text] = grant

    # -------------------------------------------------------------------------------- userinfo, authorize, logout
    def _userinfo(self, request: Request) -> Reply:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        grant = self._access.get(token.strip())
        known = self.tenant.users.get(grant.user_name) if grant else None
        if scheme.lower() != "bearer" or grant is None or known is None or grant.until <= self._clock.now():
            description = "Full authentication is required to access this resource"
            return json_reply(401, {"error": "unauthorized", "error_description": description})
        return json_reply(200, userinfo(self.tenant, known))

    def _authorize(self, request: Request) -> Reply:
        query = dict(request.query)
        if query.get("response_type") != "code" or query.get("client_id") != self.tenant.client_id:
            return self._wrong("oauth-authorize", "response_type or client_id is wrong", "invalid_request")
        return Reply(200, b"<html><body>Account and password, please</body></html>", "text/html")

    def _logout(self, request: Request) -> Reply:
        self.logouts += 1
        target = dict(request.query).get("redirect_url") or "/login"
        return Reply(302, action=ANSWER, headers={"Location": target})

    def _wrong(self, rule: str, detail: str, error: str, description: str = "") -> Reply:
        self._violations.add(rule, f"{self.tenant.tenant_id}: {detail}")
        return _refused(error, description or detail)


def userinfo(tenant: Tenant, user: TenantUser) -> dict[str, object]:
    """What the auth centre tells of a user."""
    department = tenant.departments.get(user.department)
    found = {
        "id": f"u-{user.user_name}",
        "userId": f"u-{user.user_name}",
        "userName": user.user_name,
        "name": user.name,
        "email": user.email,
        "mobile": user.mobile,
        "role": user.role,
        "organizationName": department.name if department else None,
        "organizationCode": user.department,
        "projectName": tenant.name,
        "tenant": tenant.tenant_id,
    }
    return {name: value for name, value in found.items() if value is not None}


def _refused(error: str, description: str) -> Reply:
    return json_reply(400, {"error": error, "error_description": description})


def _same(given: str | None, wanted: str) -> bool:
    return hmac.compare_digest((given or "").encode("utf-8"), wanted.encode("utf-8"))
