"""The saved debugging cases of each guide: mock orders, ids typed by hand, testFlag 1."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone

from koogallery_simulator.caller import Caller
from koogallery_simulator.catalogue import LICENSE_A, PERIOD_MONTH, V1_ON_DEMAND, V1_YEAR, Product
from koogallery_simulator.dialects import kit, license_a, license_b, license_c, saas_v1, saas_v2
from koogallery_simulator.dialects.base import Callback
from koogallery_simulator.joint_kit import JointKit
from koogallery_simulator.orders import Customer, OrderLine, OrderType, Purchase, make_order
from koogallery_simulator.tenants import demo_tenant

TYPED_BY_HAND = "huaiweitest123456"
TYPED_ORDER = "CS1906666666ABCDE"
TYPED_CODE = "PLTEST01"
TYPED_EVENT = "event123456"
MACHINE = (("identificationCode", "machine-0001"),)
_EXPIRY = datetime(2030, 11, 24, 2, 36, 18, tzinfo=timezone.utc)


def saved_cases(caller: Caller) -> list[Callback]:
    """One debugging case or more for every activity of the caller's dialect."""
    return _CASES[caller.dialect.name](caller)


def _line(order_id: str, product: Product = PERIOD_MONTH) -> OrderLine:
    return make_order(OrderType.NEW, [Purchase((product,), None, MACHINE)], _EXPIRY, Customer(), order_id).lines[0]


def _saas_v2(caller: Caller) -> list[Callback]:
    new, renew, change = (_line(name) for name in ("MOCKPERIODYEARNEW", "MOCKMONTYRENEW", "MOCKMONTYCHANGE"))
    cases = [
        saas_v2.new_instance(new, test=True),
        saas_v2.new_instance(_line("MOCKONDEMAND"), test=True),
        saas_v2.query_instance(TYPED_BY_HAND, test=True),
        *(saas_v2.refresh_instance(TYPED_BY_HAND, renew, _EXPIRY, scene, test=True) for scene in saas_v2.SCENES),
        saas_v2.update_instance_status(TYPED_BY_HAND, saas_v2.FREEZE, test=True),
        saas_v2.update_instance_status(TYPED_BY_HAND, saas_v2.UNFREEZE, test=True),
        saas_v2.upgrade_instance(TYPED_BY_HAND, change, test=True),
        saas_v2.change_instance_check(TYPED_BY_HAND, PERIOD_MONTH, test=True),
        saas_v2.release_instance(TYPED_BY_HAND, test=True),
    ]
    return [*cases, saas_v2.order_notify(new, test=True)] if caller.marketplace.keys.notify else cases


def _saas_v1(caller: Caller) -> list[Callback]:
    line = _line(TYPED_ORDER, V1_YEAR)
    return [
        saas_v1.new_instance(line, Customer(), test=True),
        saas_v1.new_instance(_line(TYPED_ORDER, V1_ON_DEMAND), Customer(), test=True),
        saas_v1.query_instance(TYPED_BY_HAND, test=True),
        saas_v1.refresh_instance(TYPED_BY_HAND, line, _EXPIRY, test=True),
        saas_v1.refresh_instance(TYPED_BY_HAND, line, _EXPIRY, order_amount="-12.5", test=True),
        saas_v1.refresh_instance(TYPED_BY_HAND, line, _EXPIRY, trial_to_formal=True, test=True),
        saas_v1.expire_instance(TYPED_BY_HAND, test=True),
        saas_v1.instance_status(TYPED_BY_HAND, saas_v1.FREEZE, test=True),
        saas_v1.instance_status(TYPED_BY_HAND, saas_v1.NORMAL, test=True),
        saas_v1.upgrade(TYPED_BY_HAND, line, test=True),
        saas_v1.release_instance(TYPED_BY_HAND, test=True),
    ]


def _license_a(caller: Caller) -> list[Callback]:
    line = _line(TYPED_ORDER, LICENSE_A)
    return [
        license_a.get_license(line, Customer(), test=True),
        license_a.refresh_license(TYPED_BY_HAND, line, _EXPIRY, test=True),
        license_a.expire_license(TYPED_BY_HAND, TYPED_ORDER, test=True),
        license_a.release_license(TYPED_BY_HAND, TYPED_ORDER, test=True),
    ]


def _license_b(caller: Caller) -> list[Callback]:
    line = _line(TYPED_ORDER)
    cancelled = license_b.UNSUBSCRIBE_RENEWAL_PERIOD
    return [
        license_b.refresh_license_code(TYPED_CODE, line, _EXPIRY, test=True),
        license_b.refresh_license_code(TYPED_CODE, line, _EXPIRY, cancelled, test=True),
        license_b.update_license_code_status(TYPED_CODE, license_b.FREEZE, test=True),
        license_b.update_license_code_status(TYPED_CODE, license_b.UNFREEZE, test=True),
        license_b.release_license_code(TYPED_CODE, test=True),
    ]


def _license_c(caller: Caller) -> list[Callback]:
    line = _line("MOCKPERIODYEARNEW")
    return [
        saas_v2.new_instance(line, test=True),
        saas_v2.refresh_instance(TYPED_BY_HAND, line, _EXPIRY, test=True),
        saas_v2.update_instance_status(TYPED_BY_HAND, saas_v2.FREEZE, test=True),
        saas_v2.update_instance_status(TYPED_BY_HAND, saas_v2.UNFREEZE, test=True),
        license_c.get_license_async(
            TYPED_BY_HAND, TYPED_EVENT, _EXPIRY.replace(year=2029), _EXPIRY, fingerprint="machine-0001", test=True
        ),
        saas_v2.release_instance(TYPED_BY_HAND, test=True),
    ]


def _kit(caller: Caller) -> list[Callback]:
    speaker, tenant = JointKit(caller), demo_tenant("https://acme.example.com", app_id="app-debug", number=9999)
    users, department = list(tenant.users.values()), tenant.departments["00000002"]
    return [
        speaker.tenant_sync(tenant, test=True),
        speaker.application_sync(tenant, test=True),
        speaker.all_org_sync(tenant, test=True),
        speaker.auth_sync(tenant, users, test=True),
        speaker.auth_sync(tenant, users, kit.DELETE, test=True),
        speaker.single_org_sync(tenant, department, test=True),
        speaker.single_org_sync(tenant, department, kit.DELETE, test=True),
        speaker.application_sync(tenant, kit.DELETE, test=True),
        speaker.tenant_sync(tenant, kit.DELETE, test=True),
    ]


_CASES: dict[str, Callable[[Caller], list[Callback]]] = {
    "saas-2": _saas_v2,
    "saas-1": _saas_v1,
    "license-a": _license_a,
    "license-b": _license_b,
    "license-c": _license_c,
    "kit-2": _kit,
    "kit-1": _kit,
}
