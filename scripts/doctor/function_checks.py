"""The functions as they are in the account, and what ``prepare_state`` says from inside the VPC."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from doctor import finding
from doctor.control_plane import FunctionSeen, Quota
from doctor.finding import Finding
from doctor.subject import Subject

FUNCTIONS_QUOTA = "fgs_func_num"
APPLY = "run ./scripts/deploy plan and ./scripts/deploy apply"
PREPARE = "prepare_state"
NETWORK = (
    "VPC console > NAT Gateways: the VPC of the functions needs a public NAT gateway with an SNAT rule for their "
    "subnet and an EIP"
)
AGENCIES = "IAM console > Agencies"
_ADVICE = {
    "table": (
        "is the instance in this VPC, does its security group admit the subnet, and are STATE_URL, STATE_ACCESS_KEY "
        "and STATE_SECRET_KEY those of the instance?"
    ),
    "marketplace": NETWORK,
    "webhook": f"does your product answer on its address from the public network? {NETWORK}",
    "archive": (
        f"is there a bucket of this name, and may the run agency write to it? {AGENCIES} > its name > Permissions: "
        "OBS OperateAccess"
    ),
}
_OPTIONAL = {"webhook": "SELLER_WEBHOOK_URL", "archive": "ARCHIVE_URL"}
_GOOD = {"table": ("ready",), "marketplace": ("reachable",), "webhook": ("reachable",), "archive": ("writable",)}


def check_function_quota(subject: Subject, quotas: Mapping[str, Quota], functions: Sequence[FunctionSeen]) -> Finding:
    """Room for the functions that are not there yet."""
    check = "quota.functions"
    there = {one.name for one in functions}
    new = [name for name in subject.bundle.components if subject.function_name(name) not in there]
    quota = quotas.get(FUNCTIONS_QUOTA)
    if quota is None:
        todo = "look in the FunctionGraph console under Overview > Quotas"
        return finding.not_checked(check, "FunctionGraph does not tell how many functions the account may have", todo)
    seen = f"{quota.used} of {quota.limit} functions are used, {len(new)} will be added"
    if quota.used + len(new) > quota.limit:
        return finding.problem(check, seen, "My Quotas > Increase Quota: more functions for FunctionGraph")
    return finding.ok(check, seen)


def check_functions(subject: Subject, functions: Sequence[FunctionSeen]) -> list[Finding]:
    """All of them there, with the template's runtime, agencies and network."""
    there = {one.name: one for one in functions}
    wanted = {subject.function_name(name): one for name, one in subject.bundle.components.items()}
    missing = sorted(set(wanted) - set(there))
    if not there:
        return [finding.not_checked("functions.there", f"nothing of stage {subject.stage} is deployed yet", APPLY)]
    if missing:
        return [finding.problem("functions.there", f"missing: {', '.join(missing)}", APPLY)]
    different = [text for name in sorted(wanted) for text in _differences(subject, name, there[name])]
    if different:
        return [finding.problem("functions.as_planned", "; ".join(different), APPLY)]
    return [finding.ok("functions.there", f"all {len(wanted)} functions, with the template's agencies and network")]


def _differences(subject: Subject, name: str, seen: FunctionSeen) -> list[str]:
    component = subject.bundle.components[name.removeprefix(subject.function_name(""))]
    agencies = subject.bundle.agencies
    wanted = {
        "runtime": (subject.value(component.runtime), seen.runtime),
        "agency": (subject.value(agencies.get("xrole")), seen.xrole),
        "execution agency": (subject.value(agencies.get("appXrole")), seen.app_xrole),
    }
    found = [f"{name} has {what} {is_!r}" for what, (should, is_) in wanted.items() if should and should != is_]
    if component.in_vpc and not seen.in_vpc:
        found.append(f"{name} is not in the VPC")
    return found


def check_agencies(subject: Subject, functions: Sequence[FunctionSeen], *, replied: bool) -> list[Finding]:
    """Rights of agencies are not readable through the services asked here: only what was done with them can be seen."""
    names = [subject.value(subject.bundle.agencies.get(key)) for key in ("xrole", "appXrole")]
    named = ", ".join(name for name in names if name) or "not given"
    look = (
        f"{AGENCIES} > {named}: each trusts the cloud service FunctionGraph and has the policies that docs/deploy.md "
        "lists; a changed agency takes ten minutes to work"
    )
    logs = finding.not_checked("agencies.logs", "whether the agency may write logs cannot be read from here", look)
    if not functions or not replied:
        why = f"nothing has run with the agencies yet ({named})"
        return [finding.not_checked("agencies.network", why, look), logs]
    return [finding.ok("agencies.network", f"a function ran inside the VPC with the agencies {named}"), logs]


def check_log_group(name: str, *, there: bool, deployed: bool) -> Finding:
    """The group all functions write to."""
    if there:
        return finding.ok("logs.group", f"the log group {name} is there")
    if deployed:
        return finding.problem("logs.group", f"there is no log group {name}: nothing that happens is kept", APPLY)
    return finding.not_checked("logs.group", f"LTS answers; there is no log group {name} yet", APPLY)


def check_prepared(reply: object) -> list[Finding]:
    """What ``prepare_state`` said: it sees the table, the marketplace, the product and the archive from inside."""
    if not isinstance(reply, dict):
        todo = "FunctionGraph console > prepare_state > Logs: look what the call ended with"
        return [finding.problem("inside.reply", "prepare_state replied with something else than its findings", todo)]
    return [_inside(part, reply.get(part)) for part in _ADVICE]


def _inside(part: str, said: object) -> Finding:
    check = f"inside.{part}"
    if not isinstance(said, str):
        return finding.not_checked(check, "prepare_state says nothing of it", APPLY)
    if said in _GOOD[part]:
        return finding.ok(check, f"{part}: {said}, seen from inside the VPC")
    if said == "not set" and part in _OPTIONAL:
        todo = f"set {_OPTIONAL[part]} and run apply, if you want it"
        return finding.warning(check, f"{part}: no address is set", todo)
    return finding.problem(check, f"{part}: {said[:200]}", _ADVICE[part])
