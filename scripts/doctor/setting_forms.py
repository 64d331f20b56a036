"""The form of each setting, as the functions would judge it at their first call. Values are never quoted."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from bundle_template.user_data import REFERENCE
from doctor import finding
from doctor.finding import Finding
from doctor.subject import Subject
from koogallery.adapters.urls import open_archive, open_state
from koogallery.errors import KoogalleryError, SettingsError
from koogallery.marketplace.hosts import Site, base_address, site_of
from koogallery.settings import Settings
from koogallery_signing.client_secret import parse_private_keys
from koogallery_signing.errors import SigningError
from koogallery_signing.keyring import Keyring

KEY_LISTS = (
    "MARKETPLACE_ACCESS_KEYS",
    "MARKETPLACE_V1_KEYS",
    "MARKETPLACE_LICENSE_KEYS",
    "MARKETPLACE_NOTIFY_KEYS",
    "MARKETPLACE_KIT_KEYS",
    "SELLER_API_KEYS",
)
OUTBOUND = (
    "MARKETPLACE_ENDPOINT",
    "SELLER_WEBHOOK_URL",
    "LOGIN_ADDRESS",
    "SELLER_LOGIN_URL",
    "CSMS_ENDPOINT",
    "CES_ENDPOINT",
)
_SECRET_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")

_Check = Callable[[str], None]


class _Wrong(Exception):
    """What is wrong with a value, in words that quote nothing of it."""


def check_forms(subject: Subject) -> list[Finding]:
    """A problem for every malformed setting; a line of praise when there is none. References are not looked into."""
    given = {name: subject.settings.get(name, "").strip() for name in subject.bundle.settings}
    references = {name: text for name, text in given.items() if text.startswith(REFERENCE)}
    literals = {name: text for name, text in given.items() if text and name not in references}
    findings = [one for name, text in literals.items() for one in _literal(subject, name, text)]
    findings += _references(references)
    if not findings:
        findings.append(finding.ok("settings.form", f"{len(literals)} settings are well-formed"))
    if references:
        findings.append(finding.ok("settings.references", f"kept in secrets of CSMS: {', '.join(references)}"))
    return findings


def _references(references: Mapping[str, str]) -> list[Finding]:
    todo = "write csms: and the name of the secret: 1 to 64 letters, digits, _ and -"
    return [
        finding.problem("settings.form", f"{name} refers to no possible secret", todo)
        for name, text in references.items()
        if not _SECRET_NAME.fullmatch(text.removeprefix(REFERENCE))
    ]


def _literal(subject: Subject, name: str, text: str) -> list[Finding]:
    try:
        Settings.load({name: text}.get)
        for check in _checks(subject).get(name, ()):
            check(text)
    except SettingsError as error:
        return [_malformed(name, error.problem)]
    except (KoogalleryError, SigningError, _Wrong) as error:
        return [_malformed(name, str(error))]
    return []


def _malformed(name: str, problem: str) -> Finding:
    todo = f"correct {name}; docs/settings.md shows its form"
    return finding.problem("settings.form", f"{name}: {problem}", todo)


def _checks(subject: Subject) -> dict[str, tuple[_Check, ...]]:
    checks: dict[str, tuple[_Check, ...]] = dict.fromkeys(KEY_LISTS, (_keys,))
    checks |= dict.fromkeys(OUTBOUND, (_public,))
    return checks | {
        "MARKETPLACE_ENDPOINT": (_public, _marketplace),
        "KIT_PRIVATE_KEY": (_private_key,),
        "STATE_URL": (lambda text: _state(subject, text),),
        "ARCHIVE_URL": (lambda text: _archive(subject, text),),
    }


def _keys(text: str) -> None:
    Keyring.parse(text)


def _public(text: str) -> None:
    if urlsplit(text).scheme != "https":
        raise _Wrong("must be an https address: a function cannot reach your machine")


def _marketplace(text: str) -> None:
    base_address(text)
    if site_of(text) is Site.CUSTOM:
        raise _Wrong("is no site of the marketplace: China, international or Europe")


def _private_key(text: str) -> None:
    parse_private_keys(text)


def _state(subject: Subject, text: str) -> None:
    parts = urlsplit(text)
    if parts.scheme != "dynamodb":
        raise _Wrong("must begin with dynamodb://: a file of a function is gone with its instance")
    # Opening makes no call; the keys are checked by themselves.
    open_state(text, access_key="-", secret_key="-")  # noqa: S106 - stands for a key
    table = subject.value(subject.bundle.table.name) if subject.bundle.table else None
    if table is not None and parts.netloc != table:
        raise _Wrong(f"names another table than the template, whose tableName is {table}")


def _archive(subject: Subject, text: str) -> None:
    parts = urlsplit(text)
    if parts.scheme != "s3":
        raise _Wrong("must begin with s3://: a file of a function is gone with its instance")
    open_archive(text)
    bucket = subject.value(subject.bundle.bucket.name) if subject.bundle.bucket else None
    if bucket is not None and parts.netloc != bucket:
        raise _Wrong(f"names another bucket than the template, whose bucketName is {bucket}")
