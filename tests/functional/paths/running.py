"""The whole bundle behind the local gateway on loopback ports, called by real HTTP, at a time that tests move.

One state for a whole run: every test makes orders, tenants and codes of its own. ``BROKEN`` serves the same bundle
with a state that cannot be opened, ``SILENT`` with one that does not answer, ``BARE`` with neither a state nor its key
nor a marketplace.
"""

from __future__ import annotations

import json
import socket
import sqlite3
import uuid
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from bundle_template import read_template
from koogallery.adapters.sqlite_state import SqliteState
from koogallery.clock import FrozenClock
from koogallery.state import Key
from koogallery_simulator.http_messages import Answer, OutgoingRequest, Reply, Request, json_reply
from koogallery_simulator.marketplace import Marketplace
from koogallery_simulator.orders import OrderLine
from koogallery_simulator.server import running as marketplace_server
from koogallery_simulator.server import serving
from koogallery_simulator.settings import Keys, read_keys
from koogallery_simulator.transport import send_over_http
from local_cloud.dev import application
from local_cloud.events import timer_event
from local_cloud.functions import Functions
from local_cloud.http_server import running as gateway
from local_cloud.workers import Workers
from tests.support.auth_centre import AuthCentre
from tests.support.kit import rsa_pair
from tests.support.world import ACCESS, API_KEY, AT, SETTINGS

GOOD, BROKEN, SILENT, BARE = "good", "broken", "silent", "bare"
APP = "app-0001"
PRODUCT_PAGE = "https://product.example/signed-in"
PAIR = {"MARKETPLACE_AK": SETTINGS["MARKETPLACE_AK"], "MARKETPLACE_SK": SETTINGS["MARKETPLACE_SK"]}
KEYS = {
    "MARKETPLACE_ACCESS_KEYS": "basic-interface-key-0001,basic-interface-key-0000",
    "MARKETPLACE_V1_KEYS": "11111111-2222-4333-8444-000000000001",
    "MARKETPLACE_LICENSE_KEYS": "licence-delivery-key-0001",
    "MARKETPLACE_NOTIFY_KEYS": "general-interface-key-0001",
    "MARKETPLACE_KIT_KEYS": "joint-sync-key-0001",
}
_BARE = ("STATE_URL", "STATE_ENCRYPTION_KEY", "MARKETPLACE_ENDPOINT")
_NO_STATE = "sqlite:////dev/null/state.db"

Stored = list[tuple[str, str, int, str]]
"""Partition, sort key, version and document of every item."""


def marketplace_keys() -> Keys:
    """The marketplace's side of the settings."""
    return read_keys({**PAIR, **KEYS, "KIT_PRIVATE_KEY": rsa_pair()[0]})


@dataclass
class Running:
    """``addresses``: base URL by gateway. ``told``: events that the seller's product received."""

    clock: FrozenClock
    marketplace: Marketplace
    centre: AuthCentre
    functions: Functions
    looking: Looking
    addresses: Mapping[str, str] = field(default_factory=dict)
    told: list[dict[str, Any]] = field(default_factory=list)

    # ------------------------------------------------------------------------------------------------------ calling
    def url(self, address: str, where: str = GOOD) -> str:
        """``POST /saas`` at a gateway."""
        return self.addresses[where] + address.partition(" ")[2]

    def send(self, request: OutgoingRequest) -> Answer:
        """One request over a connection of its own."""
        return send_over_http(request)

    def seller(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        """Status and JSON of a call of the seller's product."""
        headers = {"Authorization": f"Bearer {API_KEY}", "Content-Type": "application/json"}
        content = b"" if body is None else json.dumps(body).encode()
        answer = self.send(OutgoingRequest(method, self.addresses[GOOD] + path, headers, content))
        return answer.status, json.loads(answer.body)

    def fire(self, timer: str) -> None:
        """A timer."""
        self.functions.call(timer, timer_event(timer, "", self.clock.now()), self.clock, uuid.uuid4().hex)

    # ---------------------------------------------------------------------------------------------------- situations
    def sell(self, product: str = "period-year") -> OrderLine:
        """A paid order line of which nobody was told."""
        return self.marketplace.sell(product).lines[0]

    def give_access(self, instance_id: str) -> None:
        """The seller's product says how the buyer gets in: the instance is active."""
        status, answer = self.seller("PUT", f"/seller/instances/{instance_id}/access", ACCESS)
        assert (status, answer["status"]) == (200, "active")

    def give_license(self, license_id: str, text: str = "LICENCE-0001") -> None:
        """The seller's product has made a licence."""
        status, answer = self.seller("PUT", f"/seller/licenses/{license_id}", {"license": text})
        assert status == 200, answer

    def instance(self, instance_id: str) -> dict[str, Any]:
        """The instance as the seller's product sees it."""
        status, answer = self.seller("GET", f"/seller/instances/{instance_id}")
        assert status == 200, answer
        return dict(answer)

    # ------------------------------------------------------------------------------------------------------- looking
    def stored(self) -> Stored:
        """Everything in the state, versions included."""
        return self.looking.stored()


class Looking:
    """Reads the file of the state; as long as nobody has written it is not read again."""

    def __init__(self, file: Path) -> None:
        self._connection = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
        self._version = -1
        self._stored: Stored = []

    def stored(self) -> Stored:
        """Everything, ordered by its key."""
        # SQLite, "PRAGMA data_version": another number once another connection has written.
        (version,) = self._connection.execute("pragma data_version").fetchone()
        if version != self._version:
            rows = self._connection.execute("select partition, sort, version, document from item order by 1, 2")
            self._version, self._stored = version, rows.fetchall()
        return self._stored

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()


def fresh_id(prefix: str) -> str:
    """An id that nobody has."""
    return f"{prefix}-{uuid.uuid4().hex[:20]}"


def _made_state(file: Path) -> Path:
    SqliteState(file).get(Key("nobody", "nothing"))
    return file


@contextmanager
def _state_that_is_silent() -> Iterator[dict[str, str]]:
    """Settings of a table at an address where nobody listens."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        endpoint = quote(f"http://127.0.0.1:{unused.getsockname()[1]}", safe="")
        table = {"STATE_URL": f"dynamodb://koogallery?endpoint={endpoint}"}
        yield {**table, "STATE_ACCESS_KEY": "access-key", "STATE_SECRET_KEY": "secret-key"}


@contextmanager
def run_bundle(folder: Path) -> Iterator[Running]:
    """The three gateways, the marketplace, the seller's product and an auth centre, until the block ends."""
    clock = FrozenClock(AT)
    told: list[dict[str, Any]] = []

    def product(request: Request) -> Reply:
        told.append(json.loads(request.body))
        return json_reply(200, {})

    marketplace = Marketplace(marketplace_keys(), clock, stamp_clocks=())
    with ExitStack() as stack:
        centre = stack.enter_context(AuthCentre(clock))
        hook = stack.enter_context(serving(product))
        settings = {
            **PAIR,
            **KEYS,
            "MARKETPLACE_ENDPOINT": stack.enter_context(marketplace_server(marketplace)),
            "KIT_PRIVATE_KEY": rsa_pair()[0],
            "LICENSE_FINGERPRINT_PRODUCTS": marketplace.catalogue.product("one-time").product_id,
            "LOGIN_APP_ID": APP,
            "SELLER_API_KEYS": API_KEY,
            "SELLER_LOGIN_URL": PRODUCT_PAGE,
            "SELLER_WEBHOOK_SECRET": SETTINGS["SELLER_WEBHOOK_SECRET"],
            "SELLER_WEBHOOK_URL": hook,
            "STATE_ENCRYPTION_KEY": SETTINGS["STATE_ENCRYPTION_KEY"],
            "STATE_URL": f"sqlite:///{folder}/state.db",
        }
        bare = {name: text for name, text in settings.items() if name not in _BARE}
        bundle, workers = read_template(), Workers(4)
        functions = Functions(bundle, settings)
        broken = Functions(bundle, {**settings, "STATE_URL": _NO_STATE})
        silent = Functions(bundle, {**settings, **stack.enter_context(_state_that_is_silent())})
        served = {GOOD: functions, BROKEN: broken, SILENT: silent, BARE: Functions(bundle, bare)}
        addresses = {
            name: stack.enter_context(gateway(application(bundle, one, workers, timers=False, clock=clock)))
            for name, one in served.items()
        }
        looking = stack.enter_context(closing(Looking(_made_state(folder / "state.db"))))
        yield Running(clock, marketplace, centre, functions, looking, addresses, told)
    assert workers.close(5)
