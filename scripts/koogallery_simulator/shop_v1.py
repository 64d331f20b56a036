"""SaaS 1.0 at work: the order and the GET callbacks that follow from it."""

from __future__ import annotations

from datetime import datetime

from koogallery_simulator.caller import Attempt
from koogallery_simulator.catalogue import Interface, Product
from koogallery_simulator.dialects import saas_v1
from koogallery_simulator.dialects.base import Callback
from koogallery_simulator.marketplace import Sold
from koogallery_simulator.orders import Customer, OrderLine, OrderType
from koogallery_simulator.selling import Selling


class ShopV1(Selling):
    """Buyers of SaaS 1.0 products; ``caller`` has the dialect SaasV1."""

    interface = Interface.SAAS_1

    def buy(self, *sold: Sold, customer: Customer | None = None) -> list[str]:
        """Order, then newInstance for every product; the instance ids in the order of the lines."""
        order = self.order(*sold, customer=customer)
        return [self.create(line) for line in order.lines]

    def opening(self, line: OrderLine) -> Callback:
        """newInstance, with the buyer in it."""
        return saas_v1.new_instance(line, self._customer(line))

    def create(self, line: OrderLine) -> str:
        """newInstance of one product of an order, until it is answered with access data."""
        return self._deliver(self.opening(line)).instance_id or ""

    def show(self, instance_id: str) -> Attempt:
        """The buyer's "resource details" button: newInstance once more."""
        return self._deliver(self.opening(self.marketplace.instance(instance_id).line))

    def query(self, instance_id: str) -> Attempt:
        """queryInstance once, accepted or not."""
        return self.caller.send(saas_v1.query_instance(instance_id))

    def renew(self, instance_id: str) -> Attempt:
        """Renewal order, refreshInstance; a frozen instance is thawed after it."""
        line = self._line_about(instance_id, OrderType.RENEW)
        attempt = self._refresh(instance_id, line)
        if self.marketplace.instance(instance_id).frozen:
            self.unfreeze(instance_id)
        return attempt

    def cancel_renewal(self, instance_id: str, expire_time: datetime) -> Attempt:
        """The renewal is cancelled: back to the earlier ``expire_time``, with a negative amount."""
        line = self._line_about(instance_id, OrderType.UNSUBSCRIBE)
        amount = f"-{saas_v1.ORDER_AMOUNT}"
        return self._deliver(saas_v1.refresh_instance(instance_id, line, expire_time, order_amount=amount))

    def convert_trial(self, instance_id: str, product: Product | str) -> Attempt:
        """Trial to formal."""
        line = self._line_about(instance_id, OrderType.TRIAL_TO_FORMAL, self._product(product))
        return self._refresh(instance_id, line, trial_to_formal=True)

    def upgrade(self, instance_id: str, product: Product | str, linear_value: int | None = None) -> Attempt:
        """A CHANGE order, then upgrade."""
        line = self._line_about(instance_id, OrderType.CHANGE, self._product(product), linear_value)
        return self._deliver(saas_v1.upgrade(instance_id, line))

    def expire(self, instance_id: str) -> Attempt:
        """The period is over."""
        return self._deliver(saas_v1.expire_instance(instance_id, self._order_of(instance_id)))

    def freeze(self, instance_id: str) -> Attempt:
        """In arrears or in violation."""
        return self._deliver(saas_v1.instance_status(instance_id, saas_v1.FREEZE))

    def unfreeze(self, instance_id: str) -> Attempt:
        """Renewed or cleared."""
        return self._deliver(saas_v1.instance_status(instance_id, saas_v1.NORMAL))

    def release(self, instance_id: str) -> Attempt:
        """After the retention period, or unsubscribed."""
        return self._deliver(saas_v1.release_instance(instance_id, self._order_of(instance_id)))

    unsubscribe = release

    def _refresh(self, instance_id: str, line: OrderLine, *, trial_to_formal: bool = False) -> Attempt:
        expire = line.expire_time or self.marketplace.clock.now()
        return self._deliver(saas_v1.refresh_instance(instance_id, line, expire, trial_to_formal=trial_to_formal))
