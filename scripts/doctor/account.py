"""Everything that needs credentials: the account before deploying, and the deployed copy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bundle_template import Timer
from bundle_template.naming import ALIAS
from bundle_template.user_data import REFERENCE
from doctor import (
    archive_checks,
    finding,
    function_checks,
    gateway_checks,
    route_checks,
    timer_checks,
)
from doctor.asking import ask, given_up
from doctor.control_plane import ControlPlane, FunctionSeen, Objects
from doctor.errors import ProbeFailed
from doctor.finding import Finding
from doctor.subject import Subject
from koogallery.clock import Clock

Progress = Callable[[str], None]
CHECKS = (
    "account.credentials",
    "quota.functions",
    "quota.policies",
    "gateway.running",
    "gateway.domain",
    "functions.there",
    "logs.group",
    "agencies.network",
    "inside.table",
    "inside.marketplace",
    "inside.webhook",
    "inside.archive",
    "timer.ran",
    "archive.bucket",
    "dead_letters.calls",
    "dead_letters.events",
)


@dataclass(frozen=True)
class Account:
    """What is asked. ``objects`` is None when the template has no bucket or its name is not given."""

    control: ControlPlane
    objects: Objects | None
    clock: Clock


def check_account(subject: Subject, account: Account, progress: Progress) -> tuple[list[Finding], bool | None]:
    """All findings of the account, and whether anything of the copy is deployed; None when that cannot be told."""
    progress("asking FunctionGraph")
    functions, findings = _functions(subject, account.control)
    if functions is None:
        return [*findings, *given_up(CHECKS[1:], CHECKS[0])], None
    progress("asking the gateway")
    findings += _gateway(subject, account.control)
    findings += _logs(subject, account.control, deployed=bool(functions))
    findings += _secrets(subject, account.control)
    if functions:
        progress("calling prepare_state in the VPC")
        findings += _inside(subject, account.control, functions)
        progress("asking for timers and metrics")
        findings += _timers(subject, account, functions)
    if account.objects is not None:
        progress("looking into the archive bucket")
        findings += _archive(subject, account.objects)
    return findings, bool(functions)


def _functions(subject: Subject, control: ControlPlane) -> tuple[Sequence[FunctionSeen] | None, list[Finding]]:
    seen: list[FunctionSeen] = []

    def look() -> list[Finding]:
        seen.extend(control.functions(subject.function_name("")))
        return [finding.ok("account.credentials", "the credentials work: FunctionGraph answered")]

    findings = ask("account.credentials", "functiongraph", look)
    if findings[0].verdict is not finding.Verdict.OK:
        return None, findings
    quota = ask(
        "quota.functions",
        "functiongraph",
        lambda: [function_checks.check_function_quota(subject, control.quotas(), seen)],
    )
    return seen, [*findings, *quota, *function_checks.check_functions(subject, seen)]


def _gateway(subject: Subject, control: ControlPlane) -> list[Finding]:
    instance = subject.gateway_id
    if instance is None:
        return [finding.not_checked("gateway.running", "the gateway is not given", "give it with --parameters")]

    def look() -> list[Finding]:
        gateway = control.gateway(instance)
        first = gateway_checks.check_gateway(instance, gateway)
        if gateway is None:
            return [first]
        return [
            first,
            gateway_checks.check_features(subject.bundle, control.gateway_features(instance)),
            *route_checks.check_quotas(subject.bundle, control.gateway_limits(instance)),
            *gateway_checks.check_group(subject.domain, subject.group, control.group(instance, subject.group)),
        ]

    return ask("gateway.running", "apig", look)


def _logs(subject: Subject, control: ControlPlane, *, deployed: bool) -> list[Finding]:
    if subject.bundle.log_group is None:
        return []

    def look() -> list[Finding]:
        there = control.has_log_group(subject.group)
        return [function_checks.check_log_group(subject.group, there=there, deployed=deployed)]

    return ask("logs.group", "lts", look)


def _secrets(subject: Subject, control: ControlPlane) -> list[Finding]:
    names = {
        name: text.strip().removeprefix(REFERENCE)
        for name, text in subject.settings.items()
        if text.strip().startswith(REFERENCE)
    }
    return [one for name, secret in names.items() for one in _secret(name, secret, control)]


def _secret(name: str, secret: str, control: ControlPlane) -> list[Finding]:
    check = f"secrets.{name}"

    def look() -> list[Finding]:
        if control.has_secret(secret):
            return [finding.ok(check, f"the secret {secret} is there")]
        todo = f"DEW console > Cloud Secret Management Service: create {secret} in the region of the functions"
        return [finding.problem(check, f"there is no secret {secret}", todo)]

    return ask(check, "csms", look)


def _inside(subject: Subject, control: ControlPlane, functions: Sequence[FunctionSeen]) -> list[Finding]:
    name = subject.function_name(function_checks.PREPARE)
    urn = next((one.urn for one in functions if one.name == name), None)
    if urn is None:
        return function_checks.check_agencies(subject, functions, replied=False)
    try:
        reply = control.invoke(f"{urn}:!{ALIAS}")
    except ProbeFailed as error:
        todo = "FunctionGraph console > prepare_state > Logs; a function that cannot join its VPC fails like this too"
        failed = finding.problem("inside.reply", f"prepare_state: {error}", todo)
        return [failed, *function_checks.check_agencies(subject, functions, replied=False)]
    agencies = function_checks.check_agencies(subject, functions, replied=True)
    return [*function_checks.check_prepared(reply), *agencies]


def _timers(subject: Subject, account: Account, functions: Sequence[FunctionSeen]) -> list[Finding]:
    urns = {one.name: one.urn for one in functions}
    present = [(one, urns.get(subject.function_name(one.function))) for one in subject.bundle.timers]
    triggers = [found for one, urn in present if urn for found in _trigger(subject, one, urn, account.control)]
    return triggers + ask("timer.ran", "ces", lambda: _ran(subject, account))


def _trigger(subject: Subject, timer: Timer, urn: str, control: ControlPlane) -> list[Finding]:
    def look() -> list[Finding]:
        return [timer_checks.check_trigger(subject, timer, control.triggers(f"{urn}:!{ALIAS}"))]

    return ask(f"timer.{timer.name}.trigger", "functiongraph", look)


def _ran(subject: Subject, account: Account) -> list[Finding]:
    now, findings = account.clock.now(), list[Finding]()
    windows = {timer: timer_checks.window_of(timer) for timer in subject.bundle.timers}
    for window in sorted({one for one in windows.values() if one is not None}):
        timers = [timer for timer, its in windows.items() if its == window]
        metrics = {timer: timer_checks.count_of(subject, timer.function) for timer in timers}
        sums = account.control.metric_sums(list(dict.fromkeys(metrics.values())), now - window, now)
        findings += [timer_checks.check_ran(timer, window, sums.get(metrics[timer])) for timer in timers]
    findings += [timer_checks.check_ran(timer, None, None) for timer, window in windows.items() if window is None]
    return [*findings, _dead_events(subject, account)]


def _dead_events(subject: Subject, account: Account) -> Finding:
    now = account.clock.now()
    dead, alive = (
        timer_checks.own_metric(subject, name) for name in (timer_checks.DEAD_LETTERS, timer_checks.EVERY_HOUR)
    )
    sums = account.control.metric_sums([dead, alive], now - timer_checks.DAY, now)
    return timer_checks.check_dead_events(sums.get(dead), sums.get(alive))


def _archive(subject: Subject, objects: Objects) -> list[Finding]:
    bucket = subject.value(subject.bundle.bucket.name if subject.bundle.bucket else None) or ""
    prefixes = {
        one.async_invoke.on_failure_prefix
        for one in subject.bundle.components.values()
        if one.async_invoke and one.async_invoke.on_failure_prefix
    }

    def look() -> list[Finding]:
        first = archive_checks.check_bucket(bucket, objects.list("", 1))
        if first.verdict is not finding.Verdict.OK:
            return [first]
        listed = {prefix: objects.list(prefix, archive_checks.MOST_LISTED) for prefix in sorted(prefixes)}
        return [first, *(archive_checks.check_dead_calls(prefix, names or ()) for prefix, names in listed.items())]

    return ask("archive.bucket", "obs", look)
