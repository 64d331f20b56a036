"""Settings: one class for every function; each function is given only the names it may read.

In the cloud they are plain and encrypted user data (``context.getUserData``), in development the environment.
``docs/settings.md`` is generated from it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from typing import Literal, overload
from urllib.parse import urlsplit

from koogallery.clock import Clock, SystemClock
from koogallery.errors import SettingsError

Source = Callable[[str], str | None]
MAX_VALUE = 8192
LEAST_RETENTION_DAYS = 23
"""More than the 21 days in which an event may be reported again."""
_SECRET_REFERENCE = "csms:"  # noqa: S105 - the form of a reference
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


def _outbound_address(value: str) -> None:
    if not value.isascii() or not value.isprintable() or " " in value:
        raise ValueError("must be percent-encoded ASCII")
    try:
        parts = urlsplit(value)
        host = parts.hostname or ""
    except ValueError:
        raise ValueError("is not an address") from None
    if not host or not (parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK)):
        raise ValueError("must be an https address (plain http only on a loopback host)")


def _whole_number(value: str) -> None:
    if not value.isascii() or not value.isdigit() or len(value) > 4:
        raise ValueError("must be a whole number")


def _retention(value: str) -> None:
    _whole_number(value)
    if int(value) < LEAST_RETENTION_DAYS:
        raise ValueError(f"must be at least {LEAST_RETENTION_DAYS}")


def _encrypt_type(value: str) -> None:
    if value not in ("1", "2"):
        raise ValueError("must be 1 or 2")


def _encryption_keys(value: str) -> None:
    from koogallery.encryption import Sealer

    Sealer(value)


def _webhook_secret(value: str) -> None:
    # Here, not on top: one function sends webhooks.
    from koogallery_signing.errors import MalformedKey
    from koogallery_signing.standard_webhooks import check_secret

    try:
        check_secret(value)
    except MalformedKey:
        raise ValueError("must be whsec_ and the base64 of 24 to 64 bytes") from None


def _switch(value: str) -> None:
    if value not in ("on", "off"):
        raise ValueError("must be on or off")


def _json_object(value: str) -> None:
    try:
        is_object = isinstance(json.loads(value), dict)
    except (ValueError, RecursionError):
        is_object = False
    if not is_object:
        raise ValueError("must be a JSON object")


class Setting:
    """One setting: what it means, whether it is secret, and how a value that is there is checked (ValueError)."""

    def __init__(self, description: str, *, secret: bool = False, check: Callable[[str], None] | None = None) -> None:
        self.description = description
        self.secret = secret
        self.check = check

    @overload
    def __get__(self, settings: None, owner: type[Settings]) -> Setting: ...

    @overload
    def __get__(self, settings: Settings, owner: type[Settings]) -> str: ...

    def __get__(self, settings: Settings | None, owner: type[Settings]) -> Setting | str:
        """The declaration of a class; an instance holds the value itself, so it is not asked here."""
        if settings is None:
            return self
        raise AttributeError("the settings were not read")


class Settings:
    """Every setting of the bundle, read once, never changed. An empty value counts as missing."""

    marketplace_endpoint = Setting(
        "Address of the marketplace's open APIs: https://mkt.myhuaweicloud.com (China), "
        "https://mkt-intl.myhuaweicloud.com (international), https://mkt.myhuaweicloud.eu (Europe).",
        check=_outbound_address,
    )
    marketplace_ak = Setting("Access key id of the IAM user that calls the open APIs.")
    marketplace_sk = Setting("Secret access key of that user.", secret=True)
    marketplace_access_keys = Setting(
        "Keys bound to the basic interface (Seller Console > Application Tools > Key Management): current,previous. "
        "The current one also signs the usage push.",
        secret=True,
    )
    marketplace_v1_keys = Setting("Keys of SaaS 1.0 and licence guide A: current,previous.", secret=True)
    marketplace_kit_keys = Setting("Keys bound to joint-SaaS sync: current,previous.", secret=True)
    marketplace_license_keys = Setting("Keys bound to licence delivery: current,previous.", secret=True)
    marketplace_notify_keys = Setting("Keys bound to the general interface: current,previous.", secret=True)
    kit_private_key = Setting(
        "RSA private key (3072 bit or more) that decrypts client secrets: one-line base64 of PKCS#8 DER, or PEM "
        "with \\n for line ends.",
        secret=True,
    )
    seller_webhook_url = Setting("Address of the seller's product that takes the events.", check=_outbound_address)
    seller_webhook_secret = Setting(
        "Secret that signs the events (Standard Webhooks): whsec_…", secret=True, check=_webhook_secret
    )
    seller_api_keys = Setting(
        "Keys the seller's product calls the seller interface with: current,previous.", secret=True
    )
    login_app_id = Setting("App id of the joint product's credential.")
    login_address = Setting("Login page; default: the unified login page.", check=_outbound_address)
    seller_login_url = Setting(
        "Address of the seller's product that takes signed-in browsers; it gets the query parameter code. "
        "Empty: a page says that the login is done.",
        check=_outbound_address,
    )
    state_url = Setting("State: dynamodb://TABLE?endpoint=…&region=… or sqlite:////absolute/path.db.")
    state_access_key = Setting("Access key of the state's table.")
    state_secret_key = Setting("Secret key of the state's table.", secret=True)
    archive_url = Setting(
        "Archive: s3://BUCKET?endpoint=…&region=… or file:///absolute/dir. Empty: nothing is archived."
    )
    state_encryption_key = Setting(
        "Base64 of 32 bytes; encrypts access data in the state. current,previous for rotation.",
        secret=True,
        check=_encryption_keys,
    )
    debug_access = Setting(
        "Access data that queryInstance, and newInstance of 1.0, show in debug calls and dial tests, as JSON: "
        '{"front_end_url":"…", '
        '"admin_url":"…","user_name":"…","password":"…","memo":"…"}. Default: a front_end_url at example.com.',
        check=_json_object,
    )
    marketplace_v1_encrypt_type = Setting(
        "How fields of 1.0 are encrypted, in answers and, tried first, in calls: 1 (AES-256, default) or 2 (AES-128).",
        check=_encrypt_type,
    )
    query_usage_info = Setting(
        "usageInfo in queryInstance: on or off. Default: on, except on the international and European site.",
        check=_switch,
    )
    usage_closing_minutes = Setting(
        "Minutes after a release in which usage from before it is taken; then the final hour is billed. Default 5.",
        check=_whole_number,
    )
    retention_days = Setting(
        "Days that settled usage stays in the state before it only stands in the archive, at least 23: usage is taken "
        "for 21 days, and what was counted must be known as long as it may come again. After it was raised, reconcile "
        "misses what left under the shorter time, until that is older than the longer one. Default 90.",
        check=_retention,
    )
    usage_push_old_products = Setting(
        "Products whose usage goes to the old push (AK/SK alone, with product_id): product ids, comma separated, or *."
    )
    license_fingerprint_products = Setting(
        "Products whose online licences need a device fingerprint: product ids, comma separated, or *. An application "
        "without one is answered 000903."
    )
    license_grace_hours = Setting(
        "Hours in which the last known state of an authorization code is given while the marketplace cannot be asked. "
        "Default 24; 0: never.",
        check=_whole_number,
    )

    csms_endpoint = Setting(
        "Address of CSMS in the region, https://kms.<region>.myhuaweicloud.com. For values of the form csms:NAME.",
        check=_outbound_address,
    )
    ces_endpoint = Setting(
        "Address of Cloud Eye in the region, https://ces.<region>.myhuaweicloud.com. It takes the bundle's metrics.",
        check=_outbound_address,
    )

    def __init__(self, **values: str) -> None:
        """Settings by their names here; raises ``SettingsError`` for the first bad one."""
        unknown = values.keys() - self.fields().keys()
        if unknown:
            raise TypeError(f"no such setting: {', '.join(sorted(unknown))}")
        vars(self).update({name: _checked(name, field, values.get(name, "")) for name, field in self.fields().items()})

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("settings cannot be changed")

    def __repr__(self) -> str:
        shown = (f"{name}={vars(self)[name]!r}" for name, field in self.fields().items() if not field.secret)
        return f"Settings({', '.join(shown)})"

    @classmethod
    def fields(cls) -> Mapping[str, Setting]:
        """Every setting by its name here: the name of the outside in lower case."""
        return {name: field for name, field in vars(cls).items() if isinstance(field, Setting)}

    @property
    def v1_encrypt_type(self) -> Literal["1", "2"]:
        """Encryption of 1.0 answers."""
        return "2" if self.marketplace_v1_encrypt_type == "2" else "1"

    def needs_fingerprint(self, product_id: str) -> bool:
        """LICENSE_FINGERPRINT_PRODUCTS names the product."""
        return _names(self.license_fingerprint_products, product_id)

    def uses_old_push(self, product_id: str) -> bool:
        """USAGE_PUSH_OLD_PRODUCTS names the product. A product that is not known yet is in no list."""
        return bool(product_id) and _names(self.usage_push_old_products, product_id)

    @classmethod
    def load(cls, source: Source) -> Settings:
        """Read all settings from ``source`` (name → value or None); ``SettingsError`` names the first bad one."""
        return cls(**{name: _literal(name, source(name.upper()) or "") for name in cls.fields()})

    def require(self, name: str) -> str:
        """The value of a setting that must be there; raises ``SettingsError``."""
        value = str(getattr(self, name.lower()))
        if not value:
            raise SettingsError(name, "is missing")
        return value

    def secrets(self) -> list[str]:
        """Every secret text in the settings, single keys included: what no log line may hold."""
        found: list[str] = []
        for name, field in self.fields().items():
            if field.secret:
                value = vars(self)[name]
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


def _literal(name: str, value: str) -> str:
    """The value as it was given. Taken literally, a reference would be a key that everybody can guess."""
    if len(value) > MAX_VALUE:
        raise SettingsError(name.upper(), f"has more than {MAX_VALUE} characters")
    if value.lstrip().startswith(_SECRET_REFERENCE):
        raise SettingsError(name.upper(), "refers to a CSMS secret, which only a function can read")
    return value


def _checked(name: str, field: Setting, value: str) -> str:
    stripped = value.strip()
    if stripped and field.check:
        try:
            field.check(stripped)
        except ValueError as error:
            raise SettingsError(name.upper(), str(error)) from None
    return stripped
