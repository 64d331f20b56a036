"""Applications for online licences in the state; uploading is announced by a pointer put first."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from koogallery.licenses.application import Application
from koogallery.queues import UPLOADS, put_pointer
from koogallery.slots import application_key
from koogallery.state import Key, State
from koogallery.stores import WRITE_TRIES, Contended, Stored


def load_application(state: State, event_id: str) -> tuple[Application | None, Stored]:
    """An application, and what it is written back with."""
    item = state.get(application_key(event_id))
    return (Application.from_document(item.document) if item else None), Stored(item)


def store_application(state: State, application: Application, stored: Stored) -> Stored | None:
    """Write it back; see ``Stored.write``."""
    return stored.write(state, application_key(application.event_id), application.to_document())


def put_upload_pointer(state: State, event_id: str, *, due: datetime, now: datetime) -> Key:
    """Say that an upload will be due."""
    return put_pointer(state, UPLOADS, due=due, now=now, owner=event_id, subject="license")


def give_content(
    state: State, event_id: str, change: Callable[[Application], Application], *, now: datetime
) -> Application | None:
    """Apply a change that may make an upload due: pointer first; None when nobody applied."""
    for _ in range(WRITE_TRIES):
        before, stored = load_application(state, event_id)
        if before is None:
            return None
        after = change(before)
        if after is before:
            return before
        put_upload_pointer(state, event_id, due=now, now=now)
        if store_application(state, after, stored):
            return after
    raise Contended(f"application {event_id}")
