"""Facts that no guide states: conclusions and decisions, one place to correct when reality answers.

Sites are named ``china``, ``international``, ``europe`` and ``custom`` (any other endpoint: a simulator, a proxy).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
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

V1_CHARGING_MODES: Final[Mapping[str, str]] = MappingProxyType(
    {"0": "ON_DEMAND", "1": "PERIOD", "3": "ONE_TIME", "2": "ON_DEMAND_PKG"}
)
"""chargingMode of SaaS 1.0 in the words of 2.0. Doubt: 1 and 3 are documented, 0 and 2 are concluded."""

NONCE_MEMORY_SECONDS: Final = 120
"""How long an accepted request is remembered. Doubt: the guides say that a nonce may be cached, not for how long.

Twice the window of the timestamp: an older request is refused for its age.
"""


def first_billable_second(opening: datetime) -> datetime:
    """The first second usage may be billed for.

    Doubt: the marketplace's own opening of a resource follows our first successful answer, and no page says by how
    much. The bundle counts from the moment the access data was there, which is when queryInstance first succeeds.
    """
    return times.whole_second(opening)
