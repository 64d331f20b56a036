"""What a reconciliation found, in short."""

from __future__ import annotations

from koogallery.ledger.findings import Reconciliation


def faults(result: Reconciliation) -> list[str]:
    """Texts of the faults."""
    return [finding.message for finding in result.faults]


def kinds(result: Reconciliation) -> dict[str, int]:
    """What was found, counted."""
    return dict(result.counts)
