"""All checks in their order: offline, the account, the production address from outside."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from bundle_template import TemplateError
from doctor import asking, certificate, clock_skew, finding, outside, parameter_checks
from doctor.account import CHECKS, Account, Progress, check_account
from doctor.certificate import CertificateSeen
from doctor.errors import CertificateRefused, NotReached, ProbeFailed
from doctor.finding import Finding, Verdict
from doctor.route_checks import check_routes
from doctor.setting_checks import check_settings
from doctor.setting_forms import check_forms
from doctor.subject import Subject
from koogallery.clock import Clock

CLOCK_SOURCE = "https://mkt.myhuaweicloud.com"


@dataclass(frozen=True)
class World:
    """What the run may look at. ``account`` is None without credentials; ``address`` replaces https://<domain>."""

    account: Account | None
    sender: outside.Sender
    certificate: Callable[[str, int], CertificateSeen]
    clock: Clock
    address: str | None


def diagnose(subject: Subject, given: Mapping[str, str], world: World, progress: Progress) -> list[Finding]:
    """Every finding of a run."""
    findings = check_offline(subject, given)
    progress("comparing the clock")
    findings.append(check_clock(subject, world))
    deployed = None
    if world.account is None:
        findings += asking.unasked(CHECKS)
    else:
        seen, deployed = check_account(subject, world.account, progress)
        findings += seen
    return findings + _outside(subject, world, deployed=deployed, progress=progress)


def check_offline(subject: Subject, given: Mapping[str, str]) -> list[Finding]:
    """What needs neither network nor credentials."""
    counts = f"{len(subject.bundle.components)} functions, {len(subject.bundle.routes)} routes"
    findings = [
        finding.ok("template.valid", f"{subject.bundle.path.name}: {counts}"),
        *parameter_checks.check_parameters(subject, given),
        *check_settings(subject),
        *check_forms(subject),
        *check_routes(subject.bundle),
    ]
    if all(one.verdict is not Verdict.PROBLEM for one in findings if one.check.startswith("parameters.")):
        findings += _resolved(subject)
    return findings


def template_refused(error: TemplateError) -> list[Finding]:
    """A template that cannot be read: one finding for each fault, and nothing else can be checked."""
    todo = "correct the line; nothing else was checked"
    return [
        finding.problem("template.valid", f"{error.path.name}:{fault.line}: {fault.text}", todo)
        for fault in error.problems
    ]


def _resolved(subject: Subject) -> list[Finding]:
    known = {name: text for name, text in subject.parameters.items() if name in subject.bundle.parameters}
    try:
        subject.bundle.resolved(known)
    except TemplateError as error:
        todo = "correct the value in the file given with --parameters"
        return [finding.problem("parameters.fit", fault.text, todo) for fault in error.problems]
    return []


def check_clock(subject: Subject, world: World) -> Finding:
    """Against the marketplace, whose signatures are valid for a minute."""
    source = subject.settings.get("MARKETPLACE_ENDPOINT", "")
    source = source.rstrip("/") if source.startswith("https://") else CLOCK_SOURCE
    before = world.clock.now()
    try:
        answer = world.sender.send("GET", f"{source}/", {}, b"")
    except ProbeFailed as error:
        todo = "run the doctor where the network is, or compare the clock yourself: a minute is all that is allowed"
        return finding.not_checked("clock.skew", f"{source}: {error}", todo)
    middle = before + (world.clock.now() - before) / 2
    return clock_skew.check_clock(source, middle, clock_skew.parse_date(answer.headers.get("date")))


def _outside(subject: Subject, world: World, *, deployed: bool | None, progress: Progress) -> list[Finding]:
    address = world.address or (f"https://{subject.domain}" if subject.domain else None)
    if address is None:
        todo = "give the domain with --parameters, or an address with --address"
        return [finding.not_checked("outside.calls", "the production address is not known", todo)]
    if deployed is False:
        return [finding.not_checked("outside.calls", "nothing is deployed yet", "run ./scripts/deploy apply")]
    progress(f"calling {address} as a dial test does")
    trusted, goes_on = _certificate(address, world)
    if not goes_on:
        return trusted
    calls = outside.check_routes_outside(subject.bundle, subject.settings, address, world.sender, world.clock.now)
    return trusted + calls


def _certificate(address: str, world: World) -> tuple[list[Finding], bool]:
    """Findings, and whether a call can be made at all."""
    parts = urlsplit(address)
    if parts.scheme != "https":
        return [], True
    host, port = parts.hostname or "", parts.port or certificate.HTTPS_PORT
    try:
        seen = world.certificate(host, port)
    except CertificateRefused as error:
        return [certificate.check_refusal(error)], False
    except NotReached as error:
        return [outside.unreachable(address, error)], False
    findings = [certificate.check_certificate(host, seen, world.clock.now())]
    if port != certificate.HTTPS_PORT:
        todo = "the marketplace calls port 443 and no other"
        findings.append(finding.problem("outside.port", f"the address has port {port}", todo))
    return findings, True
