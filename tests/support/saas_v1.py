"""A world that is called as SaaS 1.0 calls: GET, routed by the template, every answer checked for its Body-Sign.

Tokens and encrypted fields are made by the simulator's arithmetic, so that the signing layer is not proved with itself.
"""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

from koogallery.state import State
from koogallery_signing import sensitive_fields
from koogallery_simulator.dialects.base import OutgoingRequest
from koogallery_simulator.field_encryption import encrypt_field
from koogallery_simulator.transport import Answer
from koogallery_simulator.v1_signatures import auth_token, body_sign_problem, token_text
from local_cloud.policies import choose_function
from local_cloud.reply import read_reply
from local_cloud.routing import find_route
from tests.support.memory_state import MemoryState
from tests.support.mortal import Life
from tests.support.world import ACCESS, PRODUCTION, World, bundle, event_of

V1_KEY, V1_KEY_BEFORE = "11111111-2222-4333-8444-000000000001", "11111111-2222-4333-8444-000000000000"
V1_SETTINGS = {"MARKETPLACE_V1_KEYS": f"{V1_KEY},{V1_KEY_BEFORE}"}
ORDER, PRODUCT = "CS0000000000TEST1", "00301-1--0"
MOBILE_PHONE, EMAIL = "10000000000", "buyer@example.com"
BUYER = "Name Of The Buyer"


@dataclass(frozen=True)
class Given:
    """An answer of 1.0."""

    members: dict[str, Any]
    headers: dict[str, str] = field(repr=False)
    body: bytes = field(repr=False)

    @property
    def code(self) -> str:
        """resultCode."""
        return str(self.members["resultCode"])

    @property
    def id(self) -> str:
        """instanceId."""
        return str(self.members["instanceId"])

    def signed_with(self, key: str) -> bool:
        """Does Body-Sign fit the exact bytes with this key?"""
        return body_sign_problem(self.headers.get("body-sign"), key, self.body) is None


LICENCE_WORDS = {
    "refreshInstance": "refreshLicense",
    "expireInstance": "expireLicense",
    "releaseInstance": "releaseLicense",
}


class V1World(World):
    """``call_v1`` calls what the template's routes choose, as the gateway would."""

    def __init__(self, state: State | None = None, **settings: str) -> None:
        super().__init__(state, settings={**V1_SETTINGS, **settings})

    def call_v1(self, activity: str, *, key: str = V1_KEY, path: str = "/saas", **parameters: str) -> Given:
        """One signed call."""
        return self.get(query_of(self.signed(activity, key=key, **parameters)), path=path, key=key)

    def signed(self, activity: str, *, key: str = V1_KEY, **parameters: str) -> list[tuple[str, str]]:
        """Decoded parameters of a call with its token; made now unless there is a ``timeStamp``."""
        return with_token({"activity": activity, "timeStamp": time_stamp(self.clock.now()), **parameters}, key)

    def get(self, query: str, *, path: str = "/saas", key: str = V1_KEY, life: Life | None = None) -> Given:
        """The answer to a query string as it stands; it must be signed with ``key`` (empty: not at all)."""
        request = OutgoingRequest("GET", f"https://seller.example{path}?{query}", {}, b"")
        return self.get_event(event_of(request), key, life)

    def get_event(self, event: dict[str, Any], key: str = V1_KEY, life: Life | None = None) -> Given:
        """The answer to an event of the gateway."""
        match, _ = find_route(bundle().routes, "GET", event["path"])
        assert match is not None
        function = choose_function(match.route, {}, event["queryStringParameters"])
        reply = read_reply(self.call(function, event, life))
        headers = {name.lower(): text for name, text in reply.headers.items()}
        given = Given(json.loads(reply.body), headers, reply.body)
        assert reply.status == 200
        assert headers["content-type"] == "application/json"
        assert given.signed_with(key) if key else "body-sign" not in headers
        return given

    def answer_with(self, request: OutgoingRequest, life: Life) -> Answer:
        """The marketplace's transport: GET is 1.0, the rest 2.0."""
        if request.method != "GET":
            return super().answer_with(request, life)
        given = self.get_event(event_of(request), life=life)
        return Answer(200, given.headers, given.body, 0.0)

    def request_v1(self, activity: str, **parameters: str) -> OutgoingRequest:
        """A signed call that is not sent yet."""
        query = query_of(self.signed(activity, **parameters))
        return OutgoingRequest("GET", f"{PRODUCTION}?{query}", {}, b"")

    def in_words_of_licences(self, request: OutgoingRequest) -> OutgoingRequest:
        """The same call as the old licence guide makes it: its word, its address, a token of its own."""
        told = dict(parse_qsl(urlsplit(request.url).query, keep_blank_values=True))
        del told["authToken"]
        activity = LICENCE_WORDS.get(told.pop("activity"), "instanceStatus")
        url = f"https://seller.example/license?{query_of(self.signed(activity, **told))}"
        return OutgoingRequest("GET", url, {}, b"")

    def open_v1(self, **parameters: str) -> str:
        """newInstance of 1.0 and the product's answer to it: an active instance that was told to nobody else."""
        instance_id = self.call_v1("newInstance", **order(**parameters)).id
        self.product.access = ACCESS
        self.deliver()
        self.product.access = None
        self.product.received.clear()
        assert self.instance(instance_id).status == "active"
        return instance_id

    def everything_stored(self) -> str:
        """All keys and documents of the state as one text."""
        assert isinstance(self.state, MemoryState)
        return "\n".join(f"{item.key} {item.document}" for item in self.state.all_items())


def order(**changes: str) -> dict[str, str]:
    """Parameters of newInstance, all documented ones; an empty change leaves one out."""
    told = {
        "customerId": "0123456789abcdef",
        "customerName": BUYER,
        "mobilePhone": encrypt_field(V1_KEY, "1", MOBILE_PHONE),
        "email": encrypt_field(V1_KEY, "2", EMAIL),
        "businessId": str(uuid.uuid4()),
        "orderId": ORDER,
        "skuCode": "sku-1",
        "productId": PRODUCT,
        "chargingMode": "1",
        "expireTime": "20271121100500",
        "periodType": "year",
        "periodNumber": "1",
        "amount": "5",
        "orderAmount": "12.5",
        "saasExtendParams": extend_params([{"name": "emailDomainName", "value": "例子.example"}]),
        **changes,
    }
    return {name: value for name, value in told.items() if value}


def extend_params(document: object) -> str:
    """saasExtendParams of any JSON."""
    return base64.b64encode(json.dumps(document).encode()).decode()


def time_stamp(moment: datetime) -> str:
    """yyyyMMddHHmmssSSS."""
    return f"{moment:%Y%m%d%H%M%S}{moment.microsecond // 1000:03d}"


def with_token(parameters: Mapping[str, str], key: str = V1_KEY) -> list[tuple[str, str]]:
    """Decoded parameters and their authToken."""
    pairs = list(parameters.items())
    return [*pairs, ("authToken", auth_token(key, parameters["timeStamp"], token_text(pairs)))]


def query_of(pairs: Sequence[tuple[str, str]], *, safe: str = "") -> str:
    """The query string, percent-encoded; ``safe``: what stays raw."""
    return "&".join(f"{name}={quote(value, safe=safe)}" for name, value in pairs)


def opened_app_info(app_info: Mapping[str, str], encrypt_type: sensitive_fields.EncryptType) -> dict[str, str]:
    """appInfo with user name and password in the clear, by the size of key the answer names and no other."""
    opened = dict(app_info)
    for name in ("userName", "password"):
        if name in opened:
            vector, text = opened[name][:16], sensitive_fields.decrypt(V1_KEY, opened[name], encrypt_type=encrypt_type)
            assert sensitive_fields.encrypt(V1_KEY, text, encrypt_type=encrypt_type, iv=vector) == opened[name]
            opened[name] = text
    return opened
