"""Signed debugging calls, as the marketplace would send them to the routes of the template."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from urllib.parse import quote, urlencode

from bundle_template import Bundle
from bundle_template.user_data import REFERENCE
from doctor import messages
from koogallery_signing import auth_token, body_signature, kit_signature
from koogallery_signing.canonical_json import canonical_form, compact, parse_object
from koogallery_signing.client_secret import parse_private_keys
from koogallery_signing.keyring import Keyring

JSON = {"Accept": "application/json", "Content-Type": "application/json;charset=utf8"}
KIT_ZONE = timedelta(hours=8)
_TEST = "1"


@dataclass(frozen=True)
class Call:
    """One request. ``target`` is path and query; ``body_sign_key`` is there when the answer has to be signed."""

    route: str
    guide: str
    activity: str
    method: str
    target: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    body_sign_key: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Guide:
    """How the calls of one route are made. ``settings``: any one of them has the key."""

    name: str
    settings: tuple[str, ...]


SAAS_V2 = Guide("SaaS 2.0", ("MARKETPLACE_ACCESS_KEYS",))
SAAS_V1 = Guide("SaaS 1.0", ("MARKETPLACE_V1_KEYS",))
LICENSE_A = Guide("licence guide A", ("MARKETPLACE_V1_KEYS",))
LICENSE_B = Guide("licence guide B", ("MARKETPLACE_LICENSE_KEYS",))
LICENSE_C = Guide("licence guide C", ("MARKETPLACE_LICENSE_KEYS", "MARKETPLACE_ACCESS_KEYS"))
NOTIFY = Guide("order notification", ("MARKETPLACE_NOTIFY_KEYS",))
KIT_V2 = Guide("joint kit 2.0", ("MARKETPLACE_KIT_KEYS",))
KIT_V1 = Guide("joint kit 1.0", ("MARKETPLACE_V1_KEYS",))

_KIT, _KIT_OF_V2 = "/produceAPI/", "/produceAPI/v2/"
_BY_ADDRESS = {
    ("POST", "/saas"): (SAAS_V2,),
    ("POST", "/"): (SAAS_V2,),
    ("GET", "/saas"): (SAAS_V1,),
    ("GET", "/"): (SAAS_V1,),
    ("GET", "/license"): (LICENSE_A,),
    ("POST", "/license"): (LICENSE_B, LICENSE_C),
    ("POST", "/order-notify"): (NOTIFY,),
}


def guides_of(method: str, path: str) -> tuple[Guide, ...]:
    """Which guides speak at an address; none for the seller's own interface and the sign-in."""
    if _KIT in path:
        return (KIT_V2,) if _KIT_OF_V2 in path else (KIT_V1,)
    return _BY_ADDRESS.get((method, path), ())


def key_of(guide: Guide, settings: Mapping[str, str]) -> str | None:
    """The current key of the guide, or None. A reference to a secret is no key."""
    for name in guide.settings:
        text = settings.get(name, "").strip()
        if text and not text.startswith(REFERENCE):
            return Keyring.parse(text).current
    return None


def calls_of(bundle: Bundle, settings: Mapping[str, str], now: Callable[[], datetime]) -> Iterator[Call]:
    """All debugging calls for which there is a key, route after route. Each is signed when it is asked for."""
    guided = [(guide, route) for route in bundle.routes for guide in guides_of(route.method, route.path)]
    signed = [(guide, route, key) for guide, route in guided if (key := key_of(guide, settings)) is not None]
    # Reading a private key takes a moment: once is enough.
    secret = _client_secret(settings) if any(guide in (KIT_V2, KIT_V1) for guide, _, _ in signed) else None
    for guide, route, key in signed:
        yield from _calls(guide, route.name, route.path, key, secret, now)


def keyless(bundle: Bundle, settings: Mapping[str, str]) -> dict[Guide, list[str]]:
    """Guides without a key, with their routes."""
    found: dict[Guide, list[str]] = {}
    for route in bundle.routes:
        for guide in guides_of(route.method, route.path):
            if key_of(guide, settings) is None:
                found.setdefault(guide, []).append(route.name)
    return found


def _calls(
    guide: Guide, route: str, path: str, key: str, client_secret: str | None, now: Callable[[], datetime]
) -> Iterator[Call]:
    if guide in (KIT_V2, KIT_V1):
        name, sync = path.rpartition("/")[2], _kit_call if guide is KIT_V2 else _kit_call_v1
        bodies = dict(messages.kit(client_secret))
        if name in bodies:
            yield sync(route, path, name, key, bodies[name], now())
        return
    members = {
        SAAS_V2: messages.saas_v2,
        SAAS_V1: messages.saas_v1,
        LICENSE_A: messages.license_a,
        LICENSE_B: messages.license_b,
        LICENSE_C: messages.license_c,
        NOTIFY: messages.order_notify,
    }[guide]()
    sign = _signed_get if guide in (SAAS_V1, LICENSE_A) else _signed_post
    for one in members:
        yield sign(guide, route, path, key, one, now())


def _signed_post(guide: Guide, route: str, path: str, key: str, members: messages.Members, now: datetime) -> Call:
    payload = canonical_form({**members, "testFlag": _TEST})
    nonce, timestamp = secrets.token_hex(16).upper(), str(int(now.timestamp() * 1000))
    signature = body_signature.sign(key, nonce, timestamp, payload).upper()
    query = urlencode({"signature": signature, "timestamp": timestamp, "nonce": nonce})
    return Call(route, guide.name, str(members["activity"]), "POST", f"{path}?{query}", JSON, payload)


def _signed_get(guide: Guide, route: str, path: str, key: str, members: messages.Members, now: datetime) -> Call:
    parameters = {name: str(value) for name, value in members.items()}
    parameters |= {"testFlag": _TEST, auth_token.TIME_STAMP: _time_stamp(now)}
    parameters[auth_token.TOKEN] = auth_token.sign(key, parameters)
    query = "&".join(f"{name}={quote(value, safe='')}" for name, value in parameters.items())
    headers = {"Accept": "application/json"}
    return Call(route, guide.name, parameters["activity"], "GET", f"{path}?{query}", headers, b"", key)


def _kit_call(route: str, path: str, name: str, key: str, members: messages.Members, now: datetime) -> Call:
    payload = canonical_form({**members, **_kit_stamps(members, now)})
    nonce, timestamp = secrets.token_hex(16).upper(), str(int(now.timestamp() * 1000))
    headers = {
        "Content-Type": "application/json;charset=utf-8",
        "x-sign": kit_signature.sign(key, nonce, timestamp, payload),
        "x-timestamp": timestamp,
        "x-nonce": nonce,
    }
    return Call(route, KIT_V2.name, name, "POST", path, headers, payload)


def _kit_call_v1(route: str, path: str, name: str, key: str, members: messages.Members, now: datetime) -> Call:
    plain = {**members, **_kit_stamps(members, now)}
    departments = plain.pop("orgInfoList", None)
    if isinstance(departments, list):
        renamed = [
            {"orgCode": one["orgCode"], "name": one["orgName"], "parentCode": one["parentCode"]} for one in departments
        ]
        plain["orgInfo"] = compact(renamed)
    if isinstance(plain.get("userList"), list):
        plain["userList"] = compact(plain["userList"])
    body = canonical_form(plain)
    headers = {"Content-Type": "application/json", auth_token.TOKEN: auth_token.sign_body(key, parse_object(body))}
    return Call(route, KIT_V1.name, name, "POST", path, headers, body, key)


def _kit_stamps(members: messages.Members, now: datetime) -> dict[str, object]:
    stamps: dict[str, object] = {"testFlag": 1, "timeStamp": _time_stamp(now + KIT_ZONE)}
    return stamps | ({"currentSyncTime": _time_stamp(now + KIT_ZONE)} if "userList" in members else {})


def _time_stamp(at: datetime) -> str:
    """``yyyyMMddHHmmssSSS``."""
    utc = at.astimezone(timezone.utc)
    return f"{utc:%Y%m%d%H%M%S}{utc.microsecond // 1000:03d}"


def _client_secret(settings: Mapping[str, str]) -> str | None:
    """A client secret encrypted for the seller's own key, as the marketplace would; None without the key."""
    text = settings.get("KIT_PRIVATE_KEY", "").strip()
    if not text or text.startswith(REFERENCE):
        return None
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding

    public = parse_private_keys(text)[0].key.public_key()
    oaep = padding.OAEP(mgf=padding.MGF1(hashes.SHA256()), algorithm=hashes.SHA256(), label=None)
    return base64.b64encode(public.encrypt(b"doctor-client-secret", oaep)).decode()
