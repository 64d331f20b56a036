"""Applies one sync of users or departments: buckets first, then the tenant with the event, in one conditional write.

That write fails when the tenant has changed since before the buckets were read; then everything is read off the
buckets again. So an event never tells content that an event before it has overtaken.
"""

from __future__ import annotations

import json
import secrets
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from koogallery.directory.buckets import (
    PRESENT,
    REMOVED,
    USERS,
    Bucket,
    Entry,
    Floor,
    bucket_of,
    changed_by,
    is_present,
    put,
)
from koogallery.directory.floors import floor_of
from koogallery.directory.shelf import Shelf
from koogallery.directory.sync import Sync
from koogallery.directory.tenant import Tenant
from koogallery.errors import RetryableError
from koogallery.kept import Place, forget, keep, names_kept
from koogallery.outbox import Outbox
from koogallery.outbox_owners import TENANT, OwnerRef, load_owner, tell
from koogallery.services import Services

DEPARTMENT_REPLACED = "department.replaced"


class OutOfTime(RetryableError):
    """The time for the answer, or of the run, is over: the sync is applied later."""

    code = "out_of_time"


@dataclass(frozen=True)
class _Changes:
    """What a sync changed: entries by key and, of a full sync, how many are no longer listed and how many are."""

    entries: Mapping[str, Entry]
    unlisted: int = 0
    total: int = 0

    def __bool__(self) -> bool:
        return bool(self.entries or self.unlisted)


class Applying:
    """One sync on its way into the directory; ``reserve_seconds`` of the function's time are not used."""

    def __init__(self, services: Services, sync: Sync, *, reserve_seconds: float) -> None:
        self._services, self._sync, self._reserve = services, sync, reserve_seconds
        self._shelf = Shelf(services.state, services.sealer, sync.owner, sync.kind)
        self._letters: list[tuple[Place, object]] = []

    def run(self) -> None:
        """Apply and tell; nothing is told twice. Raises ``OutOfTime``, ``OutboxFull`` and what the state raises."""
        ref = OwnerRef(TENANT, self._sync.owner)
        stored = tell(self._services.state, ref, self._transition, now=self._now())
        told = _kept_letters(stored)
        for place, _ in self._letters:
            if str(place) not in told:
                forget(self._services.state, place)

    def forget_strays(self) -> None:
        """Remove letters that earlier tries, cut off before the event was told, left behind."""
        state, sync = self._services.state, self._sync
        names = names_kept(state, _letters_partition(sync))
        if names:
            told = _kept_letters(load_owner(state, OwnerRef(TENANT, sync.owner))[0])
            for place in (Place(_letters_partition(sync), name) for name in names):
                if str(place) not in told:
                    forget(state, place)

    def _transition(self, before: Outbox | None) -> Outbox | None:
        sync = self._sync
        known = before if isinstance(before, Tenant) else None
        tenant = known or Tenant(tenant_id=sync.tenant_id, instance_id=sync.instance_id)
        floor = floor_of(sync.kind, tenant)
        if sync.id in tenant.told or not floor.admits(sync.stamp):
            return before
        changes = self._write(floor)
        after = replace(tenant, departments_since=sync.stamp.moment) if sync.is_full else tenant
        if not changes:
            return before if after == tenant else after
        tenant.check_room()
        return self._told(after, changes).having_told(sync.id)

    def _write(self, floor: Floor) -> _Changes:
        sync = self._sync
        parts: dict[int, dict[str, Mapping[str, Any]]] = defaultdict(dict)
        for key, data in sync.entries.items():
            parts[bucket_of(key)][key] = data

        def change(number: int, bucket: Bucket) -> Bucket:
            self._check_time()
            return put(bucket, parts[number], sync.change, floor)

        written = self._shelf.update(sorted(parts), change)
        entries = {
            key: entry
            for number, bucket in written.items()
            for key, entry in changed_by(bucket, sync.id, parts[number]).items()
        }
        return replace(self._unlisted(floor), entries=entries) if sync.is_full else _Changes(entries)

    def _unlisted(self, floor: Floor) -> _Changes:
        """What a full sync leaves out. Nothing is written for it: the tenant's new floor is above it."""
        unlisted = total = 0
        for _, bucket in self._shelf.get_all():
            self._check_time()
            for key, entry in bucket.items():
                if is_present(entry, floor):
                    older = entry.stamp.moment < self._sync.stamp.moment
                    unlisted += key not in self._sync.entries and older
                    total += not older
        return _Changes({}, unlisted, total)

    def _told(self, tenant: Tenant, changes: _Changes) -> Tenant:
        sync, now = self._sync, self._now()
        facts: dict[str, Any] = dict(sync.event_facts())
        if sync.kind == USERS:
            users = [_user(sync.entries[key], entry) for key, entry in sorted(changes.entries.items())]
            return tenant.telling(sync.told, now, facts, kept=str(self._letter({"users": users})))
        if sync.is_full:
            hows = Counter(entry.how for entry in changes.entries.values())
            counts = {"added": hows["added"], "modified": hows["modified"], "removed": changes.unlisted}
            return tenant.telling(DEPARTMENT_REPLACED, now, {**facts, **counts, "total": changes.total})
        ((key, entry),) = changes.entries.items()
        department = dict(sync.entries[key])
        shown = department if entry.status != REMOVED else {"org_code": department["org_code"]}
        sealed = self._services.sealer.seal(json.dumps(shown), tenant.id)
        return tenant.telling(f"department.{entry.how}", now, facts, sealed=sealed)

    def _letter(self, content: object) -> Place:
        """Where the event finds its users. Written before the event, under a name of this try alone."""
        if self._letters and self._letters[-1][1] == content:
            return self._letters[-1][0]
        place = Place(_letters_partition(self._sync), secrets.token_hex(6))
        keep(self._services.state, self._services.sealer, place, content)
        self._letters.append((place, content))
        return place

    def _check_time(self) -> None:
        if self._services.remaining_seconds() < self._reserve:
            raise OutOfTime("the rest is done by the timer")

    def _now(self) -> datetime:
        return self._services.clock.now()


def _user(sent: Mapping[str, Any], entry: Entry) -> dict[str, Any]:
    if entry.status == REMOVED:
        return {name: sent[name] for name in ("user_name", "app_id")}
    return {**entry.data, "authorized": entry.status == PRESENT}


def _letters_partition(sync: Sync) -> str:
    return f"letters#{sync.id}"


def _kept_letters(owner: Outbox | None) -> set[str]:
    events = (*owner.outbox, *owner.dead_letters) if owner else ()
    return {event.kept for event in events if event.kept}
