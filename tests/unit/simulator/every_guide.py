"""A small seller that answers the callbacks of every guide, 1.0 ones with Body-Sign and encrypted access data."""

from __future__ import annotations

import json
from collections.abc import Callable
from urllib.parse import parse_qsl, urlsplit

from koogallery_simulator import Answer, BundleAddresses, NoAnswer, OutgoingRequest, Shops, SimulatedClock
from koogallery_simulator.field_encryption import encrypt_field
from koogallery_simulator.v1_signatures import body_sign
from tests.unit.simulator.tools import KEYS, good_info, marketplace

Message = dict[str, object]
V1_KEY = KEYS.v1[0]
SAAS = "http://127.0.0.1:8700/saas"


class EveryGuide:
    """``messages`` are what came, with the call's path as ``path``; ``answers`` replaces members of the answer.

    ``sign`` makes the Body-Sign header of an answer (None: none). ``down`` tries fail without an answer.
    """

    def __init__(self) -> None:
        self.requests: list[OutgoingRequest] = []
        self.messages: list[Message] = []
        self.ids: dict[str, str] = {}
        self.answers: Callable[[Message], Message | None] = lambda message: None
        self.sign: Callable[[bytes], str | None] = signed
        self.encrypt_type = "1"
        self.down = 0

    def __call__(self, request: OutgoingRequest) -> Answer:
        self.requests.append(request)
        message = read(request)
        self.messages.append(message)
        if self.down:
            self.down -= 1
            raise NoAnswer("ConnectionRefusedError")
        document = {"resultCode": "000000", "resultMsg": "success.", **self._members(request, message)}
        document.update(self.answers(message) or {})
        body = json.dumps({name: value for name, value in document.items() if value is not None}).encode()
        headers = {"content-type": "application/json"}
        header = self.sign(body) if is_old(request) else None
        if header is not None:
            headers["body-sign"] = header
        return Answer(200, headers, body, 0.01)

    def _members(self, request: OutgoingRequest, message: Message) -> Message:
        activity = message.get("activity")
        if activity in ("newInstance", "getLicense"):
            order = f"{message.get('orderId')} {message.get('productId', message.get('orderLineId'))}"
            instance_id = self.ids.setdefault(order, str(message["businessId"]))
            opened: Message = {"instanceId": instance_id}
            if activity == "getLicense":
                return {**opened, "license": f"LICENCE-{instance_id[:8]}"}
            return (
                {**opened, "encryptType": self.encrypt_type, "appInfo": self.app_info()} if is_old(request) else opened
            )
        if activity == "queryInstance":
            info = [good_info(one) for one in str(message["instanceId"]).split(",")]
            if is_old(request):
                info = [{**one, "appInfo": self.app_info()} for one in info]
            return {"info": info, "encryptType": self.encrypt_type if is_old(request) else None}
        return {}

    def app_info(self) -> Message:
        """Access data as 1.0 wants it."""
        hidden = {name: encrypt_field(V1_KEY, self.encrypt_type, name) for name in ("userName", "password")}
        return {"frontEndUrl": "https://app.example.com", **hidden}


def is_old(request: OutgoingRequest) -> bool:
    """Whether the answer needs Body-Sign."""
    return request.method == "GET" or "authToken" in request.headers


def signed(body: bytes) -> str:
    """The Body-Sign header as printed on the base pages."""
    return f'sign_type="HMAC-SHA256", signature= "{body_sign(V1_KEY, body)}"'


def read(request: OutgoingRequest) -> Message:
    """What a call says."""
    parts = urlsplit(request.url)
    if request.method == "GET":
        return {**dict(parse_qsl(parts.query, keep_blank_values=True)), "path": parts.path}
    return {**json.loads(request.body), "path": parts.path}


def shops() -> tuple[Shops, EveryGuide, SimulatedClock]:
    """Every guide's shop on a fresh marketplace, the seller they call, and their clock."""
    market, clock = marketplace()
    seller = EveryGuide()
    return Shops(market, BundleAddresses.beside(SAAS), transport=seller), seller, clock
