"""Whole stories: the order and the callbacks that follow from it, repeated as the guides say."""

from __future__ import annotations

from datetime import datetime

from koogallery_simulator.caller import Attempt
from koogallery_simulator.catalogue import Product
from koogallery_simulator.dialects import saas_v2
from koogallery_simulator.dialects.base import Callback
from koogallery_simulator.marketplace import Sold
from koogallery_simulator.orders import Customer, OrderLine, OrderType
from koogallery_simulator.selling import NotAccepted, Selling

__all__ = ["NotAccepted", "Shop"]


class Shop(Selling):
    """Buyers of SaaS 2.0 products and the marketplace's own processes."""

    def buy(self, *sold: Sold, customer: Customer | None = None) -> list[str]:
        """Order, then newInstance for every line; the instance ids in the order of the lines."""
        order = self.order(*sold, customer=customer)
        return [self.create(line) for line in order.lines]

    def opening(self, line: OrderLine) -> Callback:
        """newInstance."""
        return saas_v2.new_instance(line)

    def create(self, line: OrderLine) -> str:
        """newInstance of one line, until accepted."""
        attempt = self._deliver(self.opening(line))
        return attempt.instance_id or ""

    def query(self, instance_id: str) -> Attempt:
        """queryInstance once, accepted or not."""
        return self.caller.send(saas_v2.query_instance(instance_id))

    def wait_until_ready(self, instance_id: str) -> Attempt:
        """Poll queryInstance until it returns the instance."""
        return self._check(self.caller.poll(instance_id))

    def renew(self, instance_id: str) -> Attempt:
        """Renewal order, refreshInstance; a frozen instance is unfrozen after it."""
        line = self._line_about(instance_id, OrderType.RENEW)
        attempt = self._refresh(instance_id, line, saas_v2.RENEWAL)
        if self.marketplace.instance(instance_id).frozen:
            self.unfreeze(instance_id)
        return attempt

    def cancel_renewal(self, instance_id: str, expire_time: datetime) -> Attempt:
        """The renewal is cancelled: back to the earlier ``expire_time``."""
        line = self._line_about(instance_id, OrderType.UNSUBSCRIBE)
        callback = saas_v2.refresh_instance(instance_id, line, expire_time, saas_v2.UNSUBSCRIBE_RENEWAL_PERIOD)
        return self._deliver(callback)

    def convert_trial(self, instance_id: str, product: Product | str) -> Attempt:
        """Trial to formal."""
        line = self._line_about(instance_id, OrderType.TRIAL_TO_FORMAL, self._product(product))
        return self._refresh(instance_id, line, saas_v2.TRIAL_TO_FORMAL, line.product.product_id)

    def change_on_renewal(self, instance_id: str, product: Product | str, linear_value: int | None = None) -> Attempt:
        """changeInstanceCheck, then a renewal to another specification."""
        target = self._product(product)
        self._deliver(saas_v2.change_instance_check(instance_id, target, linear_value))
        line = self._line_about(instance_id, OrderType.RENEW, target, linear_value)
        return self._refresh(instance_id, line, saas_v2.RENEWAL_CHANGE, target.product_id)

    def upgrade(self, instance_id: str, product: Product | str, linear_value: int | None = None) -> Attempt:
        """A CHANGE order, then upgradeInstance."""
        line = self._line_about(instance_id, OrderType.CHANGE, self._product(product), linear_value)
        return self._deliver(saas_v2.upgrade_instance(instance_id, line))

    def freeze(self, instance_id: str) -> Attempt:
        """Expired, in arrears, or in violation."""
        return self._deliver(saas_v2.update_instance_status(instance_id, saas_v2.FREEZE))

    def unfreeze(self, instance_id: str) -> Attempt:
        """Renewed or cleared."""
        return self._deliver(saas_v2.update_instance_status(instance_id, saas_v2.UNFREEZE))

    def release(self, instance_id: str) -> Attempt:
        """Not renewed in time."""
        return self._deliver(saas_v2.release_instance(instance_id))

    def unsubscribe(self, instance_id: str) -> Attempt:
        """An unsubscription order, then releaseInstance with it."""
        return self._deliver(
            saas_v2.release_instance(instance_id, self._line_about(instance_id, OrderType.UNSUBSCRIBE))
        )

    def notify(self, line: OrderLine) -> Attempt:
        """orderNotify of a sold line."""
        return self._deliver(saas_v2.order_notify(line))

    def _refresh(self, instance_id: str, line: OrderLine, scene: str, product_id: str | None = None) -> Attempt:
        expire = line.expire_time or self.marketplace.clock.now()
        return self._deliver(saas_v2.refresh_instance(instance_id, line, expire, scene, product_id=product_id))
