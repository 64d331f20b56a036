"""An application for an online licence: asked for by getLicenseAsync, given by the seller's product, then uploaded.

    requested → pending → delivered | refused | unclear | failed

The licence of an application never changes. An upload whose outcome nobody knows is repeated once; then a person
has to look (open API guide, upload; the rule of one repetition is *inferred*).
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from datetime import datetime

from koogallery import times

REQUESTED, PENDING, DELIVERED = "requested", "pending", "delivered"
REFUSED, UNCLEAR, FAILED = "refused", "unclear", "failed"
LEFT_TO_A_PERSON = (REFUSED, UNCLEAR, FAILED)
MAX_UNKNOWN = 2
"""Attempts that may have arrived: the first, and one repetition."""


@dataclass(frozen=True, kw_only=True)
class Application:
    """One application. Times are ISO texts with milliseconds, UTC.

    ``device``: hash of the device fingerprint. ``content``: the licence, sealed; empty until it is given.
    ``unknown``: attempts whose outcome is not known, counted before they are made.
    """

    event_id: str
    instance_id: str
    device: str
    asked_at: str
    content: str = ""
    status: str = REQUESTED
    pending_since: str = ""
    attempts: int = 0
    unknown: int = 0
    next_at: str = ""
    last_failure: str = ""
    settled_at: str = ""

    def to_document(self) -> str:
        """JSON text for the state."""
        return json.dumps({name: value for name, value in asdict(self).items() if value not in ("", 0)})

    @staticmethod
    def from_document(document: str) -> Application:
        """Read what ``to_document`` wrote."""
        return Application(**json.loads(document))

    def is_due(self, now: datetime) -> bool:
        """Is it to be uploaded now?"""
        return self.status == PENDING and (not self.next_at or times.parse_iso(self.next_at) <= now)


def given(application: Application, content: str, now: datetime) -> Application:
    """The product gave the licence, or a person wants one that was not delivered sent again: upload from the start."""
    return replace(
        application,
        content=application.content or content,
        status=PENDING,
        pending_since=times.iso_millis(now),
        attempts=0,
        unknown=0,
        next_at="",
        settled_at="",
    )


def claimed(application: Application) -> Application:
    """Before an attempt: a later run must know that this one may have arrived."""
    return replace(application, attempts=application.attempts + 1, unknown=application.unknown + 1)


def settled(application: Application, status: str, reason: str, now: datetime) -> Application:
    """The end of the uploading."""
    return replace(application, status=status, last_failure=reason, settled_at=times.iso_millis(now), next_at="")


def postponed(application: Application, reason: str, due: datetime, *, arrived: bool) -> Application:
    """Another attempt later; ``arrived``: this one may have."""
    unknown = application.unknown if arrived else application.unknown - 1
    return replace(application, unknown=unknown, last_failure=reason, next_at=times.iso_millis(due))
