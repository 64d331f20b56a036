"""Licences at work: orders and callbacks of the three licence guides."""

from __future__ import annotations

import uuid

from koogallery_simulator.caller import Attempt
from koogallery_simulator.catalogue import Interface
from koogallery_simulator.dialects import license_a, license_b, license_c, saas_v2
from koogallery_simulator.dialects.base import Callback
from koogallery_simulator.errors import BadRequest
from koogallery_simulator.license_codes import LicenseCode
from koogallery_simulator.license_upload import Application
from koogallery_simulator.marketplace import Sold
from koogallery_simulator.orders import Customer, OrderLine, OrderType, Purchase, later_by_period
from koogallery_simulator.selling import Selling


class LicenseShopA(Selling):
    """Guide A: the seller makes the licence and answers getLicense with it. ``caller`` has the dialect LicenseA."""

    interface = Interface.LICENSE_A

    def opening(self, line: OrderLine) -> Callback:
        """getLicense, with the buyer in it."""
        return license_a.get_license(line, self._customer(line))

    def buy(self, sold: Sold, *, customer: Customer | None = None) -> tuple[str, str]:
        """Order, then getLicense until it is answered with a licence: instance id and licence."""
        attempt = self._deliver(self.opening(self.order(sold, customer=customer).lines[0]))
        licence = attempt.document.get("license") if attempt.document else ""
        return attempt.instance_id or "", str(licence)

    def renew(self, instance_id: str) -> Attempt:
        """Renewal order, refreshLicense; the licence stays."""
        line = self._line_about(instance_id, OrderType.RENEW)
        expire = line.expire_time or self.marketplace.clock.now()
        return self._deliver(license_a.refresh_license(instance_id, line, expire))

    def expire(self, instance_id: str) -> Attempt:
        """The period is over."""
        return self._deliver(license_a.expire_license(instance_id, self._order_of(instance_id)))

    def release(self, instance_id: str) -> Attempt:
        """The end."""
        return self._deliver(license_a.release_license(instance_id, self._order_of(instance_id)))


class LicenseShopB(Selling):
    """Guide B: the marketplace makes a code; buying calls nobody. ``caller`` has the dialect LicenseB."""

    interface = Interface.LICENSE_B

    def opening(self, line: OrderLine) -> None:
        """Nothing: the marketplace makes the code itself."""

    def buy(self, sold: Sold, *, customer: Customer | None = None, received: bool = True) -> str:
        """Order; the authorization code, which the buyer has got already unless told otherwise."""
        line = self.order(sold, customer=customer).lines[0]
        return self.marketplace.make_license_code(line, received=received).code

    def renew(self, code: str) -> Attempt:
        """Renewal order, refreshLicenseCode; a frozen code is thawed after it."""
        found = self.marketplace.license_code(code)
        line = self._line(found, OrderType.RENEW)
        expire = line.expire_time or self.marketplace.clock.now()
        attempt = self._deliver(license_b.refresh_license_code(code, line, expire))
        if found.frozen:
            self.unfreeze(code)
        return attempt

    def freeze(self, code: str) -> Attempt:
        """Expired beyond the grace period."""
        return self._deliver(license_b.update_license_code_status(code, license_b.FREEZE))

    def unfreeze(self, code: str) -> Attempt:
        """Renewed."""
        return self._deliver(license_b.update_license_code_status(code, license_b.UNFREEZE))

    def release(self, code: str) -> Attempt:
        """The retention period is over."""
        return self._deliver(license_b.release_license_code(code))

    def unsubscribe(self, code: str) -> Attempt:
        """An unsubscription order, then releaseLicenseCode with it."""
        line = self._line(self.marketplace.license_code(code), OrderType.UNSUBSCRIBE)
        return self._deliver(license_b.release_license_code(code, line))

    def _line(self, code: LicenseCode, order_type: OrderType) -> OrderLine:
        start = code.expire_time or self.marketplace.clock.now()
        expire = later_by_period(start, code.line.product) if order_type is OrderType.RENEW else code.expire_time
        purchase = Purchase(code.line.products, code.line.linear_value, code.line.extend_params, expire)
        order = self.marketplace.sell(purchase, order_type=order_type, customer=self._customer(code.line))
        return order.lines[0]


class LicenseShopC(Selling):
    """Guide C: instances like SaaS 2.0; licences are applied for. ``caller`` has the dialect LicenseC."""

    interface = Interface.LICENSE_C

    def opening(self, line: OrderLine) -> Callback:
        """newInstance."""
        return saas_v2.new_instance(line)

    def buy(self, sold: Sold, *, customer: Customer | None = None) -> str:
        """Order, then newInstance; the instance id."""
        return self._deliver(self.opening(self.order(sold, customer=customer).lines[0])).instance_id or ""

    def apply(self, instance_id: str, *, fingerprint: str | None = None, event_id: str | None = None) -> Application:
        """A buyer applies for a licence: getLicenseAsync. What the seller uploads is ``delivered`` later."""
        instance = self.marketplace.instance(instance_id)
        if instance.closed_at is not None:
            raise BadRequest("the instance is released: nobody can apply for a licence")
        event_id = event_id or str(uuid.uuid4())
        application = self.marketplace.license_upload.apply(event_id, instance_id, fingerprint)
        start, end = self.marketplace.clock.now(), instance.expire_time
        callback = license_c.get_license_async(instance_id, event_id, start, end, fingerprint=fingerprint)
        self._deliver(callback)
        return application

    def renew(self, instance_id: str) -> Attempt:
        """Renewal order, refreshInstance."""
        line = self._line_about(instance_id, OrderType.RENEW)
        expire = line.expire_time or self.marketplace.clock.now()
        return self._deliver(saas_v2.refresh_instance(instance_id, line, expire))

    def freeze(self, instance_id: str) -> Attempt:
        """Expired, in arrears, or in violation."""
        return self._deliver(saas_v2.update_instance_status(instance_id, saas_v2.FREEZE))

    def unfreeze(self, instance_id: str) -> Attempt:
        """Renewed or cleared."""
        return self._deliver(saas_v2.update_instance_status(instance_id, saas_v2.UNFREEZE))

    def release(self, instance_id: str) -> Attempt:
        """The end."""
        return self._deliver(saas_v2.release_instance(instance_id))
