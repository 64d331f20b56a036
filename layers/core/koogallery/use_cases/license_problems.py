"""The marketplace's codes for authorization codes as problems with stable codes (authorization code guide, codes).

They are told apart by the marketplace's code, never by its HTTP status. What may pass by itself stays a retryable
error of the marketplace and becomes 503.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping

from koogallery.errors import KoogalleryError
from koogallery.logs import log_line
from koogallery.marketplace.errors import MarketplaceError, MarketplaceRefused, MarketplaceUnauthorized
from koogallery.messages.seller import MalformedRequest
from koogallery.seller_interface import BadGateway, NotFound, Refused


class AlreadyActivated(Refused):
    """The code was activated, and not by an attempt of ours."""

    code = "already_activated"


class NotReceivedYet(Refused):
    """The buyer has not received the code yet: try again later."""

    code = "not_received_yet"


class NotActivated(Refused):
    """The code has to be activated first."""

    code = "not_activated"


class UnknownLicense(NotFound):
    """There is no such code."""

    code = "unknown_license"


class InvalidLicenseInList(MalformedRequest):
    """A code of the list is invalid; nothing of the call was taken."""

    code = "invalid_license_in_list"


class InvalidParameter(MalformedRequest):
    """The marketplace does not take a value of the call."""

    code = "invalid_parameter"


class MarketplaceDenied(BadGateway):
    """The key pair, the clock or the rights of the bundle are wrong."""

    code = "marketplace_unauthorized"


_PROBLEMS: Mapping[str, tuple[type[KoogalleryError], str]] = {
    "92020002": (InvalidParameter, "the marketplace does not take a value of the call"),
    "92020003": (AlreadyActivated, "the license is activated already"),
    "92020004": (NotReceivedYet, "the buyer has not received the license yet, try again later"),
    "92020005": (UnknownLicense, "there is no such license"),
    "92020011": (NotActivated, "activate the license first"),
    "92020020": (InvalidLicenseInList, "a license of the list is invalid"),
    "95000001": (InvalidParameter, "the marketplace does not take a value of the call"),
}


def problem_of(error: MarketplaceError) -> KoogalleryError:
    """What the seller's software is told; the error itself when another try may succeed."""
    if isinstance(error, MarketplaceUnauthorized):
        log_line("marketplace_unauthorized", level=logging.ERROR, alarm=True, reason=str(error))
        return MarketplaceDenied(str(error))
    if not isinstance(error, MarketplaceRefused):
        return error
    kind, text = _PROBLEMS.get(error.marketplace_code, (BadGateway, str(error)))
    return kind(text)
