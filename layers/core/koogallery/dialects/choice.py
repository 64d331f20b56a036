"""Which dialect a request speaks: told by method and path."""

from __future__ import annotations

from koogallery.apig import Request
from koogallery.dialects.dialect import Dialect
from koogallery.dialects.saas_v2 import SaasV2

KIT_PATH = "/produceAPI/"
KIT_PATH_OF_V2 = "/produceAPI/v2/"
LICENSE_PATH = "/license"
NOTIFY_PATH = "/order-notify"


def dialect_of(request: Request) -> Dialect:
    """SaaS 1.0 or the old licence guide for GET, the kit by its paths, else 2.0.

    Imported when needed: a cold start pays for every import.
    """
    path = request.path.rstrip("/")
    if KIT_PATH in path:
        return _kit_dialect(path)
    if path == LICENSE_PATH:
        return _license_dialect(request.method)
    if path == NOTIFY_PATH:
        return _notification_dialect()
    if request.method == "GET":
        from koogallery.dialects.saas_v1 import SaasV1

        return SaasV1()
    return SaasV2()


def _kit_dialect(path: str) -> Dialect:
    if KIT_PATH_OF_V2 in path:
        from koogallery.dialects.kit import KitV2

        return KitV2()
    from koogallery.dialects.kit_v1 import KitV1

    return KitV1()


def _license_dialect(method: str) -> Dialect:
    if method == "GET":
        from koogallery.dialects.license_v1 import LicenseV1

        return LicenseV1()
    from koogallery.activities import LICENSE_ACTIVITIES
    from koogallery.messages.licenses import LICENSE_MESSAGES

    return SaasV2(LICENSE_ACTIVITIES, LICENSE_MESSAGES)


def _notification_dialect() -> Dialect:
    from koogallery.activities import NOTIFICATIONS
    from koogallery.messages.notifications import NOTIFICATION_MESSAGES

    return SaasV2(NOTIFICATIONS, NOTIFICATION_MESSAGES)
