"""The instance aggregate: everything that must change together, in one item."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from koogallery import times
from koogallery.outbox import dump_owner, with_event
from koogallery.repetition import Repeatable, read_repeatable

CREATING, ACTIVE, FROZEN, RELEASED = "creating", "active", "frozen", "released"
STATUSES = (CREATING, ACTIVE, FROZEN, RELEASED)


@dataclass(frozen=True)
class FrozenPeriod:
    """Half open; ``until`` is empty while it lasts. ``expired``: 1.0 said that expiry was the cause."""

    since: str
    until: str = ""
    expired: bool = False


@dataclass(frozen=True, kw_only=True)
class Instance(Repeatable):
    """One thing the marketplace sold. Times are ISO texts with milliseconds, UTC.

    ``access`` and ``license`` are sealed texts (``encryption.Sealer``); ``expire_time`` is ``yyyyMMddHHmmss`` as the
    marketplace sent it. ``licensed``: opened by getLicense, which waits for a licence and not for access data.
    """

    instance_id: str
    order_id: str
    created_at: str
    order_line_id: str = ""
    access: str = ""
    licensed: bool = False
    license: str = ""
    activated_at: str = ""
    frozen: tuple[FrozenPeriod, ...] = ()
    released_at: str = ""
    expire_time: str = ""
    product: dict[str, Any] = field(default_factory=dict)
    order_type: str = ""
    metered_instances: tuple[str, ...] = ()

    @property
    def status(self) -> str:
        """creating, active, frozen or released."""
        if self.released_at:
            return RELEASED
        if self.is_frozen:
            return FROZEN
        return ACTIVE if self.activated_at else CREATING

    @property
    def is_frozen(self) -> bool:
        """Does a freeze last?"""
        return bool(self.frozen) and not self.frozen[-1].until

    @property
    def is_of_v1(self) -> bool:
        """Was it opened by SaaS 1.0, which knows no order lines?"""
        return not self.order_line_id

    @property
    def charging_mode(self) -> str:
        """PERIOD, ONE_TIME, ON_DEMAND, ON_DEMAND_PKG; empty until the order was read."""
        return str(self.product.get("charging_mode", ""))

    @property
    def product_id(self) -> str:
        """What was bought; empty until the order was read."""
        return str(self.product.get("product_id", ""))

    def was_frozen_at(self, moment: datetime) -> bool:
        """Does the second ``moment`` lies in belong to a frozen period?

        The second of a freeze does, the second it ends in does not: who is thawed may report at once, and usage has
        whole seconds.
        """
        at = times.whole_second(moment)
        return any(_second(p.since) <= at and (not p.until or at < _second(p.until)) for p in self.frozen)

    def to_document(self) -> str:
        """JSON text for the state."""
        return dump_owner(self)

    @staticmethod
    def from_document(document: str) -> Instance:
        """Read what ``to_document`` wrote."""
        fields = read_repeatable(document)
        fields["frozen"] = tuple(FrozenPeriod(**part) for part in fields.get("frozen", ()))
        fields["metered_instances"] = tuple(fields.get("metered_instances", ()))
        return Instance(**fields)

    def with_event(self, type_: str, at: datetime, data: dict[str, Any], **extra: Any) -> Instance:
        """The instance with one more event in its outbox."""
        return with_event(self, self.instance_id, type_, at, {"instance_id": self.instance_id, **data}, **extra)


def _second(iso: str) -> datetime:
    return times.whole_second(times.parse_iso(iso))
