"""What a browser may ask for: /login, /login/callback, /login/refresh, /logout.

Joint-operation guide, "Web login": the unified login page sends the browser back with ``code`` and ``tenant``; the
code becomes tokens, the tokens say who it is, and only then somebody is signed in.
"""

from __future__ import annotations

import logging
import re
from http import HTTPStatus
from urllib.parse import quote

from koogallery.apig import Reply
from koogallery.logs import log_line
from koogallery.sign_in import sessions
from koogallery.sign_in.addresses import login_page, names_app, return_path, with_query
from koogallery.sign_in.browser import BrowserCall
from koogallery.sign_in.cookies import ATTEMPT, SESSION
from koogallery.sign_in.errors import AttemptMissing, LoginExpired, MalformedLogin, NotSignedIn, SignInError
from koogallery.sign_in.pages import page, redirect
from koogallery.sign_in.rights import Directory
from koogallery.sign_in.sessions import Session
from koogallery.sign_in.signing_in import SignIn
from koogallery.sign_in.tickets import (
    ATTEMPT_LIFE,
    Attempt,
    HandOver,
    TicketRefused,
    new_attempt,
    new_hand_over,
    new_nonce,
    open_ticket,
    seal_ticket,
)

LOGIN = "/login"
_CODE = re.compile(r"[\x21-\x7e]{1,2048}")
_TENANT = re.compile(r"[\x21-\x7e]{1,64}")


def login(call: BrowserCall) -> Reply:
    """Begin: bind the attempt to this browser, then on to the login page. Writes nothing.

    Query: ``return_to``, a path inside the seller's product; anything else is left out.
    """
    services, settings = call.services, call.services.settings
    attempt = new_attempt(return_path(call.parameter("return_to")), services.clock.now())
    cookie = call.set_cookie(ATTEMPT, seal_ticket(services.sealer, attempt), int(ATTEMPT_LIFE.total_seconds()))
    if names_app(settings.login_address):
        return redirect(HTTPStatus.FOUND, settings.login_address, cookie)
    app_id = settings.login_app_id or _directory(call).only_app_id()
    if not app_id:
        # The attempt is begun all the same: a workbench that is opened in this browser leads to the callback.
        log_line("login_page_unknown", level=logging.ERROR, reason="LOGIN_APP_ID is missing; no sync tells it")
        return page(HTTPStatus.OK, "workbench", cookie)
    return redirect(HTTPStatus.FOUND, login_page(settings.login_address, app_id), cookie)


def callback(call: BrowserCall) -> Reply:
    """The login page sends the browser back. Query: ``code``, ``tenant``; a returned ``state`` is ignored."""
    services, settings = call.services, call.services.settings
    code, tenant_id = call.parameter("code"), call.parameter("tenant")
    if not _CODE.fullmatch(code) or not _TENANT.fullmatch(tenant_id):
        raise MalformedLogin("code or tenant is missing or malformed")
    attempt = _attempt(call)
    call.notes["tenant_id"] = tenant_id
    sign_in = _sign_in(call)
    application = sign_in.application(tenant_id, settings.login_app_id)
    centre = sign_in.centre(application)
    used = [sessions.digest_of("attempt", attempt.nonce), sessions.digest_of("code", tenant_id, code)]
    sessions.claim(services.state, used, services.clock.now())
    nonce = new_nonce()
    session, cookie = sign_in.begin(application, centre, code, nonce)
    call.notes["session_id"] = session.id
    return _hand_over(call, session, nonce, attempt.return_to, call.set_cookie(SESSION, cookie))


def refresh(call: BrowserCall) -> Reply:
    """New tokens for the browser's session, then on to the seller's product; without a session, to a new login."""
    services = call.services
    return_to = return_path(call.parameter("return_to"))
    try:
        session = _sign_in(call).renew(_session(call))
        nonce = new_nonce()
        session = sessions.offer(services.state, session.id, nonce, services.clock.now())
    except (NotSignedIn, LoginExpired) as error:
        call.notes["reason"] = str(error)
        again = f"{LOGIN}?return_to={quote(return_to, safe='')}" if return_to else LOGIN
        return redirect(HTTPStatus.SEE_OTHER, again, call.clear_cookie(SESSION))
    return _hand_over(call, session, nonce, return_to, {})


def logout(call: BrowserCall) -> Reply:
    """End the session here and at the auth centre. An address in the request is not looked at."""
    cookie = call.clear_cookie(SESSION)
    try:
        session = _session(call)
    except NotSignedIn:
        return page(HTTPStatus.OK, "signed_out", cookie)
    sessions.end_session(call.services.state, session)
    sign_in = _sign_in(call)
    try:
        centre = sign_in.centre(sign_in.application(session.tenant_id, session.app_id))
    except SignInError as error:
        call.notes["reason"] = str(error)
        return page(HTTPStatus.OK, "signed_out", cookie)
    return redirect(HTTPStatus.SEE_OTHER, centre.logout_address(call.services.settings.seller_login_url), cookie)


def _attempt(call: BrowserCall) -> Attempt:
    services = call.services
    try:
        return open_ticket(services.sealer, Attempt, call.cookie(ATTEMPT), services.clock.now())
    except TicketRefused as error:
        raise AttemptMissing(f"attempt: {error}") from error


def _session(call: BrowserCall) -> Session:
    session = sessions.session_of_cookie(call.services.state, call.cookie(SESSION), call.services.clock.now())
    call.notes.update(session_id=session.id, tenant_id=session.tenant_id)
    return session


def _hand_over(call: BrowserCall, session: Session, nonce: str, return_to: str, cookie: dict[str, str]) -> Reply:
    """On to the seller's product with a code for ``POST /seller/sessions``; without an address, a page."""
    services = call.services
    product = services.settings.seller_login_url
    if not product:
        return page(HTTPStatus.OK, "signed_in", cookie)
    ticket: HandOver = new_hand_over(session.id, nonce, return_to, services.clock.now())
    return redirect(HTTPStatus.SEE_OTHER, with_query(product, code=seal_ticket(services.sealer, ticket)), cookie)


def _directory(call: BrowserCall) -> Directory:
    from koogallery.sign_in.synced import SyncedDirectory

    return SyncedDirectory(call.services)


def _sign_in(call: BrowserCall) -> SignIn:
    return SignIn(call.services, _directory(call), local=call.is_local)
