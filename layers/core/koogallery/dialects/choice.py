"""Which dialect a request speaks: told by method and path."""

from __future__ import annotations

from koogallery.apig import Request
from koogallery.dialects.dialect import Dialect
from koogallery.dialects.saas_v2 import SaasV2


def dialect_of(request: Request) -> Dialect:
    """SaaS 1.0 for GET, else SaaS 2.0. Imported when needed: a cold start pays for every import."""
    if request.method == "GET":
        from koogallery.dialects.saas_v1 import SaasV1

        return SaasV1()
    return SaasV2()
