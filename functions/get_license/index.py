"""Licences: getLicense (old guide), the callbacks about authorization codes, getLicenseAsync (online licences)."""

from __future__ import annotations

from koogallery.apig import Reply
from koogallery.callback import serve
from koogallery.initialization import make_clients
from koogallery.use_cases.get_license import get_license
from koogallery.use_cases.get_license_async import get_license_async
from koogallery.use_cases.license_codes import (
    refresh_license_code,
    release_license_code,
    update_license_code_status,
)

ACTIVITIES = {
    "getLicense": get_license,
    "getLicenseAsync": get_license_async,
    "refreshLicenseCode": refresh_license_code,
    "updateLicenseCodeStatus": update_license_code_status,
    "releaseLicenseCode": release_license_code,
}


def initializer(context: object) -> None:
    """Runs before the first call of an instance."""
    make_clients(context)


def handler(event: object, context: object) -> Reply:
    """APIG event in, the marketplace's answer out."""
    return serve(event, context, ACTIVITIES)
