"""A sync of users or departments, as it waits in the inbox until it is applied."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from koogallery import times
from koogallery.directory.buckets import Change
from koogallery.directory.stamps import Stamp
from koogallery.directory.tenant import owner_id


@dataclass(frozen=True)
class Sync:
    """``kind``: users or departments. ``status``: what the entries become. ``entries``: key → members.

    ``is_full``: allOrgSync, departments that are not in it count no more. ``told``: event type of users (by flag).
    ``facts``: plain members of the event. ``id`` is this call's own: a repeated call has another one.
    """

    id: str
    tenant_id: str
    instance_id: str
    kind: str
    status: str
    stamp: Stamp
    entries: Mapping[str, Mapping[str, Any]] = field(repr=False)
    is_full: bool = False
    told: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)

    @property
    def owner(self) -> str:
        """Id of the tenant aggregate."""
        return owner_id(self.tenant_id, self.instance_id)

    @property
    def change(self) -> Change:
        """What becomes of the entries."""
        return Change(self.status, self.stamp, self.id)

    @property
    def synced_at(self) -> datetime:
        """When the marketplace made it, UTC."""
        return times.parse_wire(max(self.stamp.synced, self.stamp.sent))

    def event_facts(self) -> dict[str, str]:
        """Plain members of its event."""
        return {**self.facts, "synced_at": times.iso(self.synced_at)}

    def to_fields(self) -> dict[str, Any]:
        """JSON for the inbox."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}

    @staticmethod
    def from_fields(fields: dict[str, Any]) -> Sync:
        """Read what ``to_fields`` gave."""
        return Sync(**{**fields, "stamp": Stamp(*fields["stamp"])})
