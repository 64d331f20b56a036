"""The control API under ``/simulator/``: what a person or a test tells the running simulator to do.

POST takes ``application/json`` only, so that no web page can make a browser send it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from urllib.parse import urljoin

from koogallery_simulator.clock import ShiftedClock
from koogallery_simulator.control_lives import live
from koogallery_simulator.control_sales import sell, summary
from koogallery_simulator.dial_test import DialTests
from koogallery_simulator.dialects.base import Callback
from koogallery_simulator.documents import Fields
from koogallery_simulator.errors import BadRequest, SimulatorError, UnknownOrder
from koogallery_simulator.fault_requests import add_fault
from koogallery_simulator.faults import RecordFault
from koogallery_simulator.http_messages import Reply, Request, json_reply
from koogallery_simulator.instances import Instance
from koogallery_simulator.orders import OrderLine
from koogallery_simulator.shops import Shops
from koogallery_simulator.tenant_desk import MOST_DEPARTMENTS, TenantDesk

PREFIX = "/simulator/"
MOST_COPIES = 100
MOST_DAYS = 60
LONGEST_ADVANCE = 366 * 86_400


class Control:
    """Routes the control calls; everything else goes to the marketplace itself."""

    def __init__(self, shops: Shops, desk: TenantDesk, clock: ShiftedClock) -> None:
        self._shops = shops
        self._desk = desk
        self._marketplace = shops.marketplace
        self._clock = clock
        self._dial_tests: dict[str, DialTests] = {}
        self._routes: dict[tuple[str, str], Callable[[Fields], object]] = {
            ("GET", "catalogue"): self._catalogue,
            ("GET", "orders"): self._orders,
            ("POST", "orders"): self._sell,
            ("POST", "callbacks"): self._callback,
            ("GET", "instances"): self._instances,
            ("POST", "instances"): self._live,
            ("GET", "faults"): self._faults,
            ("POST", "faults"): self._fault,
            ("DELETE", "faults"): self._no_faults,
            ("GET", "bill"): self._bill,
            ("GET", "violations"): self._violations,
            ("DELETE", "violations"): self._no_violations,
            ("POST", "dial-tests"): self._dial_test,
            ("GET", "licenses"): self._licenses,
            ("POST", "tenant"): self._tenant,
            ("POST", "logins"): self._log_in,
            ("GET", "clock"): self._now,
            ("POST", "clock"): self._advance,
        }

    def handle(self, request: Request) -> Reply:
        """Answer one call of either API."""
        if not request.path.startswith(PREFIX):
            return self._marketplace.handle(request)
        route = self._routes.get((request.method, request.path[len(PREFIX) :]))
        if route is None:
            known = ", ".join(f"{method} {PREFIX}{name}" for method, name in self._routes)
            return json_reply(404, {"error": "unknown_address", "message": f"no such call; there are: {known}"})
        content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if request.method == "POST" and content_type != "application/json":
            return json_reply(415, {"error": "bad_request", "message": "send Content-Type: application/json"})
        try:
            return json_reply(200, route(Fields.of_body(request.body)))
        except SimulatorError as exc:
            return json_reply(400, {"error": exc.code, "message": str(exc)})

    # -------------------------------------------------------------------------------------------------- selling
    def _catalogue(self, fields: Fields) -> object:
        catalogue = self._marketplace.catalogue
        frozen = catalogue.frozen()
        products = {name: catalogue.product(name) for name in catalogue.names()}
        return {name: {**asdict(product), "frozen": product.product_id in frozen} for name, product in products.items()}

    def _orders(self, fields: Fields) -> object:
        return [order.document() for order in self._marketplace.orders()]

    def _sell(self, fields: Fields) -> object:
        return sell(self._shops, fields)

    def _callback(self, fields: Fields) -> object:
        activity, members, test = fields.text("activity"), fields.members("members"), fields.flag("test")
        retry, resend = fields.flag("retry"), fields.flag("resend")
        copies, seed = fields.number("copies", 1, 1, MOST_COPIES), fields.number("seed", 0, 0, 2**31)
        caller = self._shops.caller(fields.text("dialect", "saas-2"))
        fields.done()
        callback = Callback(activity, members, test, self._line_of(members))
        attempts = caller.deliver(callback) if retry else caller.deliver_all([callback], seed=seed, copies=copies)
        if resend:
            attempts.append(caller.resend(attempts[-1]))
        return [summary(attempt) for attempt in attempts]

    def _line_of(self, members: dict[str, object]) -> OrderLine | None:
        line_id = members.get("orderLineId")
        try:
            return self._marketplace.line(line_id) if isinstance(line_id, str) else None
        except UnknownOrder:
            return None

    def _instances(self, fields: Fields) -> object:
        return [instance_document(instance) for instance in self._marketplace.instances()]

    def _live(self, fields: Fields) -> object:
        return summary(live(self._shops, fields))

    def _licenses(self, fields: Fields) -> object:
        """Authorization codes, and what was uploaded for applications; contents of licences are not shown."""
        now = self._marketplace.clock.now()
        codes = [{"license_code": one.code, **one.facts(now)} for one in self._marketplace.license_codes.all()]
        applications = [
            {"event_id": one.event_id, "instance_id": one.instance_id, "delivered": one.delivered is not None}
            for one in self._marketplace.license_upload.applications.values()
        ]
        return {"codes": codes, "applications": applications}

    # ---------------------------------------------------------------------------------------------------- tenant
    def _tenant(self, fields: Fields) -> object:
        event, user = fields.text("event"), fields.text("user", "user.two")
        instance_id, count = fields.text("instance_id", ""), fields.number("count", 100, 1, MOST_DEPARTMENTS)
        fields.done()
        attempts = self._desk.happen(event, instance_id=instance_id, user=user, count=count)
        return [summary(attempt) for attempt in attempts]

    def _log_in(self, fields: Fields) -> object:
        user = fields.text("user", "user.two")
        fields.done()
        page = self._desk.log_in(urljoin(self._shops.kit.caller.addresses.production, "/login"), user)
        location = page.location.partition("?")[0]
        return {"status": page.status, "url": page.url.partition("?")[0], "location": location}

    # ------------------------------------------------------------------------------------- faults, bill, verdicts
    def _faults(self, fields: Fields) -> object:
        return [
            {
                "kind": fault.kind if isinstance(fault, RecordFault) else fault.action,
                "code": fault.code,
                "left": fault.times - fault.used,
            }
            for fault in self._marketplace.faults.pending()
        ]

    def _fault(self, fields: Fields) -> object:
        add_fault(self._marketplace.faults, fields)
        return {"pending": len(self._marketplace.faults.pending())}

    def _no_faults(self, fields: Fields) -> object:
        self._marketplace.faults.clear()
        return {"pending": 0}

    def _bill(self, fields: Fields) -> object:
        return self._marketplace.bill.document()

    def _violations(self, fields: Fields) -> object:
        return [
            {"rule": one.rule, "detail": one.detail, "at": one.at.isoformat()}
            for one in self._marketplace.violations.all()
        ]

    def _no_violations(self, fields: Fields) -> object:
        self._marketplace.violations.clear()
        return []

    def _dial_test(self, fields: Fields) -> object:
        days, dialect = fields.number("days", 0, 0, MOST_DAYS), fields.text("dialect", "saas-2")
        fields.done()
        caller = self._shops.caller(dialect)
        tests = self._dial_tests.setdefault(dialect, DialTests(caller))
        runs = tests.run_days(days) if days else [tests.run()]
        return {
            "passed": all(run.passed for run in runs),
            "runs": [{"passed": run.passed, "failed": [summary(one) for one in run.failed]} for run in runs],
            "failing_days_in_a_row": tests.failing_days,
            "frozen_products": sorted(self._marketplace.catalogue.frozen()),
        }

    # ----------------------------------------------------------------------------------------------------- time
    def _now(self, fields: Fields) -> object:
        return {"now": self._clock.now().isoformat()}

    def _advance(self, fields: Fields) -> object:
        seconds = fields.number("advance_seconds", 0, 0, LONGEST_ADVANCE)
        fields.done()
        if not seconds:
            raise BadRequest("advance_seconds must be a whole number above 0: the clock never goes back")
        self._clock.advance(seconds)
        return self._now(fields)


def instance_document(instance: Instance) -> dict[str, object]:
    """An instance as JSON."""
    return {
        "instance_id": instance.instance_id,
        "order_line_id": instance.line.order_line_id,
        "charging_mode": instance.mode.value,
        "product_id": instance.product.product_id,
        "status": instance.status,
        "opened_at": instance.opened_at.isoformat(),
        "expire_time": instance.expire_time.isoformat() if instance.expire_time else None,
        "closed_at": instance.closed_at.isoformat() if instance.closed_at else None,
    }
