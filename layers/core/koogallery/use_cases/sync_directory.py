"""authSync, singleOrgSync, allOrgSync: users and departments, applied at once or behind the answer, never lost.

A sync spreads over many items and one event, so it is stored before anything of it is applied:

1. pointer, due when this call is certainly over;
2. the verified sync itself, encrypted, in the inbox;
3. applied while the time for the answer lasts; then inbox and pointer are removed.

From 2 on the answer is success, whatever happens in 3: ``apply_syncs`` takes up what was cut off. Applying is
repeatable: every entry is ordered by its own stamp and knows the sync it comes from, and the tenant remembers the syncs
that were told.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from koogallery.answers import Answer
from koogallery.callback import Call
from koogallery.directory.buckets import DEPARTMENTS, PRESENT, REMOVED, UNAUTHORIZED, USERS, department_key, user_key
from koogallery.directory.stamps import Stamp
from koogallery.directory.sync import Sync
from koogallery.errors import RetryableError
from koogallery.kept import Place, forget, keep
from koogallery.logs import describe, log_line
from koogallery.messages.kit import ADD, MODIFY, REMOVE, UNAUTHORIZE, AllOrgSync, AuthSync, KitMessage, SingleOrgSync
from koogallery.queues import SYNCS, put_pointer
from koogallery.result_codes import SUCCESS
from koogallery.services import Services
from koogallery.state import Key, State
from koogallery.use_cases.applying import Applying
from koogallery.use_cases.stamping import stamp_of

HEAD_START = timedelta(seconds=15)
"""Longer than a call lives: the timer does not begin what a call is still at."""
RESERVE_SECONDS = 0.5
"""What is left for the answer when applying stops."""

_OF_USERS = {
    ADD: (PRESENT, "user.added"),
    MODIFY: (PRESENT, "user.modified"),
    REMOVE: (REMOVED, "user.removed"),
    UNAUTHORIZE: (UNAUTHORIZED, "user.unauthorized"),
}
_OF_DEPARTMENTS = {ADD: PRESENT, MODIFY: PRESENT, REMOVE: REMOVED, UNAUTHORIZE: REMOVED}


def sync_users(services: Services, call: Call) -> Answer:
    """authSync. Key: instance, tenant, application, user name; one event for the whole list."""
    message: AuthSync = call.message
    status, told = _OF_USERS[message.flag]
    users = (user.facts() for user in message.user_list)
    entries = {user_key(user["user_name"], message.app_id): {"app_id": message.app_id, **user} for user in users}
    stamp = stamp_of(call, message.current_sync_time or message.time_stamp)
    return _take(services, _sync(message, USERS, status, stamp, entries, told=told, facts={"app_id": message.app_id}))


def sync_department(services: Services, call: Call) -> Answer:
    """singleOrgSync. Key: instance, tenant, orgCode."""
    message: SingleOrgSync = call.message
    entries = {department_key(message.org_code): message.facts()}
    return _take(services, _sync(message, DEPARTMENTS, _OF_DEPARTMENTS[message.flag], stamp_of(call), entries))


def sync_departments(services: Services, call: Call) -> Answer:
    """allOrgSync. Key: instance, tenant. Departments that are not listed count no more."""
    message: AllOrgSync = call.message
    entries = {department_key(one.org_code): one.facts() for one in message.org_info_list}
    return _take(services, _sync(message, DEPARTMENTS, PRESENT, stamp_of(call), entries, is_full=True))


def _sync(
    message: KitMessage,
    kind: str,
    status: str,
    stamp: Stamp,
    entries: Mapping[str, Mapping[str, Any]],
    **more: Any,
) -> Sync:
    ids = (secrets.token_hex(12), message.tenant_id, message.instance_id)
    return Sync(*ids, kind=kind, status=status, stamp=stamp, entries=entries, **more)


def _take(services: Services, sync: Sync) -> Answer:
    state, sealer, now = services.state, services.sealer, services.clock.now()
    pointer = put_pointer(state, SYNCS, due=now + HEAD_START, now=now, owner=sync.owner, subject=sync.id)
    items = keep(state, sealer, inbox_place(sync.id), sync.to_fields())
    try:
        Applying(services, sync, reserve_seconds=RESERVE_SECONDS).run()
        finish(state, sync.id, pointer, items=items)
    except RetryableError as error:
        log_line("sync_left_to_timer", level=logging.WARNING, sync_id=sync.id, reason=describe(error))
    return Answer(SUCCESS, "success")


def inbox_place(sync_id: str) -> Place:
    """Where a sync lies until it is applied."""
    return Place(f"inbox#{sync_id}", "sync")


def finish(state: State, sync_id: str, pointer: Key, *, items: int | None = None) -> None:
    """Remove what kept an applied sync; ``items`` as ``keep`` counted them."""
    forget(state, inbox_place(sync_id), items=items)
    state.delete(pointer)
