"""POST /seller/sessions, GET|POST|DELETE /seller/sessions/{id}: sessions as the seller's product sees them.

The product calls with its bearer key; a session id without that key is worth nothing.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any
from urllib.parse import unquote

from koogallery import times
from koogallery.errors import RetryableError
from koogallery.messages.seller import MalformedRequest
from koogallery.seller_interface import NotFound, Refused, SellerCall
from koogallery.sign_in import sessions
from koogallery.sign_in.browser import is_local
from koogallery.sign_in.errors import (
    AlreadyUsed,
    AuthCentreRefused,
    LoginExpired,
    NotAllowed,
    NotSignedIn,
    TokenHostRefused,
)
from koogallery.sign_in.rights import Member
from koogallery.sign_in.sessions import Session
from koogallery.sign_in.signing_in import SignIn
from koogallery.sign_in.synced import SyncedDirectory
from koogallery.sign_in.tickets import HandOver, TicketRefused, open_ticket


class CodeRefused(Refused):
    """The code of a hand-over is unknown, older than a minute, or was exchanged before."""

    code = "code_refused"


class SessionEnded(NotFound):
    """There is no such session any more: the user has to sign in again."""

    code = "session_ended"


class NotConfirmed(RetryableError):
    """The auth centre cannot be asked; nothing is said about the session."""

    code = "session_not_confirmed"


def exchange(call: SellerCall) -> dict[str, Any]:
    """``{"code"}`` → the session document. A code is good once and for a minute."""
    code = call.read_body().get("code")
    if not isinstance(code, str) or not code:
        raise MalformedRequest("code must be the text that the browser brought")
    services = call.services
    now = services.clock.now()
    try:
        ticket = open_ticket(services.sealer, HandOver, code, now)
        session = sessions.take(services.state, ticket.session_id, ticket.nonce, now)
        document = _document(session, _valid(call, session))
    except (TicketRefused, AlreadyUsed, NotSignedIn, NotAllowed) as error:
        raise CodeRefused(f"the code is not good: {error}") from error
    return {**document, "return_to": ticket.return_to} if ticket.return_to else document


def check_session(call: SellerCall) -> dict[str, Any]:
    """The session document while session, tenant, application and user are all good. Asks nobody else."""
    try:
        session = _find(call)
        return _document(session, _valid(call, session))
    except (NotSignedIn, NotAllowed) as error:
        raise SessionEnded(str(error)) from error


def confirm_session(call: SellerCall) -> dict[str, Any]:
    """The same, confirmed by the auth centre, with new tokens when the old ones are about to end."""
    try:
        session = _find(call)
        _valid(call, session)
        session = _sign_in(call).confirm(session)
        return _document(session, _valid(call, session))
    except (NotSignedIn, NotAllowed, LoginExpired) as error:
        raise SessionEnded(str(error)) from error
    except (AuthCentreRefused, TokenHostRefused) as error:
        raise NotConfirmed(str(error)) from error


def end_session(call: SellerCall) -> dict[str, Any]:
    """End a session; ending one that is gone is fine. The auth centre's own session is ended by ``/logout`` alone."""
    with suppress(NotSignedIn):
        sessions.end_session(call.services.state, _find(call))
    return {"session_id": _session_id(call), "ended": True}


def _find(call: SellerCall) -> Session:
    return sessions.find_session(call.services.state, _session_id(call), call.services.clock.now())


def _valid(call: SellerCall, session: Session) -> Member:
    if not session.is_valid(call.services.clock.now()):
        raise NotSignedIn("the access token has ended")
    return _sign_in(call).check(session)[1]


def _sign_in(call: SellerCall) -> SignIn:
    return SignIn(call.services, SyncedDirectory(call.services), local=is_local(call.request))


def _session_id(call: SellerCall) -> str:
    return unquote(call.request.path_parameters.get("session_id") or call.request.path.split("/")[3])


def _document(session: Session, member: Member) -> dict[str, Any]:
    user = {
        "user_name": member.user_name,
        "name": member.name,
        "role": member.role,
        "org_code": member.org_code,
        "email": member.email,
        "mobile": member.mobile,
    }
    return {
        "session_id": session.id,
        "tenant_id": session.tenant_id,
        "app_id": session.app_id,
        "instance_ids": list(member.instance_ids),
        "user": {name: value for name, value in user.items() if value},
        "created_at": _short(session.created_at),
        "expires_at": _short(session.valid_until),
    }


def _short(moment: str) -> str:
    return times.iso(times.parse_iso(moment))
