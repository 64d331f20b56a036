"""What the guides document for each interface, written from their tables: codes, and those no row leads to, and why.

A kind is a guide or an interface of the bundle; names are those of docs/interfaces.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

Codes = tuple[str, ...]

# SaaS guides 2.0 and 1.0, licence guides, general interface, joint kit: "result codes".
EVERY: Codes = ("000000", "000001", "000002", "000004", "000005")
OF_AN_INSTANCE: Codes = (*EVERY, "000003")
OF_AN_ORDER: Codes = ("000100", "000101", "000102", "000103", "000104", "000105", "000106", "000107")
_NEW: Codes = (*EVERY, *OF_AN_ORDER)
_CHANGES = ("queryInstance", "refreshInstance", "updateInstanceStatus", "releaseInstance")
_SYNCS = ("tenantSync", "applicationSync", "authSync", "singleOrgSync", "allOrgSync")

# docs/seller-interface.yaml
_SELLER: Codes = ("200", "401 unauthorized", "500 state_misconfigured", "503 settings_error")
_BODY: Codes = ("400 malformed_request", "413 body_too_large")
_MARKETPLACE: Codes = (
    "502 marketplace_refused",
    "502 marketplace_unauthorized",
    "503 marketplace_unavailable",
    "503 marketplace_throttled",
    "503 marketplace_answer_unreadable",
)
_REJECTED: Codes = (
    "200 invalid_id",
    "200 invalid_instance_id",
    "200 invalid_package_instance_id",
    "200 invalid_quantity",
    "200 invalid_time",
    "200 unknown_instance",
    "200 unknown_package",
    "200 not_pay_per_use",
    "200 in_future",
    "200 too_old",
    "200 not_yet_opened",
    "200 before_opening",
    "200 instance_released",
    "200 instance_frozen",
    "200 package_released",
    "200 package_frozen",
    "200 after_final_bill",
    "200 conflicting_id",
)
_ANY_CALL: Codes = (
    "400 malformed_event",
    "500 internal_error",
    "500 item_too_large",
    "500 state_text_invalid",
    "503 state_unavailable",
    "503 state_contended",
)

# docs/sign-in.md, "When it does not work"; the auth centre's own errors: joint-operation guide, "OAuth 2.0 API".
_BROWSER: Codes = ("setting", "state_misconfigured")
_CENTRE: Codes = ("sign_in_not_allowed", "auth_centre_failed", "auth_centre_refused")
_CALLBACK: Codes = (
    "303",
    "login_malformed",
    "login_attempt_missing",
    "login_already_used",
    "login_expired",
    *_CENTRE,
    "token_host_refused",
    *_BROWSER,
)

DOCUMENTED: Mapping[str, Mapping[str, Codes]] = {
    "saas-2.0": {
        "newInstance": _NEW,
        **dict.fromkeys((*_CHANGES, "upgradeInstance", "changeInstanceCheck"), OF_AN_INSTANCE),
    },
    "saas-1.0": {
        "newInstance": _NEW,
        **dict.fromkeys(("queryInstance", "refreshInstance", "expireInstance", "instanceStatus"), OF_AN_INSTANCE),
        **dict.fromkeys(("releaseInstance", "upgrade", "upgradeInstance"), OF_AN_INSTANCE),
    },
    "license-a": dict.fromkeys(
        ("getLicense", "refreshLicense", "expireLicense", "expireInstance", "instanceStatus", "releaseLicense"),
        OF_AN_INSTANCE,
    ),
    "license-b": dict.fromkeys(("refreshLicenseCode", "updateLicenseCodeStatus", "releaseLicenseCode"), OF_AN_INSTANCE),
    "license-c": {
        "newInstance": (*EVERY, "000100"),
        **dict.fromkeys(_CHANGES, OF_AN_INSTANCE),
        "getLicenseAsync": (*OF_AN_INSTANCE, "000900", "000901", "000902", "000903"),
    },
    "notify": {"orderNotify": EVERY},
    "kit-2.0": dict.fromkeys(_SYNCS, EVERY),
    "kit-1.0": dict.fromkeys(_SYNCS, EVERY),
    "browser": {
        "GET /login": ("302", "login_malformed", "setting"),
        "GET /login/callback": _CALLBACK,
        **dict.fromkeys(("GET /login/refresh", "POST /login/refresh"), ("303", *_CENTRE, "session_busy", *_BROWSER)),
        **dict.fromkeys(("GET /logout", "POST /logout"), ("303", *_BROWSER)),
    },
    "seller": {
        "POST /seller/usage": (*_SELLER, *_BODY, *_REJECTED, *_ANY_CALL),
        "GET /seller/instances": (*_SELLER, "400 malformed_request", *_ANY_CALL),
        "GET /seller/instances/{instance_id}": (*_SELLER, "404 not_found", *_ANY_CALL),
        "PUT /seller/instances/{instance_id}/access": (*_SELLER, *_BODY, "404 not_found", "409 conflict", *_ANY_CALL),
        "GET /seller/tenants": (*_SELLER, "400 malformed_request", *_ANY_CALL),
        "GET /seller/tenants/{tenant_id}/users": (*_SELLER, "400 malformed_request", "404 not_found", *_ANY_CALL),
        "GET /seller/tenants/{tenant_id}/departments": (*_SELLER, "400 malformed_request", "404 not_found", *_ANY_CALL),
        "POST /seller/licenses/activate": (
            *_SELLER,
            *_BODY,
            *_MARKETPLACE,
            "400 invalid_parameter",
            "404 unknown_license",
            "409 already_activated",
            "409 not_received_yet",
            *_ANY_CALL,
        ),
        "POST /seller/licenses/heartbeat": (
            *_SELLER,
            *_BODY,
            *_MARKETPLACE,
            "400 invalid_parameter",
            "404 unknown_license",
            "409 not_activated",
            *_ANY_CALL,
        ),
        "POST /seller/licenses/usage": (
            *_SELLER,
            *_BODY,
            *_MARKETPLACE,
            "400 invalid_license_in_list",
            "400 invalid_parameter",
            "404 unknown_license",
            "409 not_activated",
            *_ANY_CALL,
        ),
        "GET /seller/licenses/{license_id}": (*_SELLER, "404 not_found", *_ANY_CALL),
        "PUT /seller/licenses/{license_id}": (
            *_SELLER,
            *_BODY,
            "404 not_found",
            "409 license_conflict",
            "409 conflict",
            *_ANY_CALL,
        ),
        "POST /seller/sessions": (*_SELLER, *_BODY, "409 code_refused", *_ANY_CALL),
        "GET /seller/sessions/{session_id}": (*_SELLER, "404 session_ended", *_ANY_CALL),
        "POST /seller/sessions/{session_id}": (
            *_SELLER,
            "404 session_ended",
            "503 auth_centre_failed",
            "503 session_not_confirmed",
            "503 session_busy",
            *_ANY_CALL,
        ),
        "DELETE /seller/sessions/{session_id}": (*_SELLER, *_ANY_CALL),
    },
}


class Never(NamedTuple):
    """Codes that no row of these interfaces leads to, and why."""

    kinds: Codes
    names: Codes
    codes: Codes
    why: str


_SELLERS = tuple(DOCUMENTED["seller"])
NEVER: tuple[Never, ...] = (
    Never(
        ("saas-2.0", "saas-1.0"),
        ("newInstance",),
        OF_AN_ORDER,
        "only the seller's product knows, and it is told behind the answer: newInstance says that provisioning goes on",
    ),
    Never(
        ("license-c",),
        ("newInstance",),
        ("000100",),
        "nothing is allocated: the licence is applied for by getLicenseAsync",
    ),
    Never(("license-c",), ("newInstance",), ("000004",), "there is no access data to wait for: it is open at once"),
    Never(
        ("license-c",),
        ("getLicenseAsync",),
        ("000900", "000901"),
        "the quota and the validity of an order are known to the marketplace alone",
    ),
    Never(("license-c",), ("getLicenseAsync",), ("000004",), "an application is stored and answered 000000"),
    Never(
        ("saas-2.0", "saas-1.0", "license-a", "license-c"),
        (
            "refreshInstance",
            "refreshLicense",
            "updateInstanceStatus",
            "instanceStatus",
            "expireInstance",
            "expireLicense",
            "releaseInstance",
            "releaseLicense",
            "changeInstanceCheck",
        ),
        ("000004",),
        "stored or answered at once, also while the instance is provisioned",
    ),
    Never(
        ("license-b",),
        ("refreshLicenseCode", "updateLicenseCodeStatus", "releaseLicenseCode"),
        ("000004",),
        "stored at once, told behind the answer",
    ),
    Never(
        ("license-b",),
        ("releaseLicenseCode",),
        ("000003",),
        "the marketplace makes the codes: one that was never heard of is released, a released one stays so",
    ),
    Never(("notify",), ("orderNotify",), ("000004",), "stored at once, the order is queried behind the answer"),
    Never(
        ("kit-2.0", "kit-1.0"),
        _SYNCS,
        ("000004",),
        "what does not fit into the time of an answer is stored, answered 000000 and finished behind it",
    ),
    Never(
        ("seller",),
        _SELLERS,
        ("400 malformed_event",),
        "an event that is none of the gateway's does not come through it",
    ),
    Never(
        ("seller",),
        _SELLERS,
        ("500 internal_error", "500 item_too_large", "500 state_text_invalid"),
        "faults of the bundle: limits and texts are checked before anything is stored",
    ),
    Never(
        ("seller",),
        _SELLERS,
        ("503 state_contended",),
        "takes many writers of one instance at the same moment, whom functional/core/test_concurrency.py has",
    ),
    Never(
        ("seller",),
        tuple(name for name in DOCUMENTED["seller"] if name != "POST /seller/usage"),
        ("503 state_unavailable",),
        "answered by the same frame as to POST /seller/usage; every try waits for the store's own time-outs",
    ),
    Never(("seller",), ("POST /seller/licenses/usage",), ("500 state_misconfigured",), "reads and writes no state"),
    Never(
        ("seller",),
        ("POST /seller/sessions/{session_id}",),
        ("503 session_busy",),
        "a valid session that another call refreshes is answered as it is; only /login/refresh may have to wait",
    ),
)


def never(kind: str, name: str) -> set[str]:
    """Codes of an interface that its row does not lead to."""
    return {code for one in NEVER if kind in one.kinds and name in one.names for code in one.codes}
