"""Debugging calls from outside, as a dial test makes them: every guide, every route, every activity."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Protocol

from bundle_template import Bundle
from bundle_template.user_data import REFERENCE
from doctor import finding
from doctor.answers import Answer, faults_of
from doctor.calls import Call, calls_of, guides_of, key_of, keyless
from doctor.errors import CertificateRefused, HostUnknown, NoAnswer, NotReached
from doctor.finding import Finding
from koogallery_signing.errors import SigningError
from koogallery_signing.keyring import Keyring

MOST_SHOWN = 3
MOST_UNANSWERED = 3
"""After so many calls without an answer the rest is not tried: each would wait as long."""
SELLER_KEYS, SELLER_INSTANCES = "SELLER_API_KEYS", "/seller/instances"

_Seen = tuple[Call, str, str]
"""Call, what is wrong with its answer, what to do."""


class Sender(Protocol):
    """Sends one request; raises ``NotReached``, ``NoAnswer`` and ``CertificateRefused``."""

    def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """The answer, whatever its status."""


def check_routes_outside(
    bundle: Bundle, settings: Mapping[str, str], address: str, sender: Sender, now: Callable[[], datetime]
) -> list[Finding]:
    """One finding for each route of the marketplace. Ends at once when nobody is there at all."""
    results: dict[str, list[str]] = {}
    faults: dict[str, list[_Seen]] = {}
    unanswered = 0
    try:
        for call in calls_of(bundle, settings, now):
            found, answered = _call(sender, address, call)
            results.setdefault(call.route, []).append(call.activity)
            faults.setdefault(call.route, []).extend(found)
            unanswered += not answered
            if unanswered >= MOST_UNANSWERED:
                break
        seller = check_seller_interface(bundle, settings, address, sender)
    except (NotReached, CertificateRefused) as error:
        return [unreachable(address, error)]
    except SigningError:
        return [_no_keys()]
    findings = [*(_route(name, results[name], faults[name]) for name in results), *seller]
    if unanswered >= MOST_UNANSWERED:
        return [*findings, _gave_up()]
    return [*findings, *_without_keys(bundle, settings), *_without_private_key(bundle, settings, results)]


def _call(sender: Sender, address: str, call: Call) -> tuple[list[_Seen], bool]:
    """What is wrong with the answer, and whether there was one."""
    try:
        answer = sender.send(call.method, address + call.target, call.headers, call.body)
    except NoAnswer as error:
        return [(call, str(error), "look up the function's log in LTS: it hangs, or waits for something")], False
    return [(call, one.seen, one.todo) for one in faults_of(call, answer)], True


def check_seller_interface(bundle: Bundle, settings: Mapping[str, str], address: str, sender: Sender) -> list[Finding]:
    """One read with the product's own key: it goes as far as the table. What comes back is not looked at."""
    check = "outside.seller_interface"
    if not any((route.method, route.path) == ("GET", SELLER_INSTANCES) for route in bundle.routes):
        return []
    text = settings.get(SELLER_KEYS, "").strip()
    if not text or text.startswith(REFERENCE):
        return [finding.not_checked(check, "no key of the seller interface", f"set {SELLER_KEYS} with --env")]
    headers = {"Accept": "application/json", "Authorization": f"Bearer {Keyring.parse(text).current}"}
    try:
        answer = sender.send("GET", address + SELLER_INSTANCES, headers, b"")
    except NoAnswer as error:
        return [finding.problem(check, f"GET {SELLER_INSTANCES}: {error}", "see inside.table")]
    if answer.status == 200:
        return [finding.ok(check, f"your product's key is taken, GET {SELLER_INSTANCES} answers")]
    advice = {401: f"{SELLER_KEYS} here is another than the functions have: run apply", 503: "see inside.table"}
    todo = advice.get(answer.status, "look up the log line `seller_call` in LTS")
    return [finding.problem(check, f"GET {SELLER_INSTANCES} answers HTTP {answer.status}", todo)]


def unreachable(address: str, error: Exception) -> Finding:
    """Nobody answers at the production address."""
    todo = "has apply run? At your DNS provider: a CNAME record to the gateway, or an A record to its EIP"
    if isinstance(error, HostUnknown):
        return finding.warning("outside.reachable", f"{address}: {error}", todo)
    return finding.problem("outside.reachable", f"{address}: {error}", todo)


def _route(name: str, activities: list[str], faults: list[_Seen]) -> Finding:
    check = f"outside.{name}"
    if not faults:
        return finding.ok(check, f"{len(activities)} debugging calls answered 000000")
    shown = "; ".join(f"{call.guide} {call.activity}: {seen}" for call, seen, _ in faults[:MOST_SHOWN])
    more = f" and {len(faults) - MOST_SHOWN} more" if len(faults) > MOST_SHOWN else ""
    todos = dict.fromkeys(todo for _, _, todo in faults)
    return finding.problem(check, shown + more, "; ".join(todos))


def _without_keys(bundle: Bundle, settings: Mapping[str, str]) -> list[Finding]:
    return [
        finding.not_checked(
            f"outside.{guide.name.lower().replace(' ', '_')}",
            f"no key for {guide.name} ({len(routes)} routes)",
            f"set {' or '.join(guide.settings)} with --env if you sell such products, else leave it",
        )
        for guide, routes in keyless(bundle, settings).items()
    ]


def _without_private_key(bundle: Bundle, settings: Mapping[str, str], called: Mapping[str, list[str]]) -> list[Finding]:
    left = [
        route.name
        for route in bundle.routes
        if route.name not in called and any(key_of(one, settings) for one in guides_of(route.method, route.path))
    ]
    if not left:
        return []
    todo = "set KIT_PRIVATE_KEY with --env: an application is synchronised with a secret encrypted for it"
    return [finding.not_checked("outside.kit_application", f"no private key ({len(left)} routes)", todo)]


def _gave_up() -> Finding:
    todo = "mend the routes above first, then run the doctor again"
    return finding.not_checked("outside.calls", f"gave up after {MOST_UNANSWERED} calls without an answer", todo)


def _no_keys() -> Finding:
    todo = "correct the settings that settings.form names, then run the doctor again"
    return finding.not_checked("outside.calls", "a key cannot be used to sign", todo)
