"""Judges an answer as a dial test does. Rules: SaaS guide V2.0, transport; V1.0, response signature."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from doctor.calls import Call
from koogallery_signing import body_sign
from koogallery_signing.errors import SignatureRejected

SECONDS_ALLOWED = 5.0
SUCCESS = "000000"
_CREATING = ("newInstance", "getLicense")
_ADVICE = {
    "000001": "the key is not the one this interface class is bound to, or the function has another: compare the "
    "setting with Seller Console > Application Tools > Key Management, then run apply",
    "000002": "something between here and the function changes the request, or the clocks differ by a minute; `reason` "
    "in the log line `callback` says which",
    "000005": "a setting is missing or malformed, or the state cannot be reached: the log line `callback` names it",
}


@dataclass(frozen=True)
class Answer:
    """What came back. ``headers`` have small letters."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    seconds: float


@dataclass(frozen=True)
class Fault:
    """What is wrong with an answer, and what to do."""

    seen: str
    todo: str


def faults_of(call: Call, answer: Answer) -> Iterator[Fault]:
    """Everything that a dial test would count against the answer."""
    if answer.seconds > SECONDS_ALLOWED:
        todo = "more memory or a reserved instance for the function: memorySize, reservedInstances in template.yaml"
        yield Fault(f"took {answer.seconds:.1f} s, {SECONDS_ALLOWED:.0f} are allowed", todo)
    if 300 <= answer.status < 400:
        todo = "the marketplace follows no redirects: the address itself has to answer"
        yield Fault(f"redirects (HTTP {answer.status})", todo)
        return
    if answer.status != 200:
        yield Fault(_status(answer), _status_advice(answer))
        return
    yield from _body_faults(call, answer)
    if call.body_sign_key is not None:
        yield from _body_sign_faults(call.body_sign_key, answer)


def _status(answer: Answer) -> str:
    code = (_document(answer.body) or {}).get("error_code")
    return f"HTTP {answer.status}{f', {code} of the gateway' if isinstance(code, str) else ''}"


def _status_advice(answer: Answer) -> str:
    if answer.status == 404:
        return "no API answers here: run ./scripts/deploy apply; a change needs ten seconds to work"
    if answer.status in (401, 403):
        return "an authorizer or access policy of the gateway refuses: APIG console > API > Debug shows which"
    return "look up the function's log in LTS; a crash, a time-out and a malformed reply look like this"


def _body_faults(call: Call, answer: Answer) -> Iterator[Fault]:
    if answer.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        yield Fault("the Content-Type is not application/json", "something else than the bundle answers here")
    document = _document(answer.body)
    if document is None:
        yield Fault("the answer is no JSON object", "something else than the bundle answers here")
        return
    code = document.get("resultCode")
    if code != SUCCESS:
        advice = _ADVICE.get(str(code), "look up the log line `callback` of this call in LTS")
        yield Fault(f"resultCode {str(code)[:20]} instead of {SUCCESS}", advice)
    elif call.activity in _CREATING and not document.get("instanceId"):
        yield Fault("the answer has no instanceId", "the function of another activity answers: look at the policies")
    elif call.activity == "queryInstance" and not document.get("info"):
        yield Fault("the answer has no info", "the function of another activity answers: look at the policies")


def _body_sign_faults(key: str, answer: Answer) -> Iterator[Fault]:
    todo = "the key is not MARKETPLACE_V1_KEYS of the function, or something changes the body on its way"
    try:
        body_sign.verify(key=key, body=answer.body, header_value=answer.headers.get("body-sign", ""))
    except SignatureRejected as error:
        yield Fault(f"Body-Sign: {error.reason}", todo)


def _document(body: bytes) -> dict[str, object] | None:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None
