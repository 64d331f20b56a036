"""Messages of the three licence guides, as the use cases see them.

Field tables: old licence guide (getLicense), authorization code guide (the three ``…LicenseCode``), client software
guide (online licence opening: the instance callbacks and getLicenseAsync).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from typing import ClassVar

from koogallery import times
from koogallery.inferred import LICENSE_OPENS_AT_ONCE, MAX_FINGERPRINT
from koogallery.messages.callbacks import (
    MESSAGES,
    NewInstance,
    NewInstanceV1,
    read_id,
    read_optional_id,
    read_wire_time,
)
from koogallery.messages.members import Member, Message, one_of, text

_SPELLED = "%Y-%m-%d %H:%M:%S"
_NOT_IN_A_PATH = frozenset("/\\?#%")


def _moment(value: object) -> datetime:
    """``yyyy-MM-dd HH:mm:ss`` with an optional trailing z, or 14 or 17 digits; UTC (*inferred* forms)."""
    if not isinstance(value, str):
        raise ValueError("must be a text yyyy-MM-dd HH:mm:ss")
    text = value.strip()
    if text.isascii() and text.isdigit():
        return times.parse_wire(text)
    spelled = text.removesuffix("z").removesuffix("Z").rstrip().replace("T", " ", 1)
    try:
        return datetime.strptime(spelled, _SPELLED).replace(tzinfo=timezone.utc)
    except ValueError as error:
        raise ValueError("must be a text yyyy-MM-dd HH:mm:ss") from error


def _optional_moment(value: object) -> datetime | None:
    return None if value is None or value == "" else _moment(value)


def _event_id(value: object) -> str:
    """The licence is uploaded to an address with the id in its path."""
    found = read_id(value)
    if found in (".", "..") or not found.isprintable() or " " in found or _NOT_IN_A_PATH & set(found):
        raise ValueError("must be usable in a path")
    return found


def _fingerprint(value: object) -> str:
    found = "" if value is None else text(value)
    if len(found) > MAX_FINGERPRINT:
        raise ValueError(f"must have at most {MAX_FINGERPRINT} characters")
    return found


class GetLicense(NewInstanceV1):
    """getLicense: creates the instance its licence belongs to; order and product are the key."""


class NewLicenseInstance(NewInstance):
    """newInstance of a product with online licences: there is no access data to wait for."""

    waits_for_access: ClassVar[bool] = not LICENSE_OPENS_AT_ONCE


class GetLicenseAsync(Message):
    """getLicenseAsync: a buyer applies for a licence of his instance, for one device."""

    secret: ClassVar[frozenset[str]] = frozenset({"device_fingerprint"})

    instance_id = Member(read_id)
    event_id = Member(_event_id)
    effective_time = Member(_moment)
    expire_time = Member(_optional_moment, default=None)
    device_fingerprint = Member(_fingerprint, default="")


class _OfCode(Message):
    """A callback about one authorization code."""

    secret: ClassVar[frozenset[str]] = frozenset({"license"})

    license = Member(read_id)


class RefreshLicenseCode(_OfCode):
    """refreshLicenseCode: a new expiry date."""

    scene = Member(one_of("RENEWAL", "UNSUBSCRIBE_RENEWAL_PERIOD"))
    order_id = Member(read_id)
    order_line_id = Member(read_id)
    expire_time = Member(read_wire_time)
    product_id = Member(read_optional_id, default="")


class UpdateLicenseCodeStatus(_OfCode):
    """updateLicenseCodeStatus: freeze and thaw."""

    status = Member(one_of("FREEZE", "UNFREEZE"))


class ReleaseLicenseCode(_OfCode):
    """releaseLicenseCode; the order is there when an unsubscription caused it."""

    order_id = Member(read_optional_id, default="")
    order_line_id = Member(read_optional_id, default="")


LICENSE_MESSAGES: Mapping[str, type[Message]] = {
    **MESSAGES,
    "newInstance": NewLicenseInstance,
    "getLicenseAsync": GetLicenseAsync,
    "refreshLicenseCode": RefreshLicenseCode,
    "updateLicenseCodeStatus": UpdateLicenseCodeStatus,
    "releaseLicenseCode": ReleaseLicenseCode,
}
