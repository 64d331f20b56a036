"""The routes: how many policy backends they need, and how that stands against the gateway's quota."""

from __future__ import annotations

from bundle_template import Bundle
from bundle_template.gateway import policies_of
from doctor import finding
from doctor.control_plane import GatewayLimits
from doctor.finding import Finding

USUAL_POLICIES = 5
USUAL_APIS = 250
USUAL_AUTHORIZERS = 50
"""APIG, quotas of a new gateway; all of them are adjustable."""
MORE = "open a service ticket for a larger quota of this gateway, or set through: front_door on routes of template.yaml"


def check_routes(bundle: Bundle) -> list[Finding]:
    """What can be said without asking the gateway."""
    counts = [len(policies_of(route)) for route in bundle.routes]
    most, total = max(counts, default=0), sum(counts)
    apis, authorizers = len(bundle.routes), len(bundle.authorizers)
    seen = f"{apis} APIs, {authorizers} authorizers, {total} policy backends, at most {most} on one API"
    if apis > USUAL_APIS or authorizers > USUAL_AUTHORIZERS or most > USUAL_POLICIES:
        usual = f"a new gateway has {USUAL_APIS} APIs, {USUAL_AUTHORIZERS} authorizers, {USUAL_POLICIES} policies"
        return [finding.problem("routes.size", f"{seen}; {usual}", MORE)]
    return [finding.ok("routes.size", seen), _static_archive()]


def _static_archive() -> Finding:
    seen = "nothing is decided from the archive: it is only ever written, without a condition"
    return finding.ok("archive.conditions", seen)


def check_quotas(bundle: Bundle, limits: GatewayLimits) -> list[Finding]:
    """Against what the gateway says of itself."""
    counts = [len(policies_of(route)) for route in bundle.routes]
    most, total = max(counts, default=0), sum(counts)
    return [
        _against("quota.policies", f"policy backends on one API ({total} on all)", most, limits.policies_of_an_api),
        _against("quota.apis", "APIs", len(bundle.routes), limits.apis),
        _against("quota.authorizers", "authorizers", len(bundle.authorizers), limits.authorizers),
        *_per_instance(total, limits.policies_of_an_api),
    ]


def _against(check: str, what: str, needed: int, limit: int | None) -> Finding:
    if limit is None:
        todo = "look in the APIG console under Gateway Information > Configurations"
        return finding.not_checked(check, f"{needed} {what} are needed; the gateway does not tell its quota", todo)
    if needed > limit:
        return finding.problem(check, f"{needed} {what} are needed, the gateway allows {limit}", MORE)
    return finding.ok(check, f"{needed} {what} of {limit}")


def _per_instance(total: int, limit: int | None) -> list[Finding]:
    # Two pages of APIG disagree: policies of an API (apig-bp-0046) or of a gateway (apig-pd-180307005).
    if limit is None or total <= limit:
        return []
    seen = f"{total} policy backends over all APIs are more than {limit}, which may count per gateway"
    todo = f"if apply is refused at a policy backend: {MORE}"
    return [finding.warning("quota.policies_per_gateway", seen, todo)]
