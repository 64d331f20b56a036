"""Signed events of the callbacks with interfaces of their own: licences, order notification, the joint kit."""

from __future__ import annotations

import base64
import json
import secrets
import time
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from koogallery_signing import kit_signature
from measures.callbacks import CALLBACKS, KEY, callback_event, settings, signed_event

Event = dict[str, Any]
Settings = dict[str, str]

SYNCS = {
    "sync_tenant": "tenantSync",
    "sync_application": "applicationSync",
    "sync_users": "authSync",
    "sync_department": "singleOrgSync",
    "sync_departments": "allOrgSync",
}
"""Callback function → its path in the joint kit."""
_TENANT = {"instanceId": "inst-0001", "tenantId": "tenant-0001"}


def every_callback() -> dict[str, Callable[[], tuple[Event, Settings]]]:
    """Callback function → what makes an APIG event, signed now, and the settings it is verified with."""
    events: dict[str, Callable[[], tuple[Event, Settings]]] = {
        name: lambda activity=activity: callback_event(activity)  # type: ignore[misc]
        for name, activity in CALLBACKS.items()
    }
    events["get_license"] = _get_license
    events["notify_order"] = _notify_order
    events.update({name: lambda name=name: _sync(name) for name in SYNCS})  # type: ignore[misc]
    return events


def _get_license() -> tuple[Event, Settings]:
    now = f"{datetime.now(timezone.utc):%Y-%m-%d %H:%M:%S}"
    asked = {"instanceId": secrets.token_hex(8), "eventId": secrets.token_hex(8), "effectiveTime": now}
    event = signed_event({"activity": "getLicenseAsync", **asked})
    return {**event, "path": "/license"}, {**settings(), "MARKETPLACE_LICENSE_KEYS": KEY}


def _notify_order() -> tuple[Event, Settings]:
    order = "CS" + secrets.token_hex(8)
    event = signed_event({"activity": "orderNotify", "orderId": order, "orderLineId": f"{order}-000001"})
    return {**event, "path": "/order-notify"}, {**settings(), "MARKETPLACE_NOTIFY_KEYS": KEY}


def _sync(function: str) -> tuple[Event, Settings]:
    private, public = _rsa_pair()
    stamp = f"{datetime.now(timezone.utc) + timedelta(hours=8):%Y%m%d%H%M%S%f}"[:17]
    body = json.dumps({**_TENANT, **_members(function, stamp, public), "testFlag": 0, "timeStamp": stamp}).encode()
    nonce, milliseconds = secrets.token_hex(16), str(int(time.time() * 1000))
    signature = kit_signature.sign(KEY, nonce, milliseconds, body).upper()
    event = {
        **signed_event({}),
        "body": base64.b64encode(body).decode(),
        "path": f"/saas/produceAPI/v2/{SYNCS[function]}",
        "queryStringParameters": {},
        "headers": {
            "content-type": "application/json",
            "x-sign": signature,
            "x-timestamp": milliseconds,
            "x-nonce": nonce,
        },
    }
    return event, {**settings(), "MARKETPLACE_KIT_KEYS": KEY, "KIT_PRIVATE_KEY": private}


def _members(function: str, stamp: str, public: rsa.RSAPublicKey) -> dict[str, object]:
    department = {"orgCode": "00000001", "orgName": "Department", "parentCode": ""}
    user = {"userName": "li.si", "name": "Li Si", "orgCode": "00000001", "role": "user", "enable": "true"}
    if function == "sync_tenant":
        return {"orderId": "CS1", "tenantCode": "acme", "name": "Acme", "domainName": "https://acme.example", "flag": 1}
    if function == "sync_application":
        return {"appId": "app", "clientId": "client", "clientSecret": _encrypted(public), "flag": 1}
    if function == "sync_users":
        return {"appId": "app", "userList": [user], "currentSyncTime": stamp, "flag": 1}
    if function == "sync_department":
        return {**department, "flag": 1}
    return {"orgInfoList": [department]}


def _encrypted(public: rsa.RSAPublicKey) -> str:
    oaep = padding.OAEP(mgf=padding.MGF1(hashes.SHA256()), algorithm=hashes.SHA256(), label=None)
    return base64.b64encode(public.encrypt(b"client-secret-in-the-clear-0001", oaep)).decode()


@lru_cache
def _rsa_pair() -> tuple[str, rsa.RSAPublicKey]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=3072)
    der = key.private_bytes(serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return base64.b64encode(der).decode(), key.public_key()
