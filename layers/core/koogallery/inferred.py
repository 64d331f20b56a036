"""Facts that no guide states: conclusions and decisions, one place to correct when reality answers.

Sites are named ``china``, ``international``, ``europe`` and ``custom`` (any other endpoint: a simulator, a proxy).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

from koogallery import times

USAGE_PUSH_AKSK: Final[Mapping[str, bool]] = MappingProxyType(
    {"china": True, "international": True, "europe": True, "custom": True}
)
"""Whether the usage push carries an AK/SK signature beside its own header signature.

Doubt: the China page asks for both, the international V2.0 page shows the header signature alone.
"""

USAGE_INFO_IN_QUERY: Final[Mapping[str, bool]] = MappingProxyType(
    {"china": True, "international": False, "europe": False, "custom": True}
)
"""Whether queryInstance answers carry ``usageInfo`` for pay-per-use instances and packages.

Doubt: mandatory in the China table, absent from the international one, no word for Europe. A custom endpoint is
taken for China, whose table is the fullest.
"""

USAGE_PUSH_RESPONSE_BYTES: Final = 4_194_304
"""Largest usage push answer read. Doubt: the size of an abnormal record is not stated.

1000 records with an escaped description of 255 characters and every identifying member fit in it.
"""

MAX_ABNORMAL_RECORDS: Final = 1000
"""Most abnormal records read from one answer: the documented limit of the array and of the batch."""

RECORD_CODES_BY_SHAPE: Final = r"[0-9]{3}"
"""Form of a per-record code. Doubt: the member that carries it has no documented name, its values have three digits."""

V1_RENEWAL_ENDS_EXPIRY: Final = True
"""Whether refreshInstance with a later date ends the freeze that expireInstance began.

Doubt: 1.0 names no call that thaws a yearly product (instanceStatus is for pay-per-use there), and no page says that
a renewal does.
"""

V1_CHARGING_MODES: Final[Mapping[str, str]] = MappingProxyType(
    {"0": "ON_DEMAND", "1": "PERIOD", "3": "ONE_TIME", "2": "ON_DEMAND_PKG"}
)
"""chargingMode of SaaS 1.0 in the words of 2.0. Doubt: 1 and 3 are documented, 0 and 2 are concluded."""

NONCE_MEMORY_SECONDS: Final = 120
"""How long an accepted request is remembered. Doubt: the guides say that a nonce may be cached, not for how long.

Twice the window of the timestamp: an older request is refused for its age.
"""

LICENSE_OPENS_AT_ONCE: Final = True
"""Whether newInstance of a product with online licences is answered 000000 at once.

Doubt: the guide allows 000004 too, but it has no call that would ask for the end of provisioning, and every code
but 000000 counts as a failed call. There is nothing to wait for: the licence is applied for by getLicenseAsync.
"""

MAX_FINGERPRINT: Final = 8192
"""Characters of a device fingerprint. Doubt: the client sends up to 5 KB, the field table of the callback says 1024."""


def first_billable_second(opening: datetime) -> datetime:
    """The first second usage may be billed for.

    Doubt: the marketplace's own opening of a resource follows our first successful answer, and no page says by how
    much. The bundle counts from the moment the access data was there, which is when queryInstance first succeeds.
    """
    return times.whole_second(opening)


KIT_CLOCK_TOLERANCE: Final = timedelta(days=1)
"""How far ahead of our clock the timeStamp of a kit call is believed. Doubt: no page speaks of it."""

V1_CLOCK_TOLERANCE: Final = timedelta(days=1)
"""How far ahead of our clock the timeStamp of a 1.0 call is believed. Doubt: no page speaks of a window."""

KIT_MAX_USERS: Final = 2000
"""Most users of one authSync. Doubt: 500 on the 1.0 page, nothing on the 2.0 page."""

KIT_MAX_DEPARTMENTS: Final = 50_000
"""Most departments of one allOrgSync. Doubt: no page states a number; a body of 4 MiB holds fewer."""

KIT_FLAGS: Final[Mapping[int, str]] = MappingProxyType({0: "remove", 1: "add", 2: "modify", 3: "unauthorize"})
"""flag of every sync. Doubt: 3 is documented for authSync only, and nowhere how it differs from 0.

3 takes the access and keeps the account. For what has no access of its own, 3 removes.
"""

LOG_TEXT_MEMBERS: Final = ("message", "content")
"""Where an entry of an LTS trigger's event has the written line. Doubt: the sample has ``message``, and no page shows
an entry that a function's own log made; LTS itself calls the text of a line ``content``.
"""
