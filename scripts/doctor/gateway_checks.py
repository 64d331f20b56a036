"""The gateway: there, running, with what the routes need, and with the domain of the production address."""

from __future__ import annotations

from bundle_template import Bundle
from bundle_template.gateway import backends_of
from doctor import finding
from doctor.control_plane import DomainSeen, GatewaySeen, GroupSeen
from doctor.finding import Finding

RUNNING = "Running"
LONG_BACKENDS = "backend_timeout"
MAX_BACKEND_SECONDS = 60
"""A backend may take a minute; longer only with the feature ``backend_timeout`` (APIG, instance features)."""
CONSOLE = "APIG console"


def check_gateway(instance_id: str, gateway: GatewaySeen | None) -> Finding:
    """A dedicated gateway; the shared one takes no new users."""
    check = "gateway.running"
    if gateway is None:
        todo = f"{CONSOLE} > Gateways: copy the ID of a dedicated gateway of this region into gatewayInstanceId"
        return finding.problem(check, f"this project has no gateway {instance_id}", todo)
    if gateway.status != RUNNING:
        todo = f"{CONSOLE} > Gateways > {gateway.name}: wait until it runs, or restart it"
        return finding.problem(check, f"{gateway.name} is {gateway.status or 'in no state'}", todo)
    if not gateway.public_address:
        todo = f"{CONSOLE} > Gateways > {gateway.name}: enable public inbound access with an EIP"
        seen = f"{gateway.name} runs but has no public address: the marketplace cannot reach it"
        return finding.problem(check, seen, todo)
    return finding.ok(check, f"{gateway.name} ({gateway.spec}) runs at {gateway.public_address}")


def check_features(bundle: Bundle, features: frozenset[str]) -> Finding:
    """An authorizer with body and text context needs a dedicated gateway and no feature besides."""
    check = "gateway.features"
    behind = {name for route in bundle.routes for name in backends_of(route)}
    slow = [name for name in sorted(behind) if bundle.components[name].timeout > MAX_BACKEND_SECONDS]
    if slow and LONG_BACKENDS not in features:
        todo = f"enable the feature {LONG_BACKENDS} of the gateway, or shorten the timeout of these functions"
        return finding.warning(check, f"may take longer than a minute behind a route: {', '.join(slow)}", todo)
    return finding.ok(check, "custom authorizers with body and context: part of every dedicated gateway")


def check_group(domain: str | None, name: str, group: GroupSeen | None) -> list[Finding]:
    """The domain is bound with a certificate, the debug domain is shut."""
    if group is None:
        todo = "run ./scripts/deploy apply"
        return [finding.not_checked("gateway.domain", f"there is no API group {name} yet", todo)]
    return [_bound(domain, group), _debug_domain(group)]


def _bound(domain: str | None, group: GroupSeen) -> Finding:
    check = "gateway.domain"
    bound = {one.name: one for one in group.domains}
    if domain is None:
        return finding.not_checked(check, "the domain is not given", "give it with --parameters")
    if domain not in bound:
        seen = f"{domain} is not bound to the API group; bound are: {', '.join(sorted(bound)) or 'none'}"
        return finding.problem(check, seen, "run ./scripts/deploy apply")
    return _domain(bound[domain])


def _domain(seen: DomainSeen) -> Finding:
    check = "gateway.domain"
    if not seen.has_certificate:
        todo = f"{CONSOLE} > API Groups > Domain Names: bind the certificate, or set certificateId and run apply"
        return finding.problem(check, f"{seen.name} has no certificate at the gateway", todo)
    if seen.least_tls == "TLSv1.1":
        todo = f"{CONSOLE} > API Groups > Domain Names: set the least TLS version to 1.2"
        return finding.warning(check, f"{seen.name} still takes TLS 1.1", todo)
    if not seen.resolved:
        todo = "at your DNS provider: a CNAME record to the group's debug domain, or an A record to the gateway's EIP"
        return finding.warning(check, f"the gateway does not see that {seen.name} leads to it", todo)
    return finding.ok(check, f"{seen.name} is bound, with a certificate")


def _debug_domain(group: GroupSeen) -> Finding:
    check = "gateway.debug_domain"
    if group.debug_domain_open:
        todo = f"{CONSOLE} > API Groups > Domain Names: switch the debug domain off; ./scripts/deploy apply does it too"
        return finding.warning(check, f"the debug domain {group.debug_domain} still answers", todo)
    return finding.ok(check, "the debug domain is shut")
