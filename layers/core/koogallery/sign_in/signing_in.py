"""From a code to a session, and what keeps a session alive: rights, tokens, refreshes."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from koogallery import times
from koogallery.encryption import Unreadable
from koogallery.logs import log_line
from koogallery.services import Services
from koogallery.sign_in import sessions
from koogallery.sign_in.addresses import tenant_base
from koogallery.sign_in.auth_centre import AuthCentre, Tokens, UserInfo
from koogallery.sign_in.errors import (
    AccessTokenRefused,
    AuthCentreFailed,
    Busy,
    LoginExpired,
    NotAllowed,
    NotSignedIn,
)
from koogallery.sign_in.rights import Application, Directory, Member
from koogallery.sign_in.sessions import Session

REFRESH_BEFORE = timedelta(minutes=15)
"""A session that is confirmed this close to its end is refreshed; the access token lives 2 h."""
REFRESH_LOCK = timedelta(seconds=30)
"""Longer than a function that refreshes may run: the refresh token is good once."""


class Opened(NamedTuple):
    """What is sealed in a session."""

    tokens: Tokens
    user: UserInfo


class SignIn:
    """The sign-in of one call. ``local``: auth centres on this machine are allowed."""

    def __init__(self, services: Services, directory: Directory, *, local: bool) -> None:
        self._services = services
        self._directory = directory
        self._local = local

    # ------------------------------------------------------------------------------------------------- rights
    def application(self, tenant_id: str, app_id: str) -> Application:
        """The tenant's application; raises ``NotAllowed``."""
        found = self._directory.application(tenant_id, app_id)
        if found is None:
            raise NotAllowed("no sync named this tenant and (LOGIN_APP_ID, or one single) application of it")
        return found

    def check(self, session: Session) -> tuple[Application, Member]:
        """The rights behind a session now. Without them it is ended: raises ``NotAllowed``."""
        try:
            application = self.application(session.tenant_id, session.app_id)
            return application, self._member(application, self.open(session).user)
        except NotAllowed:
            sessions.end_session(self._services.state, session)
            raise

    def _member(self, application: Application, user: UserInfo) -> Member:
        if user.tenant != application.tenant_id:
            raise NotAllowed("userinfo names another tenant than the callback")
        member = self._directory.member(application.tenant_id, application.app_id, user.user_name)
        if member is None:
            raise NotAllowed("the user is unknown, removed, disabled or not authorised")
        return member

    # ----------------------------------------------------------------------------------------------- beginning
    def centre(self, application: Application) -> AuthCentre:
        """The auth centre of an application's tenant; raises ``TokenHostRefused``."""
        base = tenant_base(application.domain_name, loopback=self._local)
        http, remaining = self._services.tenant_http, self._services.remaining_seconds
        return AuthCentre(http, base, application.client_id, application.client_secret, remaining)

    def begin(self, application: Application, centre: AuthCentre, code: str, nonce: str) -> tuple[Session, str]:
        """Spend a code; the stored session and what the browser's cookie holds. ``nonce`` is of its hand-over."""
        asked_at = self._services.clock.now()
        tokens = centre.exchange(code)
        try:
            user = centre.user_info(tokens.access)
        except AccessTokenRefused:
            asked_at = self._services.clock.now()
            tokens, user = self._second_try(centre, tokens)
        self._member(application, user)
        new = sessions.NewSession(
            tenant_id=application.tenant_id,
            app_id=application.app_id,
            valid_until=asked_at + timedelta(seconds=tokens.seconds),
            nonce=nonce,
            seal=lambda session_id: self._seal(session_id, tokens, user),
        )
        return sessions.begin_session(self._services.state, new, self._services.clock.now())

    def _second_try(self, centre: AuthCentre, tokens: Tokens) -> tuple[Tokens, UserInfo]:
        """userinfo refused a token it has just been given: refresh once, then it is over."""
        if not tokens.refresh:
            raise LoginExpired("userinfo: 401, and no refresh token")
        tokens = _keeping(centre.refresh(tokens.refresh), tokens)
        try:
            return tokens, centre.user_info(tokens.access)
        except AccessTokenRefused as exc:
            raise LoginExpired("userinfo: 401 after a refresh") from exc

    # ------------------------------------------------------------------------------------------- staying alive
    def confirm(self, session: Session) -> Session:
        """Ask the auth centre whether a valid session still stands; refresh it when its end is near."""
        now = self._services.clock.now()
        if now >= times.parse_iso(session.valid_until) - REFRESH_BEFORE and self.open(session).tokens.refresh:
            return self.renew(session)
        centre = self.centre(self.check(session)[0])
        try:
            self._same(session, centre.user_info(self.open(session).tokens.access))
        except AccessTokenRefused:
            return self.renew(session)
        return session

    def renew(self, session: Session) -> Session:
        """Replace both tokens. Raises ``LoginExpired`` when the session cannot go on: it is ended then.

        The refresh token is good once, so one call at a time uses it: another that comes meanwhile gets the
        session as it is while it is valid, else ``Busy``.
        """
        centre = self.centre(self.check(session)[0])
        now = self._services.clock.now()
        locked = sessions.lock_refresh(self._services.state, session.id, now, REFRESH_LOCK)
        if locked is None:
            if session.is_valid(now):
                return session
            raise Busy("the session is being refreshed")
        try:
            renewed = self._refreshed(centre, locked, now)
            self._confirm_user(centre, renewed)
        except (LoginExpired, NotAllowed):
            sessions.end_session(self._services.state, session)
            raise
        return renewed

    def _refreshed(self, centre: AuthCentre, session: Session, now: datetime) -> Session:
        opened = self.open(session)
        if not opened.tokens.refresh:
            raise LoginExpired("no refresh token")
        tokens = _keeping(centre.refresh(opened.tokens.refresh), opened.tokens)
        sealed = self._seal(session.id, tokens, opened.user)
        until = min(now + timedelta(seconds=tokens.seconds), times.parse_iso(session.ends_at))
        return sessions.change_session(
            self._services.state,
            session.id,
            now,
            lambda before: replace(before, sealed=sealed, valid_until=times.iso_millis(until), refreshing_until=""),
        )

    def _confirm_user(self, centre: AuthCentre, session: Session) -> None:
        """The new tokens must be of the same user; when the auth centre does not say, the refresh was proof enough."""
        try:
            self._same(session, centre.user_info(self.open(session).tokens.access))
        except AccessTokenRefused as exc:
            raise LoginExpired("userinfo: 401 after a refresh") from exc
        except AuthCentreFailed as error:
            log_line("userinfo_after_refresh_failed", tenant_id=session.tenant_id, reason=str(error))

    def _same(self, session: Session, user: UserInfo) -> None:
        known = self.open(session).user
        if (user.tenant, user.user_name) != (known.tenant, known.user_name):
            sessions.end_session(self._services.state, session)
            raise NotAllowed("userinfo names another tenant or user than at the beginning of the session")

    # --------------------------------------------------------------------------------------------- what is sealed
    def open(self, session: Session) -> Opened:
        """Tokens and user of a session; raises ``NotSignedIn`` when its key is no longer configured."""
        try:
            fields = json.loads(self._services.sealer.open(session.sealed, _purpose(session.id)))
        except Unreadable as exc:
            raise NotSignedIn(f"the session cannot be read: {exc}") from exc
        return Opened(Tokens(**fields["tokens"]), UserInfo(**fields["user"]))

    def _seal(self, session_id: str, tokens: Tokens, user: UserInfo) -> str:
        text = json.dumps({"tokens": asdict(tokens), "user": asdict(user)})
        return self._services.sealer.seal(text, _purpose(session_id))


def _keeping(new: Tokens, old: Tokens) -> Tokens:
    """An answer without a refresh token leaves the old one in place (OAuth 2.0, section 6)."""
    return new if new.refresh else replace(new, refresh=old.refresh)


def _purpose(session_id: str) -> str:
    return f"session {session_id}"
