"""What all shops share: orders, and callbacks delivered until they are accepted."""

from __future__ import annotations

from koogallery_simulator.caller import Attempt, Caller
from koogallery_simulator.catalogue import Interface, Product
from koogallery_simulator.dialects.base import Callback
from koogallery_simulator.errors import BadRequest, SimulatorError
from koogallery_simulator.marketplace import Marketplace, Sold
from koogallery_simulator.orders import Customer, Order, OrderLine, OrderType, Purchase


class NotAccepted(SimulatorError):
    """The bundle did not accept a callback in any try; ``attempt`` is the last."""

    code = "not_accepted"

    def __init__(self, attempt: Attempt) -> None:
        answered = attempt.failure or f"resultCode {attempt.code}"
        super().__init__(f"{attempt.callback.activity} was not accepted: {answered}")
        self.attempt = attempt


class Selling:
    """Buyers and the marketplace's own processes for products of one guide (``interface``).

    ``caller`` speaks the dialect of that guide. Callbacks return the last attempt or raise NotAccepted.
    """

    interface = Interface.SAAS_2

    def __init__(self, caller: Caller) -> None:
        self.caller = caller

    @property
    def marketplace(self) -> Marketplace:
        """The marketplace behind the caller."""
        return self.caller.marketplace

    def order(self, *sold: Sold, customer: Customer | None = None) -> Order:
        """A paid order of products of this guide; a trial order when all of them are trials."""
        products = [self._product(one.products[0] if isinstance(one, Purchase) else one) for one in sold]
        others = [product.name for product in products if product.interface is not self.interface]
        if others:
            raise BadRequest(f"{others[0]} is not sold by {self.interface.value}")
        trial = bool(products) and all(product.trial for product in products)
        return self.marketplace.sell(*sold, order_type=OrderType.TRIAL if trial else OrderType.NEW, customer=customer)

    def opening(self, line: OrderLine) -> Callback | None:
        """What is sent when a line was paid; None when the guide knows no such call."""
        raise NotImplementedError

    def _product(self, product: Product | str) -> Product:
        return product if isinstance(product, Product) else self.marketplace.catalogue.product(product)

    def _customer(self, line: OrderLine) -> Customer:
        return self.marketplace.order(line.order_id).customer

    def _order_of(self, instance_id: str) -> str:
        """The order an instance was bought by."""
        return self.marketplace.instance(instance_id).line.order_id

    def _line_about(
        self, instance_id: str, order_type: OrderType, product: Product | None = None, linear_value: int | None = None
    ) -> OrderLine:
        order = self.marketplace.order_about(instance_id, order_type, product=product, linear_value=linear_value)
        return order.lines[0]

    def _deliver(self, callback: Callback) -> Attempt:
        return self._check(self.caller.deliver(callback)[-1])

    @staticmethod
    def _check(attempt: Attempt) -> Attempt:
        if not attempt.accepted:
            raise NotAccepted(attempt)
        return attempt
