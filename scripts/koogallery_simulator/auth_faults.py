"""What may go wrong at a tenant's auth centre, as faults to put into ``AuthCentre.faults``."""

from __future__ import annotations

import json

from koogallery_simulator.auth_centre import userinfo
from koogallery_simulator.faults import CallFault
from koogallery_simulator.http_messages import ANSWER
from koogallery_simulator.tenants import Tenant, TenantUser

TOKEN = "token"  # noqa: S105  a place
USERINFO = "userinfo"
OAUTH_ERRORS = {"invalid_grant": 400, "invalid_client": 400, "unauthorized": 401, "forbidden": 403, "server_error": 500}


def oauth_error(error: str, where: str = TOKEN, times: int = 1, *, after_booking: bool = False) -> CallFault:
    """One of OAUTH_ERRORS in the auth centre's form."""
    document = {"error": error, "error_description": "simulated"}
    return _answer(OAUTH_ERRORS[error], document, where, times, after_booking)


def foreign_userinfo(tenant: Tenant, user: TenantUser, times: int = 1) -> CallFault:
    """userinfo tells of a user of another tenant."""
    return _answer(200, userinfo(tenant, user), USERINFO, times)


def answer_with(document: object, where: str, times: int = 1) -> CallFault:
    """Any JSON under HTTP 200: tokens that are none, members of another type."""
    return _answer(200, document, where, times)


def _answer(status: int, document: object, where: str, times: int, after_booking: bool = False) -> CallFault:
    return CallFault(ANSWER, where, times, after_booking, status=status, body=json.dumps(document).encode("utf-8"))
