"""What every dialect has: a callback in the marketplace's words, and how it is signed and its answer judged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from koogallery_simulator.http_messages import Answer, OutgoingRequest
from koogallery_simulator.instances import Instance
from koogallery_simulator.orders import OrderLine
from koogallery_simulator.retry import Policies
from koogallery_simulator.settings import Keys

__all__ = ["Addresses", "Answer", "Callback", "Dialect", "InstanceLookup", "OutgoingRequest", "Problem"]

Problem = tuple[str, str]


@dataclass(frozen=True)
class Callback:
    """One business message; ``members`` without what changes on every try. ``line`` is the order line it is about."""

    activity: str
    members: Mapping[str, object] = field(default_factory=dict)
    test: bool = False
    line: OrderLine | None = None


@dataclass(frozen=True)
class Addresses:
    """The production address of the product, and the one that order notifications go to."""

    production: str
    notify: str


class InstanceLookup(Protocol):
    """What answer rules may ask the marketplace."""

    @property
    def keys(self) -> Keys:
        """The seller's keys."""

    def find_instance(self, instance_id: str) -> Instance | None:
        """An opened instance or None."""


class Dialect(Protocol):
    """One generation of callbacks."""

    @property
    def name(self) -> str:
        """For logs, violations and commands."""

    @property
    def policies(self) -> Policies:
        """The guide's retry rules."""

    @property
    def read_only(self) -> frozenset[str]:
        """Activities that change nothing: their answers may differ from one time to the next."""

    @property
    def refunded(self) -> frozenset[str]:
        """Activities whose order line fails for good when no try was accepted."""

    def request(self, callback: Callback, keys: Keys, addresses: Addresses, now: datetime) -> OutgoingRequest:
        """Sign one try: fresh ids, timestamp ``now`` and nonce."""

    def accepted(self, callback: Callback, code: str) -> bool:
        """Whether the result code ends the retries."""

    def documented_codes(self, activity: str) -> frozenset[str] | None:
        """Result codes the guide allows for the activity; None for an activity no guide knows."""

    def lasting(self, callback: Callback) -> Mapping[str, str]:
        """Members of the answer that must be the same every time, with what they belong to: order line, event, …"""

    def form_problems(self, answer: Answer, keys: Keys) -> Iterator[Problem]:
        """Rules of the answer's headers and bytes, errors included."""

    def problems(self, callback: Callback, answer: Mapping[str, object], known: InstanceLookup) -> Iterator[Problem]:
        """Rules of the activity that the answer breaks, as (rule, detail)."""
