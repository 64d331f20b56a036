"""The old licence guide: SaaS 1.0 with words of its own (old licence guide; security as in SaaS guide V1.0).

The expiry call and a freeze are in no table of the guide, so the words of SaaS 1.0 are taken as well (*inferred*).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from koogallery.answers import Answer
from koogallery.apig import Reply, Request
from koogallery.dialects import saas_v1
from koogallery.dialects.dialect import SignedCall
from koogallery.dialects.saas_v1 import SaasV1, Word
from koogallery.messages.licenses import GetLicense
from koogallery.settings import Settings

_BASIC = saas_v1.ACTIVITIES
_FREEZE = _BASIC["expireInstance"]
ACTIVITIES: Mapping[str, Word] = {
    "getLicense": Word("getLicense", "get_license", _BASIC["newInstance"].translate, has_facts=True),
    "refreshLicense": _BASIC["refreshInstance"],
    "expireLicense": _FREEZE,
    "expireInstance": _FREEZE,
    "instanceStatus": _BASIC["instanceStatus"],
    "releaseLicense": _BASIC["releaseInstance"],
}


class LicenseV1(SaasV1):
    """One call of the old licence guide."""

    def __init__(self) -> None:
        super().__init__(ACTIVITIES, {"getLicense": GetLicense})
        self._gets_license = False

    def read(self, request: Request, settings: Settings, now: datetime) -> SignedCall:
        """Verify and translate as 1.0 does."""
        self._gets_license = request.query.get("activity") == "getLicense"
        return super().read(request, settings, now)

    def reply(self, answer: Answer, settings: Settings | None, key_index: int) -> Reply:
        """As 1.0; an answer to getLicense always has a ``license``, empty when there is none (*inferred*)."""
        if self._gets_license and "license" not in answer.members:
            answer = replace(answer, members={**answer.members, "license": ""})
        return super().reply(answer, settings, key_index)
