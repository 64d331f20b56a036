"""Settings: one model for every function; each function is given only the names it may read.

In the cloud they are plain and encrypted user data (``context.getUserData``), in development the environment.
``docs/settings.md`` is generated from this model.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Mapping
from typing import Any, Literal, cast
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from koogallery.clock import Clock, SystemClock
from koogallery.errors import SettingsError

Source = Callable[[str], str | None]
MAX_VALUE = 8192
LEAST_RETENTION_DAYS = 23
"""More than the 21 days in which an event may be reported again."""
_SECRET_REFERENCE = "csms:"  # noqa: S105 - the form of a reference
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


def _text(description: str, *, secret: bool = False) -> Any:
    return Field(
        default="",
        description=description,
        repr=not secret,
        json_schema_extra={"secret": secret},
    )


class Settings(BaseModel):
    """Every setting of the bundle. An empty value counts as missing."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True, str_strip_whitespace=True)

    marketplace_endpoint: str = _text(
        "Address of the marketplace's open APIs: https://mkt.myhuaweicloud.com (China), "
        "https://mkt-intl.myhuaweicloud.com (international), https://mkt.myhuaweicloud.eu (Europe)."
    )
    marketplace_ak: str = _text("Access key id of the IAM user that calls the open APIs.")
    marketplace_sk: str = _text("Secret access key of that user.", secret=True)
    marketplace_access_keys: str = _text(
        "Keys bound to the basic interface (Seller Console > Application Tools > Key Management): current,previous. "
        "The current one also signs the usage push.",
        secret=True,
    )
    marketplace_v1_keys: str = _text("Keys of SaaS 1.0 and licence guide A: current,previous.", secret=True)
    marketplace_kit_keys: str = _text("Keys bound to joint-SaaS sync: current,previous.", secret=True)
    marketplace_license_keys: str = _text("Keys bound to licence delivery: current,previous.", secret=True)
    marketplace_notify_keys: str = _text("Keys bound to the general interface: current,previous.", secret=True)
    kit_private_key: str = _text(
        "RSA private key (3072 bit or more) that decrypts client secrets: one-line base64 of PKCS#8 DER, or PEM "
        "with \\n for line ends.",
        secret=True,
    )
    seller_webhook_url: str = _text("Address of the seller's product that takes the events.")
    seller_webhook_secret: str = _text("Secret that signs the events (Standard Webhooks): whsec_…", secret=True)
    seller_api_keys: str = _text(
        "Keys the seller's product calls the seller interface with: current,previous.", secret=True
    )
    login_app_id: str = _text("App id of the joint product's credential.")
    login_address: str = _text("Login page; default: the unified login page.")
    seller_login_url: str = _text(
        "Address of the seller's product that takes signed-in browsers; it gets the query parameter code. "
        "Empty: a page says that the login is done."
    )
    state_url: str = _text("State: dynamodb://TABLE?endpoint=…&region=… or sqlite:////absolute/path.db.")
    state_access_key: str = _text("Access key of the state's table.")
    state_secret_key: str = _text("Secret key of the state's table.", secret=True)
    archive_url: str = _text(
        "Archive: s3://BUCKET?endpoint=…&region=… or file:///absolute/dir. Empty: nothing is archived."
    )
    state_encryption_key: str = _text(
        "Base64 of 32 bytes; encrypts access data in the state. current,previous for rotation.", secret=True
    )
    debug_access: str = _text(
        "Access data that queryInstance, and newInstance of 1.0, show in debug calls and dial tests, as JSON: "
        '{"front_end_url":"…", '
        '"admin_url":"…","user_name":"…","password":"…","memo":"…"}. Default: a front_end_url at example.com.'
    )
    marketplace_v1_encrypt_type: str = _text(
        "How user names and passwords are encrypted in answers of 1.0: 1 (AES-256, default) or 2 (AES-128)."
    )
    query_usage_info: str = _text(
        "usageInfo in queryInstance: on or off. Default: on, except on the international and European site."
    )
    usage_closing_minutes: str = _text(
        "Minutes after a release in which usage from before it is taken; then the final hour is billed. Default 5."
    )
    retention_days: str = _text(
        "Days that settled usage stays in the state before it only stands in the archive, at least 23: usage is taken "
        "for 21 days, and what was counted must be known as long as it may come again. Default 90."
    )

    usage_push_old_products: str = _text(
        "Products whose usage goes to the old push (AK/SK alone, with product_id): product ids, comma separated, or *."
    )
    license_fingerprint_products: str = _text(
        "Products whose online licences need a device fingerprint: product ids, comma separated, or *. An application "
        "without one is answered 000903."
    )
    license_grace_hours: str = _text(
        "Hours in which the last known state of an authorization code is given while the marketplace cannot be asked. "
        "Default 24; 0: never."
    )

    csms_endpoint: str = _text(
        "Address of CSMS in the region, https://csms.<region>.myhuaweicloud.com, for settings whose value is csms:NAME."
    )
    ces_endpoint: str = _text(
        "Address of Cloud Eye in the region, https://ces.<region>.myhuaweicloud.com, which takes the bundle's metrics."
    )

    @field_validator(
        "marketplace_endpoint",
        "seller_webhook_url",
        "login_address",
        "seller_login_url",
        "csms_endpoint",
        "ces_endpoint",
    )
    @classmethod
    def _outbound_address(cls, value: str) -> str:
        parts = urlsplit(value)
        if value and not (
            parts.hostname and (parts.scheme == "https" or _plain_loopback(parts.scheme, parts.hostname))
        ):
            raise ValueError("must be an https address (plain http only on a loopback host)")
        if not re.fullmatch(r"[\x21-\x7e]*", value):
            raise ValueError("must be percent-encoded ASCII")
        return value

    @field_validator("usage_closing_minutes", "retention_days", "license_grace_hours")
    @classmethod
    def _whole_number(cls, value: str) -> str:
        if value and not re.fullmatch(r"\d{1,4}", value, re.ASCII):
            raise ValueError("must be a whole number")
        return value

    @field_validator("retention_days")
    @classmethod
    def _long_enough(cls, value: str) -> str:
        if value and int(value) < LEAST_RETENTION_DAYS:
            raise ValueError(f"must be at least {LEAST_RETENTION_DAYS}")
        return value

    @field_validator("marketplace_v1_encrypt_type")
    @classmethod
    def _encrypt_type(cls, value: str) -> str:
        if value not in ("", "1", "2"):
            raise ValueError("must be 1 or 2")
        return value

    @property
    def v1_encrypt_type(self) -> Literal["1", "2"]:
        """Encryption of 1.0 answers."""
        return "2" if self.marketplace_v1_encrypt_type == "2" else "1"

    @field_validator("query_usage_info")
    @classmethod
    def _switch(cls, value: str) -> str:
        if value not in ("", "on", "off"):
            raise ValueError("must be on or off")
        return value

    @field_validator("debug_access")
    @classmethod
    def _json_object(cls, value: str) -> str:
        if value and not isinstance(_read_json(value), dict):
            raise ValueError("must be a JSON object")
        return value

    def needs_fingerprint(self, product_id: str) -> bool:
        """LICENSE_FINGERPRINT_PRODUCTS names the product."""
        return _names(self.license_fingerprint_products, product_id)

    def uses_old_push(self, product_id: str) -> bool:
        """USAGE_PUSH_OLD_PRODUCTS names the product. A product that is not known yet is in no list."""
        return bool(product_id) and _names(self.usage_push_old_products, product_id)

    @classmethod
    def load(cls, source: Source) -> Settings:
        """Read all settings from ``source`` (name → value or None); ``SettingsError`` names the first bad one."""
        values = {field: source(field.upper()) or "" for field in cls.model_fields}
        for field, value in values.items():
            if len(value) > MAX_VALUE:
                raise SettingsError(field.upper(), f"has more than {MAX_VALUE} characters")
            if value.startswith(_SECRET_REFERENCE):
                # Taken literally the reference would be a key that everybody can guess.
                raise SettingsError(field.upper(), "refers to a CSMS secret, which only a function can read")
        try:
            return cls(**values)
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False)[0]
            raise SettingsError(str(first["loc"][0]).upper(), first["msg"].removeprefix("Value error, ")) from None

    def require(self, name: str) -> str:
        """The value of a setting that must be there; raises ``SettingsError``."""
        value = str(getattr(self, name.lower()))
        if not value:
            raise SettingsError(name, "is missing")
        return value

    def secrets(self) -> list[str]:
        """Every secret text in the settings, single keys included: what no log line may hold."""
        found: list[str] = []
        for name, field in type(self).model_fields.items():
            extra = cast("Mapping[str, Any]", field.json_schema_extra or {})
            if extra.get("secret"):
                value = str(getattr(self, name))
                found += [value, *(part.strip() for part in value.split(","))]
        return [value for value in found if value]


def from_context(context: object) -> Source:
    """Settings of a function: encrypted ones are only in the context, plain ones there and in the environment.

    ``csms:NAME`` is replaced by the text of that secret (``secret_references``).
    """
    get_user_data = getattr(context, "getUserData", None)

    def given(name: str) -> str | None:
        value = get_user_data(name) if get_user_data else None
        return value if value else os.environ.get(name)

    def source(name: str) -> str | None:
        value = given(name)
        if not value or not value.strip().startswith(_SECRET_REFERENCE):
            return value
        # Here, not on top: without a reference nothing of it is loaded.
        from koogallery.secret_references import resolve

        clock: Clock = getattr(context, "clock", None) or SystemClock()
        return resolve(name, value.strip(), endpoint=given("CSMS_ENDPOINT"), context=context, clock=clock)

    return source


def _names(products: str, product_id: str) -> bool:
    listed = [part.strip() for part in products.split(",")]
    return "*" in listed or (bool(product_id) and product_id in listed)


def _plain_loopback(scheme: str, host: str) -> bool:
    return scheme == "http" and host in _LOOPBACK


def _read_json(value: str) -> object:
    try:
        return json.loads(value)
    except ValueError:
        return None
