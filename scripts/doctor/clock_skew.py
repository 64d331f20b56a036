"""This machine's clock against a ``Date`` header: signatures are valid for a minute either way."""

from __future__ import annotations

from datetime import datetime, timezone
from email.utils import parsedate_to_datetime

from doctor import finding
from doctor.finding import Finding

WINDOW_SECONDS = 60
"""SaaS guide V2.0: a signed call may be a minute old."""
CLOSE_SECONDS = 20
_SYNC = "set the clock by NTP: sudo timedatectl set-ntp true"


def parse_date(header: str | None) -> datetime | None:
    """Moment of a ``Date`` header, or None."""
    try:
        moment = parsedate_to_datetime(header) if header else None
    except ValueError:
        return None
    return moment if moment is None or moment.tzinfo else moment.replace(tzinfo=timezone.utc)


def check_clock(host: str, now: datetime, told: datetime | None) -> Finding:
    """``now`` is the middle of the call that brought ``told``, which has whole seconds."""
    check = "clock.skew"
    if told is None:
        return finding.not_checked(check, f"{host} sent no Date header", "compare the clock with a known one")
    seconds = abs((now - told).total_seconds())
    seen = f"{seconds:.0f} s away from {host}"
    if seconds > WINDOW_SECONDS:
        return finding.problem(check, f"this machine's clock is {seen}: its signatures are refused", _SYNC)
    if seconds > CLOSE_SECONDS:
        return finding.warning(check, f"this machine's clock is {seen}", _SYNC)
    return finding.ok(check, f"this machine's clock is {seen}")
