"""The settings: there, known, and small enough for the functions that read them."""

from __future__ import annotations

from collections.abc import Mapping

from bundle_template import Component
from bundle_template.addresses import service_address
from bundle_template.user_data import MAX_CHARACTERS, MAX_NAMES, REFERENCE, as_text
from doctor import finding
from doctor.finding import Finding
from doctor.subject import Subject

SECRET_STORE, METRIC_STORE = "CSMS_ENDPOINT", "CES_ENDPOINT"
WHERE = "write NAME=value lines into the file given with --env; docs/settings.md says what each is"
SECRETS = "keep long values in a secret of CSMS and set NAME=csms:SECRET_NAME; docs/deploy.md shows how"


def check_settings(subject: Subject) -> list[Finding]:
    """Presence, names, sizes."""
    return [_present(subject), *_unknown(subject), _sizes(subject), *_secret_store(subject), *_metrics(subject)]


def _present(subject: Subject) -> Finding:
    missing = [
        name
        for name, setting in subject.bundle.settings.items()
        if not setting.optional and not subject.settings.get(name) and _is_read(subject, name)
    ]
    if not missing:
        return finding.ok("settings.present", "every setting that is not optional has a value")
    return finding.problem("settings.present", f"without a value: {', '.join(missing)}", WHERE)


def _is_read(subject: Subject, name: str) -> bool:
    return any(name in one.readable_settings for one in subject.bundle.components.values())


def _unknown(subject: Subject) -> list[Finding]:
    unknown = sorted(set(subject.settings) - set(subject.bundle.settings))
    if not unknown:
        return []
    todo = "correct the spelling or take the lines out; no function of the template may read them"
    return [finding.warning("settings.known", f"nothing reads: {', '.join(unknown)}", todo)]


def _secret_store(subject: Subject) -> list[Finding]:
    references = sorted(name for name, text in subject.settings.items() if text.strip().startswith(REFERENCE))
    if not references or not _lacks(subject, SECRET_STORE):
        return []
    todo = f"set {SECRET_STORE}={service_address('csms', 'REGION')}"
    return [finding.problem("settings.references", f"{', '.join(references)} are in CSMS, without an address", todo)]


def _metrics(subject: Subject) -> list[Finding]:
    watched = [alarm.name for alarm in subject.bundle.alarms if alarm.function is None]
    if not watched or not _lacks(subject, METRIC_STORE):
        return []
    todo = f"set {METRIC_STORE}={service_address('ces', 'REGION')}"
    return [finding.warning("settings.metrics", f"these alarms will stay silent: {', '.join(watched)}", todo)]


def _lacks(subject: Subject, name: str) -> bool:
    return name in subject.bundle.settings and not subject.settings.get(name)


def _sizes(subject: Subject) -> Finding:
    too_large = [
        f"{component.name}: {text}"
        for component in subject.bundle.components.values()
        for text in _oversized(component, subject.settings)
    ]
    if not too_large:
        return finding.ok(
            "settings.size",
            f"every function reads at most {MAX_NAMES} names and {MAX_CHARACTERS} characters, plain and encrypted each",
        )
    return finding.problem("settings.size", "; ".join(too_large), SECRETS)


def _oversized(component: Component, settings: Mapping[str, str]) -> list[str]:
    found = []
    for kind, names in (("plain", component.settings), ("encrypted", component.encrypted_settings)):
        present = [name for name in names if settings.get(name)]
        characters = len(as_text({name: settings[name] for name in present}))
        if len(present) > MAX_NAMES:
            found.append(f"{len(present)} {kind} settings, {MAX_NAMES} are allowed")
        if characters > MAX_CHARACTERS:
            longest = max(present, key=lambda name: len(settings[name]))
            found.append(
                f"{characters} characters of {kind} settings, {MAX_CHARACTERS} are allowed; "
                f"{longest} alone has {len(settings[longest])}"
            )
    return found
