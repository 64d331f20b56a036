"""The template's parameters: given, known, of a form the cloud takes."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping

from doctor import finding
from doctor.finding import Finding
from doctor.subject import Subject

WHERE = "write NAME=value lines into the file given with --parameters; docs/deploy.md says where each value is found"
FORMS = {
    "region": (re.compile(r"[a-z]{2,10}-[a-z0-9-]{2,30}"), "a region such as cn-north-4"),
    "runtime": (re.compile(r"Python3\.(9|10|12)"), "Python3.9, Python3.10 or Python3.12"),
    "tableName": (re.compile(r"[A-Za-z0-9_-]{3,48}"), "3 to 48 letters, digits, _ and -"),
    "bucketName": (re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]"), "3 to 63 small letters, digits, - and ."),
}
"""Sources: GeminiDB (table names), OBS (bucket names), FunctionGraph (runtimes)."""
DEBUG_DOMAIN = re.compile(r"\.(apic?g?|apigw)\..*\.huaweicloudapis\.com$", re.IGNORECASE)
_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)", re.IGNORECASE)


def check_parameters(subject: Subject, given: Mapping[str, str]) -> list[Finding]:
    """Nothing missing, nothing unknown, every form right."""
    return [*_missing(subject), *_unknown(subject, given), *_forms(subject), check_domain(subject)]


def _missing(subject: Subject) -> list[Finding]:
    missing = [name for name in subject.bundle.parameters if not subject.parameters.get(name)]
    if not missing:
        return [finding.ok("parameters.given", f"all {len(subject.bundle.parameters)} parameters have a value")]
    return [finding.problem("parameters.given", f"without a value: {', '.join(missing)}", WHERE)]


def _unknown(subject: Subject, given: Mapping[str, str]) -> list[Finding]:
    unknown = sorted(set(given) - set(subject.bundle.parameters))
    if not unknown:
        return []
    todo = "correct the spelling or take the lines out; the template's parameters are the only ones that are read"
    return [finding.warning("parameters.known", f"the template does not know: {', '.join(unknown)}", todo)]


def _forms(subject: Subject) -> list[Finding]:
    return [
        finding.problem("parameters.form", f"{name} is {subject.parameters[name]!r}", f"it has to be {wanted}")
        for name, (form, wanted) in FORMS.items()
        if subject.parameters.get(name) and not form.fullmatch(subject.parameters[name])
    ]


def check_domain(subject: Subject) -> Finding:
    """The marketplace takes a domain name on port 443, no address; the debug domain takes 1000 calls a day."""
    check, domain = "domain.form", subject.domain
    if domain is None:
        return finding.not_checked(check, "the domain is not given", WHERE)
    if _is_address(domain):
        return finding.problem(check, f"{domain} is an IP address", "the marketplace takes domain names only")
    if DEBUG_DOMAIN.search(domain):
        todo = "bind a domain of your own: the debug domain of a gateway takes 1000 calls a day"
        return finding.problem(check, f"{domain} is the debug domain of a gateway", todo)
    labels = domain.split(".")
    if len(labels) < 2 or len(domain) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        todo = "give the bare name, such as koogallery.example.com, without https://, port or path"
        return finding.problem(check, f"{domain!r} is no domain name", todo)
    return finding.ok(check, f"{domain} is a domain name of your own")


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text.strip("[]"))
    except ValueError:
        return False
    return True
