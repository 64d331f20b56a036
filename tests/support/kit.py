"""The marketplace's side of the joint kit for tests: bodies, both signatures, and the calls of a ``World``.

The formulas stand here a second time, with nothing but the standard library, so that the tests do not prove the
signing layer with itself.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

from koogallery_simulator.dialects.base import OutgoingRequest
from local_cloud.events import timer_event
from local_cloud.reply import Reply, read_reply
from tests.support.mortal import Life
from tests.support.world import AT, World, chosen_function, event_of, seller_event

KIT_KEY, KIT_KEY_BEFORE, V1_KEY = "kit-interface-key-0001", "kit-interface-key-0000", "v1-interface-key-0001"
CLIENT_SECRET = "client-secret-in-the-clear-0001"
FUNCTIONS = {
    "tenantSync": "sync_tenant",
    "applicationSync": "sync_application",
    "authSync": "sync_users",
    "singleOrgSync": "sync_department",
    "allOrgSync": "sync_departments",
}
IDS = {"instanceId": "inst-0001", "tenantId": "tenant-0001"}


@lru_cache
def rsa_pair() -> tuple[str, RSAPublicKey]:
    """A key pair of the published vectors: private PKCS#8 DER in base64, and the public key."""
    vectors = json.loads((Path(__file__).parents[1] / "vectors" / "client-secret-rsa-oaep.json").read_text("utf-8"))
    pair = vectors["keys"]["k3072"]
    public = load_der_public_key(base64.b64decode(pair["publicKeySpkiDerBase64"]))
    assert isinstance(public, RSAPublicKey)
    return pair["privateKeyPkcs8DerBase64"], public


def encrypted(secret: str = CLIENT_SECRET) -> str:
    """A client secret as the marketplace sends it."""
    oaep = padding.OAEP(mgf=padding.MGF1(hashes.SHA256()), algorithm=hashes.SHA256(), label=None)
    return base64.b64encode(rsa_pair()[1].encrypt(secret.encode(), oaep)).decode()


def kit_world(state: Any = None, **settings: str) -> World:
    """A world whose settings are those of a joint product."""
    given = {
        "MARKETPLACE_KIT_KEYS": f"{KIT_KEY},{KIT_KEY_BEFORE}",
        "MARKETPLACE_V1_KEYS": V1_KEY,
        "KIT_PRIVATE_KEY": rsa_pair()[0],
    }
    return World(state, settings={**given, **settings})


def time_stamp(seconds: float = 0, at: datetime = AT) -> str:
    """``yyyyMMddHHmmssSSS``, UTC+8, so many seconds after the beginning of the tests."""
    return f"{at + timedelta(hours=8, seconds=seconds):%Y%m%d%H%M%S%f}"[:17]


def user(account: str, **members: object) -> dict[str, object]:
    """A user as authSync lists it."""
    plain = {"name": f"Name of {account}", "orgCode": "00000001", "role": "user", "enable": "true"}
    return {"userName": account, **plain, "mobile": "13800000000", "email": f"{account}@person.example", **members}


def departments(count: int, first: int = 0) -> list[dict[str, str]]:
    """Departments as allOrgSync lists them."""
    return [
        {"orgCode": f"{n:08d}", "orgName": f"Department {n}", "parentCode": ""} for n in range(first, first + count)
    ]


def body(name: str, seconds: float = 0, /, **members: object) -> dict[str, object]:
    """A complete body, ``seconds`` after the beginning of the tests; None takes a member out."""
    own: dict[str, dict[str, object]] = {
        "tenantSync": {
            "orderId": "CS0001",
            "tenantCode": "acme",
            "name": "示例企业",
            "domainName": "https://acme.example.test",
            "flag": 1,
        },
        "applicationSync": {"appId": "app-0001", "clientId": "client-0001", "clientSecret": "", "flag": 1},
        "authSync": {
            "appId": "app-0001",
            "userList": [user("li.si")],
            "currentSyncTime": time_stamp(seconds),
            "flag": 1,
        },
        "singleOrgSync": {"orgCode": "00000001", "orgName": "产品部", "parentCode": "", "flag": 1},
        "allOrgSync": {"orgInfoList": departments(3)},
    }
    if name == "applicationSync" and "clientSecret" not in members:
        members["clientSecret"] = encrypted()
    whole = {**IDS, **own[name], "testFlag": 0, "timeStamp": time_stamp(seconds), **members}
    return {member: value for member, value in whole.items() if value is not None}


def x_sign(key: str, nonce: str, timestamp: str, content: bytes) -> str:
    """Signature of 2.0 over the bytes that are sent."""
    return hmac.new(key.encode(), (key + nonce + timestamp).encode() + content, hashlib.sha256).hexdigest().upper()


def auth_token(key: str, members: Mapping[str, object]) -> str:
    """Token of 1.0 over the members of a body whose lists are texts."""
    pairs = "&".join(f"{name}={members[name]}" for name in sorted(members) if str(members[name]).strip())
    return base64.b64encode(
        hmac.new((key + str(members["timeStamp"])).encode(), pairs.encode(), hashlib.sha256).digest()
    ).decode()


def request(
    world: World,
    name: str,
    members: Mapping[str, object] | bytes,
    *,
    generation: int = 2,
    key: str | None = None,
    nonce: str | None = None,
    root: str = "/saas",
    **headers: str | None,
) -> OutgoingRequest:
    """A signed call; a header that is given replaces the right one, None takes it out (``_`` stands for ``-``)."""
    path = f"{root}/produceAPI/{'v2/' if generation == 2 else ''}{name}"
    if isinstance(members, dict) and generation == 1:
        members = {n: json.dumps(v, ensure_ascii=False) if isinstance(v, list) else v for n, v in members.items()}
    content = members if isinstance(members, bytes) else json.dumps(members, ensure_ascii=False).encode()
    own: dict[str, str | None]
    if generation == 2:
        nonce, timestamp = nonce or uuid.uuid4().hex, str(int(world.clock.now().timestamp() * 1000))
        own = {"x-sign": x_sign(key or KIT_KEY, nonce, timestamp, content), "x-timestamp": timestamp, "x-nonce": nonce}
    else:
        assert isinstance(members, dict)
        own = {"authToken": auth_token(key or V1_KEY, members)}
    given = {**own, **{header.replace("_", "-"): value for header, value in headers.items()}}
    kept = {header: value for header, value in given.items() if value is not None}
    return OutgoingRequest(
        "POST", f"https://seller.example{path}", {"Content-Type": "application/json", **kept}, content
    )


def send(world: World, outgoing: OutgoingRequest, life: Life | None = None) -> Reply:
    """The answer of the function that the local gateway chooses."""
    reply = read_reply(world.call(chosen_function(outgoing), event_of(outgoing), life))
    assert reply.status == 200
    assert reply.headers["Content-Type"] == "application/json"
    return reply


def code_of(reply: Reply) -> str:
    """The result code of an answer, its form checked."""
    answer = json.loads(reply.body)
    assert set(answer) == {"resultCode", "resultMsg"}
    assert len(answer["resultMsg"]) <= 255
    return str(answer["resultCode"])


def sync(
    world: World, name: str, seconds: float = 0, /, *, generation: int = 2, life: Life | None = None, **members: object
) -> str:
    """One call; its result code."""
    return code_of(send(world, request(world, name, body(name, seconds, **members), generation=generation), life))


def bind(world: World, seconds: float = -60) -> None:
    """A tenant that is there, its event delivered and forgotten."""
    assert sync(world, "tenantSync", seconds) == "000000"
    told(world)


def told(world: World) -> list[tuple[str, dict[str, Any]]]:
    """Deliver; what the seller's product received since it was asked last."""
    world.deliver()
    received = [(one.type, one.data) for one in world.product.received]
    world.product.received.clear()
    return received


def apply_syncs(world: World, life: Life | None = None) -> dict[str, Any]:
    """The timer, at a time when what was cut off is due."""
    world.clock.advance(20)
    return dict(world.call("apply_syncs", timer_event("apply_syncs", "", world.clock.now()), life))


def read(world: World, path: str) -> tuple[int, dict[str, Any]]:
    """GET of the seller interface."""
    reply = read_reply(world.call("seller_tenants", seller_event("GET", path)))
    return reply.status, json.loads(reply.body)


def read_all(world: World, kind: str, query: str = "") -> list[dict[str, Any]]:
    """Every user or department of the tenant, page by page."""
    found: list[dict[str, Any]] = []
    after: str | None = ""
    while after is not None:
        status, page = read(world, f"/seller/tenants/{IDS['tenantId']}/{kind}?after={after}{query}")
        assert status == 200, page
        found += page[kind]
        after = page.get("after")
    return found


def names(world: World) -> set[str]:
    """User names of the tenant."""
    return {one["user_name"] for one in read_all(world, "users")}


def codes(world: World) -> set[str]:
    """Codes of the tenant's departments."""
    return {one["org_code"] for one in read_all(world, "departments")}
