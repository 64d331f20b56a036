"""What every dialect has: a callback in the marketplace's words, and how it is signed and its answer judged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from koogallery_simulator.instances import Instance
from koogallery_simulator.orders import OrderLine
from koogallery_simulator.settings import Keys

Problem = tuple[str, str]


@dataclass(frozen=True)
class Callback:
    """One business message; ``members`` without what changes on every try. ``line`` is the order line it is about."""

    activity: str
    members: Mapping[str, object] = field(default_factory=dict)
    test: bool = False
    line: OrderLine | None = None


@dataclass(frozen=True, repr=False)
class OutgoingRequest:
    """One signed call, ready to send, and to be sent again byte for byte."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes

    def __repr__(self) -> str:
        return f"OutgoingRequest({self.method} {self.url.partition('?')[0]}, {len(self.body)} bytes)"


@dataclass(frozen=True)
class Addresses:
    """The production address of the product, and the one that order notifications go to."""

    production: str
    notify: str


class InstanceLookup(Protocol):
    """What answer rules may ask the marketplace."""

    def find_instance(self, instance_id: str) -> Instance | None:
        """An opened instance or None."""


class Dialect(Protocol):
    """One generation of callbacks."""

    @property
    def name(self) -> str:
        """For logs and violations."""

    def request(self, callback: Callback, keys: Keys, addresses: Addresses, now: datetime) -> OutgoingRequest:
        """Sign one try: fresh ids, timestamp ``now`` and nonce."""

    def accepted(self, callback: Callback, code: str) -> bool:
        """Whether the result code ends the retries."""

    def documented_codes(self, activity: str) -> frozenset[str] | None:
        """Result codes the guide allows for the activity; None for an activity no guide knows."""

    def problems(self, callback: Callback, answer: Mapping[str, object], known: InstanceLookup) -> Iterator[Problem]:
        """Rules of the activity that the answer breaks, as (rule, detail)."""
