"""The tenant aggregate: one enterprise bound by one instance, its applications, and what is told of it.

Key: instance and tenant, since several orders may bind the same enterprise (joint kit, multi-instance binding).
Users and departments lie in buckets of their own (``directory.buckets``), in front of two floors kept here: what was
synced up to the last removal of the tenant, or before the last full sync of the departments, counts no more.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from koogallery.directory.stamps import Moment, Stamp
from koogallery.errors import RetryableError
from koogallery.outbox import Outbox, dump_owner, read_owner, with_event
from koogallery.slots import slot_of
from koogallery.state import Key

MAX_TELLINGS = 200
"""Events of users and departments wait for room when so many wait for delivery already."""
MAX_TOLD = 100


class OutboxFull(RetryableError):
    """The seller's product takes no events: more of them would not fit into the tenant's item."""

    code = "tenant_outbox_full"


@dataclass(frozen=True)
class Application:
    """An app credential of the tenant. ``secret`` is the OAuth client secret, sealed."""

    app_id: str
    client_id: str
    stamp: Stamp
    secret: str = field(default="", repr=False)
    removed: bool = False


@dataclass(frozen=True, kw_only=True)
class Tenant(Outbox):
    """``stamp``: the newest tenantSync. ``cleared``, ``departments_since``: the floors. ``told``: last syncs told.

    ``is_bound``: a tenantSync added it and none removed it since. ``is_open``: the seller's product was told something
    since the last removal.
    """

    tenant_id: str
    instance_id: str = ""
    order_id: str = ""
    code: str = ""
    name: str = ""
    domain: str = ""
    stamp: Stamp | None = None
    is_bound: bool = False
    is_open: bool = False
    cleared: Moment | None = None
    departments_since: Moment | None = None
    applications: Mapping[str, Application] = field(default_factory=dict)
    told: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """The aggregate's id."""
        return owner_id(self.tenant_id, self.instance_id)

    @property
    def present_applications(self) -> list[Application]:
        """Those that count, newest first."""
        present = [a for a in self.applications.values() if not a.removed and self.counts(a.stamp)]
        return sorted(present, key=lambda application: application.stamp, reverse=True)

    def counts(self, stamp: Stamp) -> bool:
        """Was something synced after the last removal of the tenant?"""
        return self.cleared is None or stamp.moment > self.cleared

    def check_room(self) -> None:
        """Raise ``OutboxFull``."""
        if len(self.outbox) + len(self.dead_letters) >= MAX_TELLINGS:
            raise OutboxFull(f"{len(self.outbox)} events wait, {len(self.dead_letters)} were given up")

    def telling(self, type_: str, at: datetime, data: dict[str, Any], **extra: Any) -> Tenant:
        """The tenant with one more event."""
        ids = {"tenant_id": self.tenant_id, "instance_id": self.instance_id}
        name = hashlib.sha256(self.id.encode()).hexdigest()[:24]
        return with_event(replace(self, is_open=True), name, type_, at, {**ids, **data}, **extra)

    def having_told(self, sync_id: str) -> Tenant:
        """The tenant that remembers a sync: taken up again it is not told a second time."""
        return replace(self, told=(*self.told, sync_id)[-MAX_TOLD:])

    def to_document(self) -> str:
        """JSON text for the state."""
        return dump_owner(self)

    @staticmethod
    def from_document(document: str) -> Tenant:
        """Read what ``to_document`` wrote."""
        fields = read_owner(document)
        fields["told"] = tuple(fields.get("told", ()))
        fields["stamp"] = Stamp(*fields["stamp"]) if fields.get("stamp") else None
        for name in ("cleared", "departments_since"):
            moment = fields.get(name)
            fields[name] = (moment[0], moment[1]) if moment else None
        fields["applications"] = {
            app_id: Application(**{**one, "stamp": Stamp(*one["stamp"])})
            for app_id, one in fields.get("applications", {}).items()
        }
        return Tenant(**fields)


def owner_id(tenant_id: str, instance_id: str) -> str:
    """Id of the aggregate: the tenant first, so that its instances lie side by side."""
    return f"{_escaped(tenant_id)}/{_escaped(instance_id)}"


def secret_purpose(id_: str, app_id: str) -> str:
    """What a client secret is sealed for."""
    return f"client secret {id_} {app_id}"


def tenants_partition(slot: int) -> str:
    """Partition of the tenants of a slot."""
    return f"tenants#{slot:02d}"


def tenant_key(id_: str) -> Key:
    """Where a tenant is kept."""
    return Key(tenants_partition(slot_of(id_.partition("/")[0])), id_)


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("/", "%2F")
