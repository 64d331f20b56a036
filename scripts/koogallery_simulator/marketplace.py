"""The marketplace's core: catalogue, orders, instances, bill, and what it answers to an HTTP request."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeAlias

from koogallery_simulator.aksk_guard import AkskGuard
from koogallery_simulator.bill import Bill
from koogallery_simulator.catalogue import Catalogue, Product
from koogallery_simulator.clock import Clock, SystemClock
from koogallery_simulator.endpoint import Endpoint, Endpoints
from koogallery_simulator.errors import UnknownInstance, UnknownOrder
from koogallery_simulator.faults import Faults, error_reply
from koogallery_simulator.http_messages import ANSWER, Reply, Request
from koogallery_simulator.instances import Instance
from koogallery_simulator.license_codes import LicenseCode, LicenseCodes
from koogallery_simulator.license_endpoints import Activate, Heartbeat, SoftwareUsage
from koogallery_simulator.license_upload import LicenseUpload
from koogallery_simulator.old_usage_push import OldUsagePush
from koogallery_simulator.order_book import OrderBook
from koogallery_simulator.order_query import OrderQuery
from koogallery_simulator.orders import Customer, Order, OrderLine, OrderType, Purchase, later_by_period, make_order
from koogallery_simulator.records import RecordRules
from koogallery_simulator.settings import Keys
from koogallery_simulator.usage_push import UsagePush
from koogallery_simulator.violations import Violations

LARGEST_BODY = 12 * 1024 * 1024

Sold: TypeAlias = Product | str | Purchase


class Marketplace:
    """A KooGallery. Thread-safe; makes no call itself (``Caller`` does).

    ``clock`` is the marketplace's time: openings, closings, record rules. Signatures may also be stamped with one of
    ``stamp_clocks`` (by default the machine's clock as well, since a seller's timer may be told another time while its
    signatures use the real one).
    """

    def __init__(
        self,
        keys: Keys,
        clock: Clock,
        *,
        catalogue: Catalogue | None = None,
        stamp_clocks: Sequence[Clock] | None = None,
    ) -> None:
        self.keys = keys
        self.clock = clock
        self.catalogue = catalogue or Catalogue()
        self.violations = Violations(clock)
        self.faults = Faults()
        self.bill = Bill()
        self._lock = threading.RLock()
        self._orders = OrderBook(clock)
        self._instances: dict[str, Instance] = {}
        self._by_line: dict[str, Instance] = {}
        self._failed: dict[str, OrderLine] = {}
        clocks = (clock, *(stamp_clocks if stamp_clocks is not None else [SystemClock()]))
        guard = AkskGuard(keys, clocks, self.violations)
        rules = RecordRules(self._instances, self.bill, self.violations)
        self.order_query = OrderQuery(self._orders, guard, self.violations)
        self.usage_push = UsagePush(keys, clocks, guard, rules, (self.bill, self.faults, self.violations))
        self.old_usage_push = OldUsagePush(clock, guard, rules, (self.bill, self.faults, self.violations))
        self.license_upload = LicenseUpload(guard, self.violations)
        self.license_codes = LicenseCodes(clock)
        of_codes = (self.license_codes, guard, clock, self.violations)
        self._endpoints = Endpoints()
        for endpoint in (self.order_query, self.usage_push, self.old_usage_push, self.license_upload):
            self.serve(endpoint)
        for made in (Activate(*of_codes), Heartbeat(*of_codes), SoftwareUsage(*of_codes)):
            self.serve(made)

    # ---------------------------------------------------------------------------------------------------- selling
    def sell(
        self,
        *sold: Sold,
        order_type: OrderType = OrderType.NEW,
        customer: Customer | None = None,
        order_id: str | None = None,
    ) -> Order:
        """A paid order, one line for each thing sold (a product, its short name or id, or a Purchase)."""
        purchases = [self._purchase(one) for one in sold]
        for purchase in purchases:
            for product in purchase.products:
                self.catalogue.check_on_sale(product)
        with self._lock:
            order = make_order(order_type, purchases, self.clock.now(), customer or Customer(), order_id)
            self._orders.add(order)
        return order

    def _purchase(self, sold: Sold) -> Purchase:
        if isinstance(sold, Purchase):
            return sold
        return Purchase((self.catalogue.product(sold) if isinstance(sold, str) else sold,))

    def order_about(
        self,
        instance_id: str,
        order_type: OrderType,
        *,
        product: Product | None = None,
        linear_value: int | None = None,
    ) -> Order:
        """A further order about an instance: renewal, trial to formal, change, unsubscription.

        A renewal's line expires one period after the instance does; the others carry the instance's own expiry.
        """
        instance = self.instance(instance_id)
        product = product or instance.product
        start = instance.expire_time or self.clock.now()
        renews = order_type in (OrderType.RENEW, OrderType.TRIAL_TO_FORMAL)
        expire = later_by_period(start, product) if renews else instance.expire_time
        value = instance.line.linear_value if linear_value is None else linear_value
        purchase = Purchase((product,), value, instance.line.extend_params, expire, instance_id)
        with self._lock:
            customer = self.order(instance.line.order_id).customer
            order = make_order(order_type, [purchase], self.clock.now(), customer)
            self._orders.add(order)
        return order

    def file_order_of_another_seller(self) -> Order:
        """An order that this seller may not see (order query: MKT.0150)."""
        order = replace(
            make_order(OrderType.NEW, [self._purchase("period-year")], self.clock.now(), Customer()), other_seller=True
        )
        with self._lock:
            self._orders.add(order)
        return order

    def order(self, order_id: str) -> Order:
        """A sold or mock order; UnknownOrder otherwise."""
        with self._lock:
            found = self._orders.find(order_id)
        if found is None:
            raise UnknownOrder(f"no order {order_id[:64]!r} was sold here")
        return found

    def line(self, order_line_id: str) -> OrderLine:
        """A sold order line; UnknownOrder otherwise."""
        with self._lock:
            return self._orders.line(order_line_id)

    def orders(self) -> list[Order]:
        """Sold orders, oldest first."""
        with self._lock:
            return self._orders.all()

    def fail_line(self, line: OrderLine) -> None:
        """newInstance kept failing: the order line failed and was unsubscribed."""
        with self._lock:
            self._failed[line.order_line_id] = line

    def failed_lines(self) -> list[OrderLine]:
        """Lines that failed for good."""
        with self._lock:
            return list(self._failed.values())

    # -------------------------------------------------------------------------------------------------- instances
    def open_instance(self, line: OrderLine, instance_id: str, *, other_seller: bool = False) -> Instance:
        """The first successful newInstance answer was read; later ones change nothing."""
        with self._lock:
            known = self._by_line.get(line.order_line_id)
            if known is not None:
                return known
            self._failed.pop(line.order_line_id, None)
            instance = Instance(instance_id, line, line.product, self.clock.now(), line.expire_time)
            instance.other_seller = other_seller
            self._by_line[line.order_line_id] = instance
            self._instances.setdefault(instance_id, instance)
            return instance

    def close_instance(self, instance_id: str) -> None:
        """The resource is closed now; closing twice changes nothing."""
        with self._lock:
            instance = self.instance(instance_id)
            if instance.closed_at is None:
                instance.closed_at = self.clock.now()

    def set_frozen(self, instance_id: str, frozen: bool) -> None:
        """Freeze or unfreeze."""
        with self._lock:
            self.instance(instance_id).frozen = frozen

    def set_expiry(self, instance_id: str, expire_time: datetime) -> None:
        """Renewed or shortened."""
        with self._lock:
            self.instance(instance_id).expire_time = expire_time

    def set_product(self, instance_id: str, product: Product) -> None:
        """Upgraded or changed."""
        with self._lock:
            self.instance(instance_id).product = product

    def set_ready(self, instance_id: str) -> None:
        """queryInstance returned it."""
        with self._lock:
            self.instance(instance_id).ready = True

    def instance(self, instance_id: str) -> Instance:
        """An opened instance; UnknownInstance otherwise."""
        with self._lock:
            found = self._instances.get(instance_id)
        if found is None:
            raise UnknownInstance(f"no instance {instance_id[:64]!r} was opened here")
        return found

    def find_instance(self, instance_id: str) -> Instance | None:
        """An opened instance or None."""
        with self._lock:
            return self._instances.get(instance_id)

    def instance_of(self, order_line_id: str) -> Instance | None:
        """The instance that was opened for an order line."""
        with self._lock:
            return self._by_line.get(order_line_id)

    def instances(self) -> list[Instance]:
        """All instances, oldest first."""
        with self._lock:
            return list(self._instances.values())

    # ------------------------------------------------------------------------------------------------------- codes
    def make_license_code(self, line: OrderLine, *, received: bool = True) -> LicenseCode:
        """An authorization code for a paid order line."""
        with self._lock:
            return self.license_codes.make(line, received=received)

    def license_code(self, code: str) -> LicenseCode:
        """A code that was made here; UnknownCode otherwise."""
        with self._lock:
            return self.license_codes.get(code)

    # ------------------------------------------------------------------------------------------------------- HTTP
    def serve(self, endpoint: Endpoint) -> None:
        """Add an address (a further interface of the marketplace)."""
        self._endpoints.add(endpoint)

    def handle(self, request: Request) -> Reply:
        """Answer one call of the open APIs, faults included. Never raises for what a caller may send."""
        reply = self._handle(request)
        if reply.action != ANSWER:
            return reply
        return replace(reply, headers={**reply.headers, "X-Request-Id": secrets.token_hex(16)})

    def _handle(self, request: Request) -> Reply:
        endpoint = self._endpoints.find(request.method, request.path)
        if endpoint is None:
            self.violations.add("unknown-address", f"{request.method} {request.path[:200]}")
            return error_reply("", "APIGW.0101")
        if len(request.body) > LARGEST_BODY:
            self.violations.add("body-size", f"{request.path}: more than 12 MB")
            return error_reply("", "APIGW.0201", 413)
        content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if content_type != endpoint.content_type:
            self.violations.add("content-type", f"{request.path}: Content-Type is not {endpoint.content_type}")
        fault = self.faults.take_call(endpoint.name)
        if fault is not None and not fault.after_booking:
            return fault.reply(endpoint.name)
        with self._lock:
            reply = endpoint.answer(request)
        return fault.reply(endpoint.name) if fault is not None else reply
