"""What a 1.0 call tells about the order: 2.0 has it queried, 1.0 sends it along (SaaS guide V1.0, newInstance)."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from koogallery import times
from koogallery.inferred import V1_CHARGING_MODES
from koogallery_signing import sensitive_fields
from koogallery_signing.errors import UndecryptableField
from koogallery_signing.sensitive_fields import EncryptType

_BUYER = {
    "customerId": "customer_id",
    "customerName": "customer_name",
    "userId": "user_id",
    "userName": "user_name",
}
_UPGRADES = ("upgrade", "upgradeInstance")
_CIPHERED = {"mobilePhone": "mobile_phone", "email": "email"}


def order_facts(parameters: Mapping[str, str], key: str, encrypt_type: EncryptType = "1") -> dict[str, Any]:
    """``{"order_type", "product": {...}, "buyer": {...}, "extend_params": [...]}``; buyer is personal data.

    ``encrypt_type``: the size of key chosen for the product. The other one is tried when that does not fit.
    """
    return {
        "order_type": _order_type(parameters),
        "product": _product(parameters),
        "buyer": _buyer(parameters, key, encrypt_type),
        "extend_params": extend_params(parameters.get("saasExtendParams", "")),
    }


def _order_type(parameters: Mapping[str, str]) -> str:
    if parameters["activity"] in _UPGRADES:
        return "CHANGE"
    return "TRIAL" if parameters.get("trialFlag") == "1" else "NEW"


def _product(parameters: Mapping[str, str]) -> dict[str, Any]:
    mode = parameters.get("chargingMode", "")
    facts = {
        "charging_mode": V1_CHARGING_MODES.get(mode, mode),
        "product_id": parameters.get("productId"),
        "sku_code": parameters.get("skuCode"),
        "linear_value": parameters.get("amount"),
        "disk_size": parameters.get("diskSize"),
        "band_width": parameters.get("bandWidth"),
        "period_type": parameters.get("periodType"),
        "period_number": parameters.get("periodNumber"),
        "order_amount": parameters.get("orderAmount"),
        "expire_time": _time(parameters.get("expireTime")),
    }
    return {name: value[:255] for name, value in facts.items() if value}


def _time(value: str | None) -> str | None:
    try:
        return times.iso(times.parse_wire(value)) if value else None
    except ValueError:
        return value


def _buyer(parameters: Mapping[str, str], key: str, encrypt_type: EncryptType) -> dict[str, str]:
    buyer = {name: parameters[wire] for wire, name in _BUYER.items() if parameters.get(wire)}
    for wire, name in _CIPHERED.items():
        value = parameters.get(wire)
        if not value:
            continue
        try:
            buyer[name] = sensitive_fields.decrypt(key, value, encrypt_type=encrypt_type)
        except UndecryptableField:
            # The order must not fail for it: the seller gets what came, marked.
            buyer[f"{name}_undecryptable"] = value
    return buyer


def extend_params(value: str) -> list[dict[str, str]]:
    """saasExtendParams: base64 of a JSON list of name and value, URL-encoded once more perhaps.

    What cannot be read is kept raw under ``raw``.
    """
    if not value:
        return []
    try:
        pairs = json.loads(base64.b64decode(unquote(value).replace(" ", "+"), validate=True))
        return [{"name": str(pair["name"]), "value": _value(pair.get("value"))} for pair in pairs]
    except (binascii.Error, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return [{"name": "raw", "value": value}]


def _value(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
