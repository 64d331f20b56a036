"""Messages of the three licence guides, as the use cases see them.

Field tables: old licence guide (getLicense), authorization code guide (the three ``…LicenseCode``), client software
guide (online licence opening: the instance callbacks and getLicenseAsync).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

from koogallery import times
from koogallery.inferred import LICENSE_OPENS_AT_ONCE, MAX_FINGERPRINT
from koogallery.messages.callbacks import (
    MESSAGES,
    Id,
    Message,
    NewInstance,
    NewInstanceV1,
    OptionalId,
    WireTime,
)

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


def _segment(value: str) -> str:
    """The licence is uploaded to an address with the id in its path."""
    if value in (".", "..") or not value.isprintable() or " " in value or _NOT_IN_A_PATH & set(value):
        raise ValueError("must be usable in a path")
    return value


def _optional_text(value: object) -> object:
    return "" if value is None else value


Code = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f]+$"), Field(repr=False)]
EventId = Annotated[Id, AfterValidator(_segment)]
Fingerprint = Annotated[
    str, BeforeValidator(_optional_text), StringConstraints(max_length=MAX_FINGERPRINT), Field(repr=False)
]


class GetLicense(NewInstanceV1):
    """getLicense: creates the instance its licence belongs to; order and product are the key."""


class NewLicenseInstance(NewInstance):
    """newInstance of a product with online licences: there is no access data to wait for."""

    waits_for_access: ClassVar[bool] = not LICENSE_OPENS_AT_ONCE


class GetLicenseAsync(Message):
    """getLicenseAsync: a buyer applies for a licence of his instance, for one device."""

    secret: ClassVar[frozenset[str]] = frozenset({"device_fingerprint"})

    instance_id: Id
    event_id: EventId
    effective_time: Annotated[datetime, BeforeValidator(_moment)]
    expire_time: Annotated[datetime | None, BeforeValidator(_optional_moment)] = None
    device_fingerprint: Fingerprint = ""


class _OfCode(Message):
    """A callback about one authorization code."""

    secret: ClassVar[frozenset[str]] = frozenset({"license"})

    license: Code


class RefreshLicenseCode(_OfCode):
    """refreshLicenseCode: a new expiry date."""

    scene: Literal["RENEWAL", "UNSUBSCRIBE_RENEWAL_PERIOD"]
    order_id: Id
    order_line_id: Id
    expire_time: WireTime
    product_id: OptionalId = ""


class UpdateLicenseCodeStatus(_OfCode):
    """updateLicenseCodeStatus: freeze and thaw."""

    status: Literal["FREEZE", "UNFREEZE"]


class ReleaseLicenseCode(_OfCode):
    """releaseLicenseCode; the order is there when an unsubscription caused it."""

    order_id: OptionalId = ""
    order_line_id: OptionalId = ""


LICENSE_MESSAGES: Mapping[str, type[Message]] = {
    **MESSAGES,
    "newInstance": NewLicenseInstance,
    "getLicenseAsync": GetLicenseAsync,
    "refreshLicenseCode": RefreshLicenseCode,
    "updateLicenseCodeStatus": UpdateLicenseCodeStatus,
    "releaseLicenseCode": ReleaseLicenseCode,
}
