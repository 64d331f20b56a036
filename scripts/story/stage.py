"""The stage: the real functions behind the local gateway, the marketplace and a product, each on a loopback port.

Keys are made up for each run. State, archive and the functions' log are files in one folder.
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from koogallery.services import Services
from koogallery.settings import Settings
from koogallery_simulator import Caller, Keys, Marketplace, Shop, SimulatedClock, running
from koogallery_simulator.server import serving
from local_cloud import http_server
from local_cloud.dev import application
from local_cloud.functions import Functions
from local_cloud.template import PROJECT_TEMPLATE, read_template
from local_cloud.workers import Workers
from story.product import WEBHOOK_PATH, Product
from story.timetable import Timetable

SETTINGS_FILE = "settings.env"
PATIENCE = 5


@dataclass(frozen=True)
class Stage:
    """Everybody, and the one clock they share. ``addresses`` are those of marketplace, bundle and product."""

    clock: SimulatedClock
    marketplace: Marketplace
    shop: Shop
    product: Product
    timetable: Timetable
    settings: Settings
    addresses: tuple[str, str, str]

    @property
    def services(self) -> Services:
        """What the bundle's use cases work with, for looking into its books."""
        return Services(self.settings, self.clock)

    @property
    def caller(self) -> Caller:
        """The marketplace as a caller."""
        return self.shop.caller


@contextmanager
def set_up(folder: Path, at: datetime) -> Iterator[Stage]:
    """Start everything at the moment ``at``; the folder is left to its owner."""
    clock = SimulatedClock(at)
    keys = Keys(ak=secrets.token_hex(10).upper(), sk=secrets.token_urlsafe(30), access=(secrets.token_urlsafe(24),))
    marketplace = Marketplace(keys, clock, stamp_clocks=())
    product = Product("whsec_" + base64.b64encode(secrets.token_bytes(32)).decode(), secrets.token_urlsafe(24), clock)
    with running(marketplace) as market_url, serving(product.handle) as product_url:
        settings = _settings(keys, product, market_url, product_url, folder)
        _write_settings(folder / SETTINGS_FILE, settings)
        bundle = read_template(PROJECT_TEMPLATE)
        functions, workers = Functions(bundle, settings), Workers()
        with http_server.running(application(bundle, functions, workers, timers=False, clock=clock)) as bundle_url:
            product.bundle = bundle_url
            shop = Shop(Caller(marketplace, f"{bundle_url}/saas"))
            timetable = Timetable(bundle, functions, clock)
            addresses = (market_url, bundle_url, product_url)
            yield Stage(clock, marketplace, shop, product, timetable, Settings.load(settings.get), addresses)
        workers.close(PATIENCE)


def _settings(keys: Keys, product: Product, market_url: str, product_url: str, folder: Path) -> dict[str, str]:
    return {
        "MARKETPLACE_ENDPOINT": market_url,
        "MARKETPLACE_AK": keys.ak,
        "MARKETPLACE_SK": keys.sk,
        "MARKETPLACE_ACCESS_KEYS": ",".join(keys.access),
        "SELLER_API_KEYS": product.api_key,
        "SELLER_WEBHOOK_URL": product_url + WEBHOOK_PATH,
        "SELLER_WEBHOOK_SECRET": product.secret,
        "STATE_URL": f"sqlite:///{folder.absolute()}/state.db",
        "STATE_ENCRYPTION_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
        "ARCHIVE_URL": f"file://{folder.absolute()}/archive",
    }


def _write_settings(file: Path, settings: dict[str, str]) -> None:
    file.touch(mode=0o600)
    file.write_text("".join(f"{name}={value}\n" for name, value in settings.items()), encoding="utf-8")
