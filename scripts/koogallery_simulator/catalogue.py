"""What is on sale: one product for every charging mode of SaaS 2.0 and for every other guide, or the seller's own."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import Enum

from koogallery_simulator.errors import ProductFrozen, UnknownProduct


class ChargingMode(str, Enum):
    """``chargingMode`` of the order query."""

    PERIOD = "PERIOD"
    ONE_TIME = "ONE_TIME"
    ON_DEMAND = "ON_DEMAND"
    ON_DEMAND_PKG = "ON_DEMAND_PKG"


class Interface(str, Enum):
    """The guide a product was connected by: it decides which callbacks its orders cause."""

    SAAS_2 = "saas-2"
    SAAS_1 = "saas-1"
    LICENSE_A = "license-a"
    LICENSE_B = "license-b"
    LICENSE_C = "license-c"


METERED = frozenset({ChargingMode.ON_DEMAND, ChargingMode.ON_DEMAND_PKG})


@dataclass(frozen=True)
class Product:
    """One specification. ``period_type`` is year, month or day; hourly products bill per hour, others per day.

    ``package_required``: pay-per-use that only runs on a stop-before-excess package, so that every record has to
    name the package it is deducted from.
    """

    product_id: str
    sku_code: str
    name: str
    mode: ChargingMode
    period_type: str | None = None
    period_number: int | None = None
    trial: bool = False
    package_required: bool = False
    hourly: bool = True
    delisted: bool = False
    interface: Interface = Interface.SAAS_2


def _product(number: int, sku: str, name: str, mode: ChargingMode, **more: object) -> Product:
    product_id = f"OFFI{number:018d}"
    return Product(product_id, f"00000000-0000-4000-8000-0000000000{sku}", name, mode, **more)  # type: ignore[arg-type]


PERIOD_YEAR = _product(
    1, "aa", "Demo product,Demo spec,yearly", ChargingMode.PERIOD, period_type="year", period_number=1
)
PERIOD_MONTH = _product(
    2, "aa", "Demo product,Demo spec,monthly", ChargingMode.PERIOD, period_type="month", period_number=1
)
PERIOD_YEAR_LARGE = _product(
    3, "ab", "Demo product,Large spec,yearly", ChargingMode.PERIOD, period_type="year", period_number=1
)
ONE_TIME = _product(4, "ac", "Demo product,Demo spec,one-time", ChargingMode.ONE_TIME)
ON_DEMAND = _product(5, "ad", "Demo product,Requests,pay-per-use", ChargingMode.ON_DEMAND)
ON_DEMAND_SECOND = _product(6, "ae", "Demo product,Storage,pay-per-use", ChargingMode.ON_DEMAND)
ON_DEMAND_STOPS = _product(
    7, "af", "Demo product,Requests,stop-before-excess", ChargingMode.ON_DEMAND, package_required=True
)
PACKAGE = _product(
    8, "ba", "Demo product,Requests,package", ChargingMode.ON_DEMAND_PKG, period_type="year", period_number=1
)
TRIAL = _product(
    9, "aa", "Demo product,Demo spec,trial", ChargingMode.PERIOD, period_type="day", period_number=7, trial=True
)

V1_YEAR = _product(
    21,
    "ca",
    "Old product,Demo spec,yearly",
    ChargingMode.PERIOD,
    period_type="year",
    period_number=1,
    interface=Interface.SAAS_1,
)
V1_YEAR_LARGE = replace(
    V1_YEAR,
    product_id="OFFI000000000000000022",
    sku_code="00000000-0000-4000-8000-0000000000cb",
    name="Old product,Large spec,yearly",
)
V1_TRIAL = replace(
    V1_YEAR,
    product_id="OFFI000000000000000023",
    name="Old product,Demo spec,trial",
    period_type="day",
    period_number=7,
    trial=True,
)
V1_ON_DEMAND = _product(
    24, "cc", "Old product,Requests,pay-per-use", ChargingMode.ON_DEMAND, interface=Interface.SAAS_1
)


def _licence(number: int, name: str, interface: Interface) -> Product:
    return replace(V1_YEAR, product_id=f"OFFI{number:018d}", name=name, interface=interface)


LICENSE_A = _licence(31, "Desk tool,yearly", Interface.LICENSE_A)
LICENSE_B = _licence(32, "Code tool,yearly", Interface.LICENSE_B)
LICENSE_C = _licence(33, "CAD tool,yearly", Interface.LICENSE_C)

DEMO_PRODUCTS: dict[str, Product] = {
    "period-year": PERIOD_YEAR,
    "period-month": PERIOD_MONTH,
    "period-year-large": PERIOD_YEAR_LARGE,
    "one-time": ONE_TIME,
    "on-demand": ON_DEMAND,
    "on-demand-second": ON_DEMAND_SECOND,
    "on-demand-stops": ON_DEMAND_STOPS,
    "package": PACKAGE,
    "trial": TRIAL,
    "v1-year": V1_YEAR,
    "v1-year-large": V1_YEAR_LARGE,
    "v1-trial": V1_TRIAL,
    "v1-on-demand": V1_ON_DEMAND,
    "license-a": LICENSE_A,
    "license-b": LICENSE_B,
    "license-c": LICENSE_C,
}


class Catalogue:
    """Products by their short names; a product whose dial tests fail five days running is frozen."""

    def __init__(self, products: dict[str, Product] | None = None) -> None:
        self._products = dict(DEMO_PRODUCTS if products is None else products)
        self._frozen: set[str] = set()
        self._lock = threading.Lock()

    def names(self) -> list[str]:
        """Short names, in the order of the catalogue."""
        with self._lock:
            return list(self._products)

    def product(self, name: str) -> Product:
        """By short name or product id; UnknownProduct otherwise."""
        with self._lock:
            for short, product in self._products.items():
                if name in (short, product.product_id):
                    return product
            known = ", ".join(self._products)
        raise UnknownProduct(f"no product {name!r} in the catalogue; there are: {known}")

    def add(self, name: str, product: Product) -> None:
        """Put a product on sale."""
        with self._lock:
            self._products[name] = product

    def freeze(self, product_ids: Iterable[str] | None = None) -> None:
        """Freeze trading of the products (all when none is named)."""
        with self._lock:
            every = (product.product_id for product in self._products.values())
            self._frozen.update(every if product_ids is None else product_ids)

    def unfreeze(self) -> None:
        """Allow trading of everything again."""
        with self._lock:
            self._frozen.clear()

    def frozen(self) -> set[str]:
        """Ids of the frozen products."""
        with self._lock:
            return set(self._frozen)

    def check_on_sale(self, product: Product) -> None:
        """ProductFrozen when it may not be sold."""
        if product.product_id in self.frozen():
            raise ProductFrozen(f"trading of {product.product_id} is frozen after five failing days of dial tests")
