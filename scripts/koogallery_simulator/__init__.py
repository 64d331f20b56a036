"""A KooGallery on loopback: sells, signs, repeats, polls, dial-tests, takes usage, bills, and judges every answer.

It is written from the guides alone and never imports the bundle: a second implementation is the point.

    marketplace = Marketplace(keys=Keys(ak="…", sk="…", access=("…",)), clock=SimulatedClock(at))
    with running(marketplace) as url:                                   # MARKETPLACE_ENDPOINT
        shop = Shop(Caller(marketplace, "http://127.0.0.1:8700/saas"))
        (instance_id,) = shop.buy("on-demand")
"""

from koogallery_simulator.bill import AbnormalRecord, Bill, UsageRecord
from koogallery_simulator.caller import Attempt, Caller, reordered
from koogallery_simulator.catalogue import Catalogue, ChargingMode, Product
from koogallery_simulator.clock import Clock, ImpatientClock, ShiftedClock, SimulatedClock, SystemClock
from koogallery_simulator.dial_test import DialRun, DialTests
from koogallery_simulator.dialects.saas_v2 import GUIDE, LICENCE_TWIN
from koogallery_simulator.errors import SimulatorError
from koogallery_simulator.faults import CallFault, Faults, RecordFault
from koogallery_simulator.http_messages import Reply, Request
from koogallery_simulator.instances import Instance
from koogallery_simulator.judge import Judge
from koogallery_simulator.marketplace import Marketplace
from koogallery_simulator.orders import Customer, Order, OrderLine, OrderType, Purchase
from koogallery_simulator.retry import ONCE, RetryPolicy
from koogallery_simulator.server import running
from koogallery_simulator.settings import Keys, read_keys, read_settings_file
from koogallery_simulator.shop import NotAccepted, Shop
from koogallery_simulator.transport import Answer, NoAnswer, send_over_http
from koogallery_simulator.violations import Violation, Violations

__all__ = [
    "GUIDE",
    "LICENCE_TWIN",
    "ONCE",
    "AbnormalRecord",
    "Answer",
    "Attempt",
    "Bill",
    "CallFault",
    "Caller",
    "Catalogue",
    "ChargingMode",
    "Clock",
    "Customer",
    "DialRun",
    "DialTests",
    "Faults",
    "ImpatientClock",
    "Instance",
    "Judge",
    "Keys",
    "Marketplace",
    "NoAnswer",
    "NotAccepted",
    "Order",
    "OrderLine",
    "OrderType",
    "Product",
    "Purchase",
    "RecordFault",
    "Reply",
    "Request",
    "RetryPolicy",
    "ShiftedClock",
    "Shop",
    "SimulatedClock",
    "SimulatorError",
    "SystemClock",
    "UsageRecord",
    "Violation",
    "Violations",
    "read_keys",
    "read_settings_file",
    "reordered",
    "running",
    "send_over_http",
]
