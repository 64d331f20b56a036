"""Every guide's shop at one bundle: who calls which address in which dialect."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urljoin

from koogallery_simulator.caller import Attempt, Caller
from koogallery_simulator.catalogue import Interface
from koogallery_simulator.client_secrets import DEFAULT_PAIR
from koogallery_simulator.clock import Clock
from koogallery_simulator.dialects.base import Dialect
from koogallery_simulator.dialects.kit import KitV1, KitV2
from koogallery_simulator.dialects.license_a import LicenseA
from koogallery_simulator.dialects.license_b import LicenseB
from koogallery_simulator.dialects.license_c import LicenseC
from koogallery_simulator.dialects.saas_v1 import SaasV1
from koogallery_simulator.dialects.saas_v2 import SaasV2
from koogallery_simulator.errors import BadRequest
from koogallery_simulator.joint_kit import JointKit
from koogallery_simulator.judge import Judge
from koogallery_simulator.license_shops import LicenseShopA, LicenseShopB, LicenseShopC
from koogallery_simulator.marketplace import Marketplace
from koogallery_simulator.orders import OrderLine
from koogallery_simulator.selling import Selling
from koogallery_simulator.shop import Shop
from koogallery_simulator.shop_v1 import ShopV1
from koogallery_simulator.transport import Transport, send_over_http


@dataclass(frozen=True)
class BundleAddresses:
    """Where the seller's bundle is called: SaaS and kit, licences, order notifications."""

    saas: str
    license: str
    notify: str

    @classmethod
    def beside(cls, saas: str, *, license_address: str | None = None, notify: str | None = None) -> BundleAddresses:
        """The production address, and the others on the same host unless they are given."""
        return cls(saas, license_address or urljoin(saas, "/license"), notify or urljoin(saas, "/order-notify"))


class Shops:
    """One caller for each dialect, with one judge over all of them."""

    def __init__(
        self,
        marketplace: Marketplace,
        addresses: BundleAddresses,
        *,
        clock: Clock | None = None,
        transport: Transport = send_over_http,
        oaep: str = DEFAULT_PAIR,
    ) -> None:
        judge = Judge(marketplace.violations, marketplace)

        def caller(dialect: Dialect, address: str) -> Caller:
            return Caller(
                marketplace,
                address,
                notify_address=addresses.notify,
                clock=clock,
                transport=transport,
                judge=judge,
                dialect=dialect,
            )

        self.marketplace = marketplace
        self._waiting: dict[str, OrderLine] = {}
        self.saas = Shop(caller(SaasV2(), addresses.saas))
        self.saas_v1 = ShopV1(caller(SaasV1(), addresses.saas))
        self.license_a = LicenseShopA(caller(LicenseA(), addresses.license))
        self.license_b = LicenseShopB(caller(LicenseB(), addresses.license))
        self.license_c = LicenseShopC(caller(LicenseC(), addresses.license))
        self.kit = JointKit(caller(KitV2(), addresses.saas), oaep=oaep)
        self.kit_v1 = JointKit(caller(KitV1(), addresses.saas), oaep=oaep)

    # ------------------------------------------------------------------------------------------ what is not ready
    def open_later(self, line: OrderLine) -> None:
        """An opening call was answered 000004: there is no other call to ask with, so it is sent again later."""
        self._waiting[line.order_line_id] = line

    def waiting(self) -> list[OrderLine]:
        """Lines whose opening call has to be sent again."""
        return list(self._waiting.values())

    def ask_again(self, line: OrderLine) -> Attempt | None:
        """Send the opening call of a waiting line again."""
        shop = self.of(line.product.interface)
        callback = shop.opening(line)
        attempt = shop.caller.send(callback) if callback is not None else None
        if attempt is None or attempt.accepted:
            self._waiting.pop(line.order_line_id, None)
        return attempt

    # ---------------------------------------------------------------------------------------------------- who sells
    def of(self, interface: Interface) -> Selling:
        """The shop that sells products of a guide."""
        shops: tuple[Selling, ...] = (self.saas, self.saas_v1, self.license_a, self.license_b, self.license_c)
        return next(shop for shop in shops if shop.interface is interface)

    def of_instance(self, instance_id: str) -> Selling:
        """The shop of a sold instance or authorization code; UnknownInstance otherwise."""
        if self.marketplace.license_codes.find(instance_id) is not None:
            return self.license_b
        return self.of(self.marketplace.instance(instance_id).product.interface)

    def caller(self, dialect: str) -> Caller:
        """The caller that speaks a dialect, by its name; BadRequest otherwise."""
        callers = self.callers()
        if dialect not in callers:
            raise BadRequest(f"no dialect {dialect[:64]!r}; there are: {', '.join(callers)}")
        return callers[dialect]

    def callers(self) -> dict[str, Caller]:
        """All callers, by the names of their dialects."""
        selling = (self.saas, self.saas_v1, self.license_a, self.license_b, self.license_c, self.kit, self.kit_v1)
        return {shop.caller.dialect.name: shop.caller for shop in selling}
