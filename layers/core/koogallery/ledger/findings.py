"""What a reconciliation finds and adds up. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from koogallery.ledger.accounts import NOTHING, Balance
from koogallery.ledger.batch import ABNORMAL, CONFLICT, DELIVERED, EXPIRED, REJECTED
from koogallery.ledger.quantity import ZERO, add

NO_BATCH, PENDING, ARCHIVED, LOST = "unbatched", "pending", "archived", "lost"
"""No batch yet and a pointer leads to it; in a batch without an answer; too old to be in the state; a fault."""
OUTCOMES = (DELIVERED, PENDING, REJECTED, CONFLICT, EXPIRED, ABNORMAL, ARCHIVED, LOST)
"""What may have become of a sealed quantity. NO_BATCH counts as PENDING."""
FAULT, DEAD_LETTER, UNSEALED, REST = "fault", "dead_letter", "unsealed", "carried"
MAX_LISTED = 1000
"""Findings kept of each of the two lists; all are counted."""


class Finding(NamedTuple):
    """One thing that is wrong or waits for an operator. Hour, record and quantity may be empty."""

    kind: str
    instance_id: str
    hour: str
    metering_sn: str
    quantity: str
    message: str


@dataclass
class Outcomes:
    """Sealed quantities by what became of them; ``accepted`` is the part of them that is refused and acknowledged."""

    by_status: dict[str, Decimal] = field(default_factory=lambda: dict.fromkeys(OUTCOMES, ZERO))
    accepted: Decimal = ZERO

    def count(self, status: str, quantity: Decimal, *, accepted: bool = False) -> None:
        """Add a quantity."""
        status = PENDING if status == NO_BATCH else status
        self.by_status[status] = add(self.by_status[status], quantity)
        if accepted:
            self.accepted = add(self.accepted, quantity)

    def take(self, other: Outcomes) -> None:
        """Add everything of another."""
        for status, quantity in other.by_status.items():
            self.count(status, quantity)
        self.accepted = add(self.accepted, other.accepted)

    def total(self) -> Decimal:
        """Everything that has an outcome."""
        return add(*self.by_status.values())


@dataclass
class Reconciliation:
    """The result over all accounts."""

    instances: int = 0
    meters: int = 0
    balance: Balance = NOTHING
    outcomes: Outcomes = field(default_factory=Outcomes)
    faults: list[Finding] = field(default_factory=list)
    waiting: list[Finding] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    @property
    def unexplained(self) -> Decimal:
        """What was sealed and has no outcome; 0 when the second equation holds."""
        return add(self.balance.posted, -self.outcomes.total())

    @property
    def agrees(self) -> bool:
        """Do both equations hold, for every meter and in total, and is nothing damaged?"""
        lost = self.outcomes.by_status[LOST]
        return not (self.counts[FAULT] or self.balance.difference or self.unexplained or lost)

    @property
    def is_clean(self) -> bool:
        """Does everything agree, and does nothing wait for an operator?"""
        return self.agrees and not self.counts.total()

    def add(self, finding: Finding) -> None:
        """List it, while there is room, and count it."""
        self.counts[finding.kind] += 1
        listed = self.faults if finding.kind == FAULT else self.waiting
        if len(listed) < MAX_LISTED:
            listed.append(finding)
