"""What the sign-in and the seller's product read of the directory. Nothing here writes.

::

    for tenant in find_tenant(state, "tenant-0001"):            # one for each instance that binds it, newest first
        access = find_application(tenant, "app-0001", sealer)   # or None for the app id: the newest application
        user = find_user(state, sealer, tenant, "li.si", "app-0001")
        if access and user and user.may_sign_in:
            ...                                                 # tenant.domain, access.client_id, access.client_secret

Only what counts now is found: nothing of a tenant that was removed, nothing that was synced before its last removal.
``domain`` is what tenantSync sent, signed but otherwise unchecked: it is for the caller to insist on https.
All functions may raise ``StateUnavailable``, those with a ``sealer`` also ``Unreadable``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from koogallery.directory.buckets import (
    PRESENT,
    USERS,
    Entry,
    bucket_of,
    is_present,
    user_key,
    user_prefix,
)
from koogallery.directory.floors import floor_of, users_floor
from koogallery.directory.shelf import Shelf
from koogallery.directory.tenant import Application, Tenant, owner_id, secret_purpose, tenants_partition
from koogallery.encryption import Sealer
from koogallery.slots import SLOTS, slot_of
from koogallery.state import State

MAX_BINDINGS = 1000
"""Instances that bind one tenant."""


@dataclass(frozen=True)
class ApplicationAccess:
    """What signs an application in at the tenant's authentication centre."""

    app_id: str
    client_id: str
    client_secret: str = field(repr=False)


@dataclass(frozen=True)
class User:
    """A user of an application. ``facts``: all members by the names of the seller interface; personal data.

    ``is_enabled``: ``enable`` of the last sync. ``is_authorized``: false after authSync with flag 3.
    """

    user_name: str = field(repr=False)
    app_id: str
    role: str
    is_enabled: bool
    is_authorized: bool
    facts: Mapping[str, Any] = field(repr=False)

    @property
    def may_sign_in(self) -> bool:
        """Neither disabled nor without authorisation; a removed user is not found at all."""
        return self.is_enabled and self.is_authorized


def find_tenant(state: State, tenant_id: str) -> list[Tenant]:
    """Every binding of a tenant that counts, the newest first; empty for an unknown one."""
    head = owner_id(tenant_id, "")
    # The binding without an instance (a credential that is being applied for) is the first of them.
    before, last = f"{head[:-1]}.\U0010ffff", f"{head}\U0010ffff"
    items = state.query(tenants_partition(slot_of(head[:-1])), after=before, up_to=last, limit=MAX_BINDINGS)
    tenants = [Tenant.from_document(item.document) for item in items if item.key.sort.startswith(head)]
    return sorted((one for one in tenants if one.stamp and one.is_bound), key=lambda one: one.stamp or (), reverse=True)


def find_application(tenant: Tenant, app_id: str | None, sealer: Sealer) -> ApplicationAccess | None:
    """An application with its client secret in the clear; without ``app_id`` the newest one."""
    for application in tenant.present_applications:
        if app_id in (None, application.app_id):
            return _opened(tenant, application, sealer)
    return None


def find_user(state: State, sealer: Sealer, tenant: Tenant, user_name: str, app_id: str | None = None) -> User | None:
    """A user by name; without ``app_id`` of whatever application, one that may sign in first."""
    prefix = user_prefix(user_name)
    bucket = Shelf(state, sealer, tenant.id, USERS).get(bucket_of(prefix))
    wanted = prefix if app_id is None else user_key(user_name, app_id)
    floor = users_floor(tenant)
    found = [as_user(entry) for key, entry in bucket.items() if key.startswith(wanted) and is_present(entry, floor)]
    return max(found, key=lambda user: user.may_sign_in, default=None)


def present_entries(
    state: State, sealer: Sealer, tenant: Tenant, kind: str, *, begin: int = 0
) -> Iterator[tuple[int, str, Entry]]:
    """``(bucket, key, entry)`` of users or departments from bucket ``begin`` on, keys ascending in each bucket."""
    floor = floor_of(kind, tenant)
    for number, bucket in Shelf(state, sealer, tenant.id, kind).get_all(begin=begin):
        for key in sorted(bucket):
            if is_present(bucket[key], floor):
                yield number, key, bucket[key]


def present_tenants(
    state: State, *, slot: int = 0, after: str = "", page_size: int = 100
) -> Iterator[tuple[int, str, Tenant | None]]:
    """``(slot, id, tenant)`` from a place on; None for one that does not count, so that a reader can stop there."""
    for number in range(slot, SLOTS):
        low = after if number == slot else ""
        while True:
            page = state.query(tenants_partition(number), after=low, limit=page_size)
            for item in page:
                tenant = Tenant.from_document(item.document)
                yield number, item.key.sort, tenant if tenant.is_bound else None
            if len(page) < page_size:
                break
            low = page[-1].key.sort


def as_user(entry: Entry) -> User:
    """A user entry as the sign-in sees it."""
    facts = {**entry.data, "authorized": entry.status == PRESENT}
    return User(
        user_name=str(facts["user_name"]),
        app_id=str(facts.get("app_id", "")),
        role=str(facts.get("role", "")),
        is_enabled=facts.get("enabled") is True,
        is_authorized=bool(facts["authorized"]),
        facts=facts,
    )


def _opened(tenant: Tenant, application: Application, sealer: Sealer) -> ApplicationAccess:
    secret = sealer.open(application.secret, secret_purpose(tenant.id, application.app_id))
    return ApplicationAccess(application.app_id, application.client_id, secret)
