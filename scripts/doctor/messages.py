"""The marketplace's debugging messages, one or more for each activity of each guide. All carry testFlag 1.

Members after the field tables of SaaS guides V2.0 and V1.0, the three licence guides and the joint kit. Orders are
the mock orders, ids what people type by hand: a debug call is answered whatever they are.
"""

from __future__ import annotations

from collections.abc import Mapping

Members = Mapping[str, object]
INSTANCE = "huaiweitest123456"
EXPIRY = "20301124023618"
_PRODUCT = "OFFI000000000000000001"
_SCENES = ("TRIAL_TO_FORMAL", "RENEWAL", "UNSUBSCRIBE_RENEWAL_PERIOD", "RENEWAL_CHANGE")
_TENANT = {"instanceId": "", "tenantId": "doctor-tenant"}
_DEPARTMENT = {"orgCode": "00000001", "orgName": "Doctor", "parentCode": ""}
_ADD = 1


def _order(name: str) -> dict[str, object]:
    return {"orderId": name, "orderLineId": f"{name}-000001"}


def _about(activity: str, **members: object) -> dict[str, object]:
    return {"activity": activity, "instanceId": INSTANCE, **members}


def saas_v2() -> list[Members]:
    """All activities of the production address, 2.0."""
    return [
        {"activity": "newInstance", "businessId": "doctor-business", **_order("MOCKPERIODYEARNEW")},
        _about("queryInstance"),
        *(
            _about("refreshInstance", scene=scene, expireTime=EXPIRY, productId=_PRODUCT, **_order("MOCKMONTYRENEW"))
            for scene in _SCENES
        ),
        _about("updateInstanceStatus", status="FREEZE"),
        _about("updateInstanceStatus", status="UNFREEZE"),
        _about("upgradeInstance", **_order("MOCKMONTYCHANGE")),
        _about("changeInstanceCheck", productInfo={"productId": _PRODUCT, "skuCode": "sku-1"}),
        _about("releaseInstance"),
    ]


def saas_v1() -> list[Members]:
    """All activities of the production address, 1.0."""
    return [
        {"activity": "newInstance", "businessId": "doctor-business", **_purchase()},
        _about("queryInstance"),
        _about("refreshInstance", orderId="CS1906666666ABCDE", expireTime=EXPIRY, productId="00301-1--0"),
        _about("expireInstance"),
        _about("instanceStatus", instanceStatus="FREEZE"),
        _about("instanceStatus", instanceStatus="NORMAL"),
        _about("upgrade", orderId="CS1906666666ABCDE", productId="00301-1--0", skuCode="sku-2", amount="2"),
        _about("releaseInstance"),
    ]


def license_a() -> list[Members]:
    """The old licence guide."""
    return [
        {"activity": "getLicense", "businessId": "doctor-business", **_purchase()},
        _about("refreshLicense", orderId="CS1906666666ABCDE", expireTime=EXPIRY, productId="00301-1--0"),
        _about("expireLicense", orderId="CS1906666666ABCDE"),
        _about("releaseLicense", orderId="CS1906666666ABCDE"),
    ]


def _purchase() -> dict[str, object]:
    return {
        "customerId": "doctor-customer",
        "customerName": "Doctor",
        "orderId": "CS1906666666ABCDE",
        "productId": "00301-1--0",
        "skuCode": "sku-1",
        "expireTime": EXPIRY,
        "chargingMode": "1",
        "provisionType": "1",
    }


def license_b() -> list[Members]:
    """The authorization code guide."""
    code = {"license": "PLTEST01"}
    renewal = {"scene": "RENEWAL", "expireTime": EXPIRY, "productId": _PRODUCT, **_order("MOCKMONTYRENEW")}
    return [
        {"activity": "refreshLicenseCode", **code, **renewal},
        {"activity": "updateLicenseCodeStatus", **code, "status": "FREEZE"},
        {"activity": "updateLicenseCodeStatus", **code, "status": "UNFREEZE"},
        {"activity": "releaseLicenseCode", **code},
    ]


def license_c() -> list[Members]:
    """The client software guide: instance callbacks at the licence address, and getLicenseAsync."""
    times = {"effectiveTime": "2029-11-24 02:36:18 z", "expireTime": EXPIRY}
    return [
        {"activity": "newInstance", "businessId": "doctor-business", **_order("MOCKPERIODYEARNEW")},
        _about("queryInstance"),
        _about("refreshInstance", scene="RENEWAL", expireTime=EXPIRY, **_order("MOCKMONTYRENEW")),
        _about("updateInstanceStatus", status="FREEZE"),
        _about("getLicenseAsync", eventId="event123456", deviceFingerprint="machine-0001", **times),
        _about("releaseInstance"),
    ]


def order_notify() -> list[Members]:
    """The general interface."""
    return [{"activity": "orderNotify", **_order("MOCKPERIODYEARNEW")}]


def kit(client_secret: str | None) -> list[tuple[str, Members]]:
    """(sync, body) of the joint kit; without a client secret no application is synchronised."""
    application = {**_TENANT, "appId": "doctor-app", "clientId": "doctor-client", "flag": _ADD}
    user = {"userName": "doctor", "name": "Doctor", "orgCode": "00000001", "role": "user", "enable": "true"}
    enterprise = {"tenantCode": "doctor", "name": "Doctor", "domainName": "https://doctor.example.com"}
    syncs: list[tuple[str, Members]] = [
        ("tenantSync", {**_TENANT, "orderId": "", **enterprise, "flag": _ADD}),
        ("authSync", {**_TENANT, "appId": "doctor-app", "userList": [user], "flag": _ADD}),
        ("singleOrgSync", {**_TENANT, **_DEPARTMENT, "flag": _ADD}),
        ("allOrgSync", {**_TENANT, "orgInfoList": [_DEPARTMENT]}),
    ]
    if client_secret:
        syncs.insert(1, ("applicationSync", {**application, "clientSecret": client_secret}))
    return syncs
