"""Licences the seller's product gave for applications go to the marketplace, behind every call.

An upload whose outcome nobody knows is repeated once, then a person has to look: the attempt is counted before it
is made, so that a run that dies in it leaves the same trace as a lost answer. What the marketplace certainly did not
take is tried again with growing pauses for three days. What ends otherwise than delivered raises an alarm and is
seen at GET /seller/licenses/{id}.
"""

from __future__ import annotations

import base64
import logging
import secrets
from collections import Counter
from datetime import timedelta

from koogallery import times
from koogallery.leases import Lease
from koogallery.license_store import load_application, put_upload_pointer, store_application
from koogallery.licenses import application as applications
from koogallery.licenses.application import Application
from koogallery.logs import log_line
from koogallery.marketplace.errors import MarketplaceError, MarketplaceRefused, MarketplaceUnauthorized
from koogallery.marketplace.license_upload import LicenseFile, LicenseText, upload
from koogallery.queues import UPLOADS, Pointer, due_pointers
from koogallery.services import Services
from koogallery.stores import Stored
from koogallery.use_cases.give_license import open_content

FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=1)
GIVE_UP_AFTER = timedelta(days=3)
ENOUGH_SECONDS = 40.0
"""An upload takes at most 15 s; the rest of a run belongs to the events."""


class LicenseUploader:
    """One run's uploads. It stops at the first call nobody answers and at the first refused key pair."""

    def __init__(self, services: Services, lease: Lease, counts: Counter[str]) -> None:
        self.services, self.lease, self.counts = services, lease, counts
        self.stopped = False

    def drain(self) -> None:
        """Upload what is due, oldest first."""
        now = self.services.clock.now()
        for pointer in due_pointers(self.services.state, UPLOADS, self.lease.slots, until=now):
            if self.stopped or self.services.remaining_seconds() < ENOUGH_SECONDS:
                return
            self.lease.renew()
            self._follow(pointer)

    def _follow(self, pointer: Pointer) -> None:
        """Do what a pointer leads to, then remove it if its work is done, goes on under another, or never came."""
        application, stored = load_application(self.services.state, pointer.owner)
        now = self.services.clock.now()
        if application is None or application.status == applications.REQUESTED:
            landed = False
        else:
            landed = True
            if application.is_due(now) and not self._upload(application, stored):
                return
        if landed or pointer.may_be_removed_without_work(now):
            self.services.state.delete(pointer.key)

    def _upload(self, application: Application, stored: Stored) -> bool:
        """One attempt; False when somebody else changed the application meanwhile."""
        if application.unknown >= applications.MAX_UNKNOWN:
            return self._settle(application, stored, applications.UNCLEAR, application.last_failure or "no answer")
        mine = applications.claimed(application)
        claimed = store_application(self.services.state, mine, stored)
        if claimed is None:
            return False
        try:
            upload(self.services.marketplace, mine.event_id, self._licence(mine))
        except MarketplaceUnauthorized as error:
            self.stopped = True
            return self._postpone(mine, claimed, error, pause=LONGEST_PAUSE)
        except MarketplaceRefused as error:
            # Refused after an attempt that may have arrived: perhaps it did, and this one is the one too many.
            status = applications.UNCLEAR if application.unknown else applications.REFUSED
            return self._settle(mine, claimed, status, _reason(error))
        except MarketplaceError as error:
            self.stopped = not error.http_status
            return self._failed(mine, claimed, error)
        return self._settle(mine, claimed, applications.DELIVERED, "")

    def _licence(self, application: Application) -> LicenseText | LicenseFile:
        content = open_content(self.services, application)
        if "license" in content:
            return LicenseText(content["license"])
        return LicenseFile(content["file_name"], base64.b64decode(content["content_base64"]))

    def _failed(self, mine: Application, stored: Stored, error: MarketplaceError) -> bool:
        since = times.parse_iso(mine.pending_since)
        if mine.unknown >= applications.MAX_UNKNOWN and _may_have_arrived(error):
            return self._settle(mine, stored, applications.UNCLEAR, _reason(error))
        if self.services.clock.now() - since >= GIVE_UP_AFTER:
            return self._settle(mine, stored, applications.FAILED, _reason(error))
        return self._postpone(mine, stored, error, pause=_pause(mine.attempts))

    def _postpone(self, mine: Application, stored: Stored, error: MarketplaceError, *, pause: timedelta) -> bool:
        """Later: the pointer for then is put first."""
        now = self.services.clock.now()
        due = now + pause
        put_upload_pointer(self.services.state, mine.event_id, due=due, now=now)
        arrived = _may_have_arrived(error)
        later = applications.postponed(mine, _reason(error), due, arrived=arrived)
        self.counts["uploads_failed"] += 1
        alarm = isinstance(error, MarketplaceUnauthorized)
        level = logging.ERROR if alarm else logging.WARNING
        reason = _reason(error)
        log_line("license_upload_failed", level=level, alarm=alarm, license_id=mine.event_id, reason=reason)
        return store_application(self.services.state, later, stored) is not None

    def _settle(self, mine: Application, stored: Stored, status: str, reason: str) -> bool:
        ended = applications.settled(mine, status, reason, self.services.clock.now())
        if not store_application(self.services.state, ended, stored):
            return False
        self.counts[f"licenses_{status}"] += 1
        if status != applications.DELIVERED:
            log_line(
                "license_not_delivered",
                level=logging.ERROR,
                alarm=True,
                license_id=mine.event_id,
                status=status,
                reason=reason,
            )
        return True


def _may_have_arrived(error: MarketplaceError) -> bool:
    """Not when the marketplace itself answered with a code that it failed: then it did not take the licence."""
    failed_by_code = bool(error.marketplace_code) and not error.marketplace_code.startswith("APIGW.")
    answered = failed_by_code and error.code == "marketplace_unavailable"
    return error.fate_unknown and not answered


def _reason(error: MarketplaceError) -> str:
    return str(error)[:200]


def _pause(attempts: int) -> timedelta:
    """Growing from a minute to an hour, shortened at random by up to a tenth so that retries spread."""
    nominal = min(FIRST_PAUSE * (1 << min(attempts - 1, 10)), LONGEST_PAUSE)
    return nominal * (1 - secrets.randbelow(1000) / 10_000)
