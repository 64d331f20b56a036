"""A world with licences: the three guides spoken by hand, the marketplace's licence calls, a product that answers."""

from __future__ import annotations

import base64
import json
import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from koogallery.http import HttpInterrupted, HttpLimits, HttpRequest, HttpResponse, HttpUnreachable
from koogallery.instance_store import update_instance
from koogallery.instances.instance import Instance
from koogallery.queues import EVENTS, UPLOADS, partition
from koogallery.slots import SLOTS
from koogallery.state import State
from koogallery_signing import auth_token, body_sign, body_signature
from koogallery_simulator.dialects.base import OutgoingRequest
from koogallery_simulator.signatures import aksk_canonical_request, aksk_signature, split_authorization
from local_cloud.policies import choose_function
from local_cloud.reply import read_reply
from local_cloud.routing import find_route
from tests.support.far_ends import FarEnds, Product
from tests.support.memory_state import MemoryState
from tests.support.mortal import Life
from tests.support.world import API_KEY, AT, SETTINGS, World, bundle, chosen_function, event_of, seller_event

V1_KEY, LICENSE_KEY, NOTIFY_KEY = "key-of-1.0-0001", "licence-delivery-key-0001", "general-interface-key-0001"
PREVIOUS_LICENSE_KEY = "licence-delivery-key-0000"
LICENSE_SETTINGS = {
    "MARKETPLACE_V1_KEYS": V1_KEY,
    "MARKETPLACE_LICENSE_KEYS": f"{LICENSE_KEY},{PREVIOUS_LICENSE_KEY}",
    "MARKETPLACE_NOTIFY_KEYS": NOTIFY_KEY,
}
ACCEPTED = {"error_code": "CBC.0000", "error_msg": "success"}
LOST, UNREACHABLE = "lost", "unreachable"


@dataclass
class LicenseProduct(Product):
    """Answers events with what ``answers`` has for their type."""

    answers: dict[str, Any] = field(default_factory=dict)

    def take(self, request: HttpRequest, host: str) -> HttpResponse:
        """Answer one delivery."""
        reply = super().take(request, host)
        answer = self.answers.get(json.loads(request.body)["type"])
        return HttpResponse(reply.status, {}, json.dumps(answer).encode()) if answer and reply.status == 200 else reply

    def told(self, type_: str) -> list[dict[str, Any]]:
        """Data of the events of a type, each event once."""
        return list({one.id: one.data for one in self.received if one.type == type_}.values())


@dataclass(frozen=True)
class Taken:
    """One licence call as the marketplace received it."""

    path: str
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        """The body of a JSON call."""
        return json.loads(self.body)

    def parts(self) -> dict[str, tuple[str, bytes]]:
        """Parts of an upload: name → (head, content), taken apart by hand."""
        boundary = self.headers["Content-Type"].split("boundary=")[1].encode()
        found = {}
        for part in self.body.split(b"--" + boundary)[1:-1]:
            head, _, content = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
            name = re.search(rb'; name="([^"]+)"', head)
            assert name is not None
            found[name[1].decode()] = (head.decode(), content.removesuffix(b"\r\n"))
        return found


@dataclass
class LicenseEnds(FarEnds):
    """Adds the licence calls and the old usage push.

    ``script``: (status, JSON), ``LOST`` or ``UNREACHABLE`` for the next ones, then ``success``, or what
    ``refuse_when`` has for a body, or what ``answer_with`` makes.
    """

    script: list[Any] = field(default_factory=list)
    success: Any = field(default_factory=lambda: dict(ACCEPTED))
    answer_with: Callable[[], Any] | None = None
    refuse_when: Callable[[bytes], Any] | None = None
    taken: list[Taken] = field(default_factory=list)

    def send(self, request: HttpRequest, limits: HttpLimits) -> HttpResponse:
        """One exchange."""
        path = urlsplit(request.url).path
        if "/license/" not in path and "/market-event/" not in path and not path.startswith("/rest/"):
            return super().send(request, limits)
        step = self._step(request.body)
        if step == UNREACHABLE:
            raise HttpUnreachable("market.example", "refused")
        check_pair(request)
        self.taken.append(Taken(unquote(path), dict(request.headers), request.body))
        if step == LOST:
            raise HttpInterrupted("market.example", "timeout")
        status, answer = step
        return HttpResponse(status, {}, json.dumps(answer).encode())

    def _step(self, body: bytes) -> Any:
        if self.script:
            return self.script.pop(0)
        refusal = self.refuse_when(body) if self.refuse_when else None
        return refusal or (200, self.answer_with() if self.answer_with else self.success)


def check_pair(request: HttpRequest) -> None:
    """AK/SK as the API signing guide says, by the simulator's own arithmetic."""
    headers = {name.lower(): text for name, text in request.headers.items()}
    parts = split_authorization(headers["authorization"])
    assert parts is not None
    access, names, signature = parts
    path = urlsplit(request.url).path
    signed = {name: headers[name] for name in names}
    canonical = aksk_canonical_request(request.method, unquote(path), (), signed, request.body)
    assert access == SETTINGS["MARKETPLACE_AK"]
    assert signature == aksk_signature(SETTINGS["MARKETPLACE_SK"], headers["x-sdk-date"], canonical)


class LicenseWorld(World):
    """``answer_to`` calls what the template's routes choose, as the gateway would."""

    ends: LicenseEnds
    seller_product: LicenseProduct

    def __init__(
        self,
        state: State | None = None,
        *,
        at: datetime = AT,
        settings: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        super().__init__(state, at=at, settings={**LICENSE_SETTINGS, **settings})
        self.seller_product = LicenseProduct()
        self.product = self.seller_product
        self.ends = LicenseEnds(self.marketplace, self.product)
        self.far_ends = self.ends

    # --------------------------------------------------------------------------------------------------- callbacks
    def old(self, parameters: Mapping[str, str], *, key: str = V1_KEY, life: Life | None = None) -> dict[str, Any]:
        """A GET call at /license, signed; its answer, whose Body-Sign holds."""
        given = {"timeStamp": self._time_stamp(), **parameters}
        signed = {**given, "authToken": auth_token.sign(key, given)}
        query = "&".join(f"{name}={quote(text, safe='')}" for name, text in signed.items())
        reply = self._routed("GET", f"/license?{query}", b"", signed, life)
        header = {name.lower(): text for name, text in reply.headers.items()}["body-sign"]
        assert body_sign.sign(V1_KEY, reply.body) == header
        return dict(json.loads(reply.body))

    def new(
        self,
        members: Mapping[str, Any],
        *,
        path: str = "/license",
        key: str = LICENSE_KEY,
        nonce: str | None = None,
        seconds_ago: int = 0,
        handed_to: str = "",
        life: Life | None = None,
    ) -> dict[str, Any]:
        """A POST call, signed, then under way for some seconds; its answer.

        ``handed_to``: the activity whose function the gateway gives it to by mistake.
        """
        body = json.dumps(dict(sorted(members.items())), separators=(",", ":")).encode()
        nonce = nonce or uuid.uuid4().hex
        stamp = str(int(self.clock.now().timestamp() - seconds_ago) * 1000)
        signature = body_signature.sign(key, nonce, stamp, body)
        url = f"{path}?signature={signature}&timestamp={stamp}&nonce={nonce}"
        reply = self._routed("POST", url, body, {"activity": handed_to or members.get("activity", "")}, life)
        return dict(json.loads(reply.body))

    def notify(self, members: Mapping[str, Any], *, key: str = NOTIFY_KEY, life: Life | None = None) -> dict[str, Any]:
        """A POST call at /order-notify."""
        return self.new(members, path="/order-notify", key=key, life=life)

    def open_online(self, product: str = "period-year") -> str:
        """An instance of a product with online licences, its order read."""
        (line,) = self.sell(product)
        answer = self.new(
            {
                "activity": "newInstance",
                "orderId": line.order_id,
                "orderLineId": line.order_line_id,
                "businessId": str(uuid.uuid4()),
            }
        )
        assert answer["resultCode"] == "000000"
        self.deliver()
        return str(answer["instanceId"])

    def _routed(self, method: str, url: str, body: bytes, named: Mapping[str, str], life: Life | None) -> Any:
        match, _ = find_route(bundle().routes, method, urlsplit(url).path)
        assert match is not None
        function = choose_function(match.route, {"activity": named["activity"]}, dict(named))
        event = event_of(OutgoingRequest(method, f"https://seller.example{url}", {}, body))
        return read_reply(self.call(function, event, life))

    def _time_stamp(self) -> str:
        return self.clock.now().strftime("%Y%m%d%H%M%S") + "000"

    # ------------------------------------------------------------------------------------------- the seller's calls
    def licences(
        self, method: str, path: str, body: object = None, *, key: str = API_KEY, life: Life | None = None
    ) -> tuple[int, Any]:
        """Status and JSON of a call of /seller/licenses."""
        reply = self.licences_reply(method, path, body, key=key, life=life)
        return reply.status, json.loads(reply.body)

    def licences_reply(
        self, method: str, path: str, body: object = None, *, key: str = API_KEY, life: Life | None = None
    ) -> Any:
        """The whole reply."""
        address = f"/seller/licenses/{path}"
        function = chosen_function(OutgoingRequest(method, f"https://seller.example{address}", {}, b""))
        return read_reply(self.call(function, seller_event(method, address, body, key=key), life))

    def give(self, license_id: str, licence: str, *, life: Life | None = None) -> tuple[int, Any]:
        """PUT /seller/licenses/{id} with a text."""
        return self.licences("PUT", quote(license_id, safe=""), {"license": licence}, life=life)

    # ------------------------------------------------------------------------------------------------------ looking
    def rename_product(self, instance_id: str, product_id: str) -> None:
        """As if another product had been bought; empty: as if the order had not been read."""

        def renamed(before: Instance) -> Instance:
            return replace(before, product={**before.product, "product_id": product_id} if product_id else {})

        update_instance(self.state, instance_id, renamed)

    def everything_stored(self) -> str:
        """All documents and keys of the state as one text."""
        assert isinstance(self.state, MemoryState)
        return "\n".join(f"{item.key} {item.document}" for item in self.state.all_items())

    def everything_logged(self) -> str:
        """All log lines as one text."""
        return json.dumps(self.lines)

    def pointers(self) -> list[str]:
        """What is still due in the queues of events and uploads."""
        return [
            item.key.sort
            for queue in (EVENTS, UPLOADS)
            for slot in range(SLOTS)
            for item in self.state.query(partition(queue, slot), limit=99)
        ]


def extend_params(*pairs: tuple[str, str]) -> str:
    """saasExtendParams."""
    return base64.b64encode(json.dumps([{"name": name, "value": value} for name, value in pairs]).encode()).decode()
