"""A KooGallery on loopback: sells, signs, repeats, polls, dial-tests, takes usage, bills, and judges every answer.

It is written from the guides alone and never imports the bundle: a second implementation is the point.

    marketplace = Marketplace(keys=Keys(ak="…", sk="…", access=("…",)), clock=SimulatedClock(at))
    with running(marketplace) as url:                                   # MARKETPLACE_ENDPOINT
        shop = Shop(Caller(marketplace, "http://127.0.0.1:8700/saas"))
        (instance_id,) = shop.buy("on-demand")

Every guide at once: ``Shops(marketplace, BundleAddresses.beside("http://127.0.0.1:8700/saas"))`` has ``saas``,
``saas_v1``, ``license_a``, ``license_b``, ``license_c``, ``kit`` and ``kit_v1``; ``tenant_desk`` runs an enterprise.
"""

from koogallery_simulator.auth_centre import AuthCentre
from koogallery_simulator.bill import AbnormalRecord, Bill, UsageRecord
from koogallery_simulator.browser import Browser, Page, WrongPage
from koogallery_simulator.caller import Attempt, Caller, reordered
from koogallery_simulator.catalogue import Catalogue, ChargingMode, Interface, Product
from koogallery_simulator.clock import Clock, ImpatientClock, ShiftedClock, SimulatedClock, SystemClock
from koogallery_simulator.dial_test import DialRun, DialTests
from koogallery_simulator.dialects.saas_v2 import GUIDE, LICENCE_TWIN
from koogallery_simulator.errors import SimulatorError
from koogallery_simulator.faults import CallFault, Faults, RecordFault
from koogallery_simulator.http_messages import Answer, OutgoingRequest, Reply, Request
from koogallery_simulator.instances import Instance
from koogallery_simulator.joint_kit import JointKit
from koogallery_simulator.judge import Judge
from koogallery_simulator.license_codes import LicenseCode
from koogallery_simulator.license_shops import LicenseShopA, LicenseShopB, LicenseShopC
from koogallery_simulator.license_upload import Application, License
from koogallery_simulator.marketplace import Marketplace
from koogallery_simulator.orders import Customer, Order, OrderLine, OrderType, Purchase
from koogallery_simulator.retry import ONCE, RetryPolicy
from koogallery_simulator.selling import NotAccepted, Selling
from koogallery_simulator.server import running, serving
from koogallery_simulator.settings import Keys, read_keys, read_settings_file
from koogallery_simulator.shop import Shop
from koogallery_simulator.shop_v1 import ShopV1
from koogallery_simulator.shops import BundleAddresses, Shops
from koogallery_simulator.tenant_desk import TenantDesk, tenant_desk
from koogallery_simulator.tenants import Department, Tenant, TenantUser, demo_tenant
from koogallery_simulator.transport import NoAnswer, send_over_http
from koogallery_simulator.violations import Violation, Violations

__all__ = [
    "GUIDE",
    "LICENCE_TWIN",
    "ONCE",
    "AbnormalRecord",
    "Answer",
    "Application",
    "Attempt",
    "AuthCentre",
    "Bill",
    "Browser",
    "BundleAddresses",
    "CallFault",
    "Caller",
    "Catalogue",
    "ChargingMode",
    "Clock",
    "Customer",
    "Department",
    "DialRun",
    "DialTests",
    "Faults",
    "ImpatientClock",
    "Instance",
    "Interface",
    "JointKit",
    "Judge",
    "Keys",
    "License",
    "LicenseCode",
    "LicenseShopA",
    "LicenseShopB",
    "LicenseShopC",
    "Marketplace",
    "NoAnswer",
    "NotAccepted",
    "Order",
    "OrderLine",
    "OrderType",
    "OutgoingRequest",
    "Page",
    "Product",
    "Purchase",
    "RecordFault",
    "Reply",
    "Request",
    "RetryPolicy",
    "Selling",
    "ShiftedClock",
    "Shop",
    "ShopV1",
    "Shops",
    "SimulatedClock",
    "SimulatorError",
    "SystemClock",
    "Tenant",
    "TenantDesk",
    "TenantUser",
    "UsageRecord",
    "Violation",
    "Violations",
    "WrongPage",
    "demo_tenant",
    "read_keys",
    "read_settings_file",
    "reordered",
    "running",
    "send_over_http",
    "serving",
    "tenant_desk",
]
