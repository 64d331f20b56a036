"""A frozen marketplace, signed requests to it, and a small seller that answers callbacks without a socket."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import cast

from koogallery_simulator import Answer, Caller, Instance, Keys, Marketplace, NoAnswer, Reply, Request, SimulatedClock
from koogallery_simulator.dialects.base import OutgoingRequest
from koogallery_simulator.order_query import PATH as ORDER_PATH
from koogallery_simulator.signatures import aksk_canonical_request, aksk_signature, push_body, push_signature
from koogallery_simulator.times import milliseconds, record_time
from koogallery_simulator.usage_push import PATH as PUSH_PATH

VECTORS = Path(__file__).parents[2] / "vectors"


def rsa_keys(key_id: str) -> dict[str, str]:
    """A throw-away key pair of the known answers."""
    found = json.loads((VECTORS / "client-secret-rsa-oaep.json").read_text(encoding="utf-8"))["keys"][key_id]
    return cast("dict[str, str]", found)


def public_key(key_id: str) -> str:
    """As a seller pastes it."""
    return rsa_keys(key_id)["publicKeySpkiDerBase64"]


START = datetime(2026, 1, 15, 10, 0, tzinfo=timezone.utc)
KEYS = Keys(
    ak="AKEXAMPLE",
    sk="sk-synthetic",
    access=("access-key", "previous-key"),
    notify=("notify-key",),
    v1=("v1-key", "previous-v1-key"),
    license=("license-key",),
    kit=("kit-key",),
    kit_public=public_key("k3072"),
)
HOUR = timedelta(hours=1)
Headers = dict[str, str]
Record = dict[str, object]


def marketplace() -> tuple[Marketplace, SimulatedClock]:
    """A marketplace that stands at START, without any other clock."""
    clock = SimulatedClock(START)
    return Marketplace(KEYS, clock, stamp_clocks=()), clock


def opened(market: Marketplace, product: str = "on-demand", instance_id: str = "inst-a") -> Instance:
    """An instance of a fresh order line."""
    return market.open_instance(market.sell(product).lines[0], instance_id)


def record(instance_id: str = "inst-a", hour: int = 0, **changes: object) -> Record:
    """A record for the whole ``hour``-th hour after START; a change to None drops the member."""
    begin = START + hour * HOUR
    found: Record = {
        "instance_id": instance_id,
        "begin_time": record_time(begin),
        "end_time": record_time(begin + HOUR),
        "record_time": record_time(begin + HOUR),
        "usage_value": "1.5",
        "metering_sn": f"{instance_id}-{hour}",
        **changes,
    }
    return {name: value for name, value in found.items() if value is not None}


def changed(original: Record, changes: Mapping[str, object]) -> Record:
    """The record with other members; a change to None drops one."""
    return {name: value for name, value in {**original, **changes}.items() if value is not None}


def push_request(market: Marketplace, *records: Record, key: str = KEYS.access[0], **headers: str) -> Request:
    """A signed usage push at the marketplace's time; ``headers`` replace made ones."""
    body = push_body({"usage_records": list(records)})
    made = {
        "content-type": "application/json",
        "ts": milliseconds(market.clock.now()),
        "nonce": uuid.uuid4().hex,
    }
    made.update({name.replace("_", "-"): value for name, value in headers.items()})
    made.setdefault("signature", push_signature(key, made["ts"], made["nonce"], body))
    return Request("POST", PUSH_PATH, (), made, body.encode())


def push(market: Marketplace, *records: Record) -> tuple[int, dict[str, object]]:
    """Status and document of a signed push."""
    return read(market.handle(push_request(market, *records)))


def codes(market: Marketplace, *records: Record) -> list[str]:
    """Per-record codes of the abnormal list."""
    status, document = push(market, *records)
    assert (status, document["error_code"]) == (200, "MKT.0000")
    return [one["error_code"] for one in abnormal(document)]


def abnormal(document: Mapping[str, object]) -> list[dict[str, str]]:
    """The abnormal list under ``data``."""
    data = cast("dict[str, list[dict[str, str]]]", document.get("data", {}))
    return data.get("abnormal_usage_data", [])


def read(reply: Reply) -> tuple[int, dict[str, object]]:
    """Status and JSON object of a reply."""
    document = json.loads(reply.body)
    assert isinstance(document, dict)
    return reply.status, document


def signed_headers(
    request: Request, at: datetime, *, ak: str = KEYS.ak, sk: str = KEYS.sk, date: str | None = None
) -> Headers:
    """The request's headers with AK/SK added."""
    headers = {**request.headers, "host": "127.0.0.1", "x-sdk-date": date or record_time(at)}
    names = sorted({"content-type", "host", "x-sdk-date"} & headers.keys())
    signed = {name: headers[name] for name in names}
    canonical = aksk_canonical_request(request.method, request.path, request.query, signed, request.body)
    signature = aksk_signature(sk, headers["x-sdk-date"], canonical)
    headers["authorization"] = f"SDK-HMAC-SHA256 Access={ak}, SignedHeaders={';'.join(names)}, Signature={signature}"
    return headers


def order_request(market: Marketplace, **query: str) -> Request:
    """A signed order query."""
    plain = Request("GET", ORDER_PATH, tuple(query.items()), {"content-type": "application/json"})
    return Request("GET", ORDER_PATH, plain.query, signed_headers(plain, market.clock.now()))


class Seller:
    """Answers as a good bundle does; ``answers`` replaces what it says, ``down`` tries fail without an answer."""

    def __init__(self) -> None:
        self.requests: list[OutgoingRequest] = []
        self.bodies: list[dict[str, object]] = []
        self.ids: dict[str, str] = {}
        self.down = 0
        self.answers: Callable[[dict[str, object]], dict[str, object] | None] = lambda message: None
        self.content_type = "application/json"
        self.status = 200
        self.seconds = 0.01
        self.raw: bytes | None = None

    def __call__(self, request: OutgoingRequest) -> Answer:
        self.requests.append(request)
        message = json.loads(request.body)
        self.bodies.append(message)
        if self.down:
            self.down -= 1
            raise NoAnswer("ConnectionRefusedError")
        document = {"resultCode": "000000", "resultMsg": "success", **self._members(message)}
        document.update(self.answers(message) or {})
        body = self.raw if self.raw is not None else json.dumps(document).encode()
        return Answer(self.status, {"content-type": self.content_type}, body, self.seconds)

    def _members(self, message: dict[str, object]) -> dict[str, object]:
        if message["activity"] == "newInstance":
            first = self.ids.setdefault(str(message.get("orderLineId")), str(message["businessId"]))
            return {"instanceId": first}
        if message["activity"] == "queryInstance":
            return {"info": [good_info(one) for one in str(message["instanceId"]).split(",")]}
        return {}


def good_info(instance_id: str) -> dict[str, object]:
    """An entry of info that breaks no rule."""
    return {
        "instanceId": instance_id,
        "appInfo": {"frontEndUrl": "https://app.example.com", "userName": "admin", "password": "p", "memo": ""},
        "usageInfo": [{"usageValue": 10.5, "statisticalTime": "20260115100000000"}],
    }


def calling() -> tuple[Caller, Seller, SimulatedClock]:
    """A caller on a fresh marketplace, the seller it calls, and their clock."""
    market, clock = marketplace()
    seller = Seller()
    return Caller(market, "http://127.0.0.1:8700/saas", transport=seller), seller, clock
