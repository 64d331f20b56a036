"""The stage: the real functions behind the local gateway, the marketplace and a product, each on a loopback port.

Keys are made up for each run. State, archive and the functions' log are files in one folder.
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bundle_template.bundle import Bundle
from bundle_template.reading import PROJECT_TEMPLATE, read_template
from koogallery.services import Services
from koogallery.settings import Settings
from koogallery_simulator import BundleAddresses, Caller, Marketplace, Shop, Shops, SimulatedClock, running, serving
from koogallery_simulator.catalogue import V1_ON_DEMAND
from koogallery_simulator.tenant_desk import APP_ID
from local_cloud import http_server
from local_cloud.built_functions import opened
from local_cloud.dev import application
from local_cloud.functions import Callees, Functions
from local_cloud.workers import Workers
from story.keyring import made_up
from story.product import WEBHOOK_PATH, Product
from story.timetable import Timetable
from story.whole_product import SIGNED_IN_PATH, WholeProduct

SETTINGS_FILE = "settings.env"
PATIENCE = 5


@dataclass(frozen=True)
class Stage:
    """Everybody, and the one clock they share. ``addresses`` are those of marketplace, bundle and product."""

    clock: SimulatedClock
    marketplace: Marketplace
    shops: Shops
    product: Product
    timetable: Timetable
    settings: Settings
    addresses: tuple[str, str, str]

    @property
    def shop(self) -> Shop:
        """Where SaaS 2.0 is sold."""
        return self.shops.saas

    @property
    def services(self) -> Services:
        """What the bundle's use cases work with, for looking into its books."""
        return Services(self.settings, self.clock)

    @property
    def caller(self) -> Caller:
        """The marketplace as a caller."""
        return self.shop.caller


@contextmanager
def set_up(folder: Path, at: datetime, *, everything: bool = False, packages: Path | None = None) -> Iterator[Stage]:
    """Start everything at the moment ``at``; the folder is left to its owner.

    ``everything``: with the keys and settings of every guide, and a product that is sold in every way.
    ``packages``: the folder of a build that the functions run from, each in a process of its own; without it they
    run from their sources in this one.
    """
    clock, keyring = SimulatedClock(at), made_up(everything=everything)
    marketplace = Marketplace(keyring.keys, clock, stamp_clocks=())
    secret = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
    product = (WholeProduct if everything else Product)(secret, secrets.token_urlsafe(24), clock)
    with running(marketplace) as market_url, serving(product.handle) as product_url:
        settings = {**keyring.settings(), **_settings(product, market_url, product_url, folder)}
        settings.update(_settings_of_everything(product_url) if everything else {})
        _write_settings(folder / SETTINGS_FILE, settings)
        bundle = read_template(PROJECT_TEMPLATE)
        workers = Workers()
        with (
            _functions(bundle, settings, packages) as functions,
            http_server.running(application(bundle, functions, workers, timers=False, clock=clock)) as bundle_url,
        ):
            product.bundle = bundle_url
            shops = Shops(marketplace, BundleAddresses.beside(f"{bundle_url}/saas"))
            timetable = Timetable(bundle, functions, clock)
            addresses = (market_url, bundle_url, product_url)
            yield Stage(clock, marketplace, shops, product, timetable, Settings.load(settings.get), addresses)
        workers.close(PATIENCE)


def _functions(bundle: Bundle, settings: Mapping[str, str], packages: Path | None) -> AbstractContextManager[Callees]:
    return nullcontext(Functions(bundle, settings)) if packages is None else opened(bundle, settings, packages)


def _settings(product: Product, market_url: str, product_url: str, folder: Path) -> dict[str, str]:
    return {
        "MARKETPLACE_ENDPOINT": market_url,
        "SELLER_API_KEYS": product.api_key,
        "SELLER_WEBHOOK_URL": product_url + WEBHOOK_PATH,
        "SELLER_WEBHOOK_SECRET": product.secret,
        "STATE_URL": f"sqlite:///{folder.absolute()}/state.db",
        "STATE_ENCRYPTION_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
        "ARCHIVE_URL": f"file://{folder.absolute()}/archive",
    }


def _settings_of_everything(product_url: str) -> dict[str, str]:
    return {
        "LOGIN_APP_ID": APP_ID,
        "SELLER_LOGIN_URL": product_url + SIGNED_IN_PATH,
        "USAGE_PUSH_OLD_PRODUCTS": V1_ON_DEMAND.product_id,
    }


def _write_settings(file: Path, settings: dict[str, str]) -> None:
    file.touch(mode=0o600)
    file.write_text("".join(f"{name}={value}\n" for name, value in settings.items()), encoding="utf-8")
