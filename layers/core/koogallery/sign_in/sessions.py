"""Sessions and used codes in the state, and how they leave it again.

| item | written | removed |
|---|---|---|
| session | when a callback succeeds | when it is ended, at the latest 30 days after it began |
| claims of an attempt and of a code | before the code is spent | after a day |

Each is found for removal by a pointer in the queue ``sessions`` that is put before it. Nothing is written before a
callback names a known tenant. Whether a tenant, application or user is still allowed is not stored here: it is
looked up in the directory whenever a session is used, so that a sync that takes a right away needs no other write.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta

from koogallery import times
from koogallery.queues import put_pointer
from koogallery.sign_in.errors import AlreadyUsed, NotSignedIn
from koogallery.slots import slot_of
from koogallery.state import Item, Key, State
from koogallery.stores import WRITE_TRIES, Contended

QUEUE = "sessions"
LONGEST_SESSION = timedelta(days=30)
"""A refresh token is valid that long (joint-operation guide, "Refresh token"); then the user signs in anew."""
CLAIM_LIFE = timedelta(days=1)
"""Much longer than an attempt (10 minutes) or, as far as is known, a code lives."""

_ID_BYTES = 16


@dataclass(frozen=True)
class Session:
    """One signed-in browser. Times are UTC, ISO with milliseconds.

    ``id`` is no secret and grants nothing; the browser holds ``id.secret``, of which ``secret_hash`` is kept.
    ``sealed``: tokens and user, encrypted. ``valid_until``: end of the access token. ``ends_at``: end for good.
    ``hand_over``: hash of the one code that may still be exchanged. ``refreshing_until``: another call may be
    using up the refresh token until then.
    """

    id: str
    tenant_id: str
    app_id: str
    secret_hash: str = field(repr=False)
    sealed: str = field(repr=False)
    created_at: str
    valid_until: str
    ends_at: str
    pointer: tuple[str, str] = ("", "")
    hand_over: str = field(default="", repr=False)
    refreshing_until: str = ""

    def is_valid(self, now: datetime) -> bool:
        """Whether the access token lives."""
        return now < times.parse_iso(self.valid_until) and not self.is_over(now)

    def is_over(self, now: datetime) -> bool:
        """Whether not even a refresh can bring it back."""
        return now >= times.parse_iso(self.ends_at)

    def is_refreshing(self, now: datetime) -> bool:
        """Whether another call may be refreshing it."""
        return bool(self.refreshing_until) and now < times.parse_iso(self.refreshing_until)


@dataclass(frozen=True)
class NewSession:
    """What a session begins with. ``seal``: encrypts its tokens for its id. ``nonce``: of its first hand-over."""

    tenant_id: str
    app_id: str
    valid_until: datetime
    nonce: str = field(repr=False)
    seal: Callable[[str], str] = field(repr=False)


def session_key(session_id: str) -> Key:
    """Where a session is kept."""
    return Key(f"sessions#{slot_of(session_id):02d}", session_id)


def claim_key(digest: str) -> Key:
    """Where a used attempt or code is kept."""
    return Key(f"sign-in-claims#{slot_of(digest):02d}", digest)


def digest_of(*parts: str) -> str:
    """SHA-256 of texts, each with its length: what is kept of things that must not be known."""
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def claim(state: State, digests: list[str], now: datetime) -> None:
    """Use up an attempt and a code, once and for ever; raises ``AlreadyUsed``. One pointer serves all."""
    subject = _subject(*map(claim_key, digests))
    put_pointer(state, QUEUE, due=now + CLAIM_LIFE, now=now, owner=digests[0], subject=subject)
    document = json.dumps({"at": times.iso_millis(now)})
    for digest in digests:
        if not state.put_if_absent(claim_key(digest), document):
            raise AlreadyUsed("the attempt or the code was used before")


def begin_session(state: State, new: NewSession, now: datetime) -> tuple[Session, str]:
    """Store a new session; also what the browser's cookie holds."""
    session_id, secret = secrets.token_hex(_ID_BYTES), secrets.token_urlsafe(32)
    key, ends_at = session_key(session_id), now + LONGEST_SESSION
    pointer = put_pointer(state, QUEUE, due=ends_at, now=now, owner=session_id, subject=_subject(key))
    session = Session(
        id=session_id,
        tenant_id=new.tenant_id,
        app_id=new.app_id,
        secret_hash=digest_of(secret),
        sealed=new.seal(session_id),
        created_at=times.iso_millis(now),
        valid_until=times.iso_millis(min(new.valid_until, ends_at)),
        ends_at=times.iso_millis(ends_at),
        pointer=(pointer.partition, pointer.sort),
        hand_over=digest_of(new.nonce),
    )
    state.put_if_absent(key, json.dumps(asdict(session)))
    return session, f"{session_id}.{secret}"


def find_session(state: State, session_id: str, now: datetime) -> Session:
    """A session that is not over; raises ``NotSignedIn``."""
    return _load(state, session_id, now)[0]


def session_of_cookie(state: State, cookie: str, now: datetime) -> Session:
    """The session a browser proves to hold; raises ``NotSignedIn``."""
    session_id, _, secret = cookie.partition(".")
    session = find_session(state, session_id, now)
    if not hmac.compare_digest(session.secret_hash, digest_of(secret)):
        raise NotSignedIn("the cookie does not belong to the session")
    return session


def change_session(state: State, session_id: str, now: datetime, change: Callable[[Session], Session]) -> Session:
    """Apply a change to the session as stored; raises ``NotSignedIn`` when it is gone, and what ``change`` raises."""
    for _ in range(WRITE_TRIES):
        session, item = _load(state, session_id, now)
        after = change(session)
        if state.replace_if_version(item, json.dumps(asdict(after))):
            return after
    raise Contended("session")


def end_session(state: State, session: Session) -> None:
    """Remove a session, then the pointer that would have removed it."""
    state.delete(session_key(session.id))
    state.delete(Key(*session.pointer))


def offer(state: State, session_id: str, nonce: str, now: datetime) -> Session:
    """Make a hand-over code with this nonce the only one that can be exchanged."""
    return change_session(state, session_id, now, lambda before: replace(before, hand_over=digest_of(nonce)))


def take(state: State, session_id: str, nonce: str, now: datetime) -> Session:
    """Use up a hand-over code; raises ``AlreadyUsed`` for any but the last one offered."""

    def change(before: Session) -> Session:
        if not before.hand_over or not hmac.compare_digest(before.hand_over, digest_of(nonce)):
            raise AlreadyUsed("the code was exchanged before, or a later one was made")
        return replace(before, hand_over="")

    return change_session(state, session_id, now, change)


def lock_refresh(state: State, session_id: str, now: datetime, length: timedelta) -> Session | None:
    """The right to use the refresh token for ``length``; None when another call has it."""

    for _ in range(WRITE_TRIES):
        session, item = _load(state, session_id, now)
        if session.is_refreshing(now):
            return None
        locked = replace(session, refreshing_until=times.iso_millis(now + length))
        if state.replace_if_version(item, json.dumps(asdict(locked))):
            return locked
    raise Contended("session")


def keys_of(subject: str) -> list[Key]:
    """What a pointer of the queue leads to."""
    return [Key(partition, sort) for partition, sort in json.loads(subject)]


def _subject(*keys: Key) -> str:
    return json.dumps([[key.partition, key.sort] for key in keys])


def _load(state: State, session_id: str, now: datetime) -> tuple[Session, Item]:
    if not _is_id(session_id):
        raise NotSignedIn("no session")
    item = state.get(session_key(session_id))
    if item is None:
        raise NotSignedIn("the session is unknown or was ended")
    fields = json.loads(item.document)
    session = Session(**{**fields, "pointer": tuple(fields["pointer"])})
    if session.is_over(now):
        raise NotSignedIn("the session is over")
    return session, item


def _is_id(text: str) -> bool:
    return len(text) == 2 * _ID_BYTES and all(character in "0123456789abcdef" for character in text)
