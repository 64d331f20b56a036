"""The frame of every callback function: verify, read, dispatch, answer. HTTP 200 whatever happens."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import koogallery.cold_start  # noqa: F401 - first, before the imports it makes cheaper
from koogallery import sandbox
from koogallery.answers import Answer
from koogallery.apig import MAX_BODY_BYTES, BodyTooLarge, MalformedEvent, Reply, Request
from koogallery.clock import Clock, SystemClock
from koogallery.dialects.choice import dialect_of
from koogallery.dialects.dialect import Dialect, SignedCall
from koogallery.dialects.saas_v2 import SaasV2
from koogallery.errors import RetryableError, SettingsError
from koogallery.instances import lifecycle
from koogallery.logs import describe, log_line, redact
from koogallery.messages.callbacks import IllegalParameter
from koogallery.messages.members import Message
from koogallery.result_codes import AUTHENTICATION_FAILED, ILLEGAL_PARAMETER, INTERNAL_ERROR
from koogallery.services import Services
from koogallery.settings import Settings, from_context
from koogallery_signing.errors import Fault, SignatureRejected, SigningError

SECONDS = 4.0
"""Own budget of a callback; the marketplace waits 5 s (SaaS guide V2.0, requirements)."""

_LOGGED = ("instance_id", "tenant_id")
_NOT_AUTHENTIC = (Fault.MISSING_SIGNATURE, Fault.MISMATCH)


@dataclass(frozen=True)
class Call:
    """One verified, real callback for a use case. ``message`` is the activity's model."""

    activity: str
    message: Any
    request: lifecycle.Request
    facts: dict[str, Any] = field(default_factory=dict, repr=False)


UseCase = Callable[[Services, Call], Answer]


@dataclass
class _Seen:
    """What is known of a call so far: for the log line, and for the form of the answer even when it fails."""

    fields: dict[str, Any] = field(default_factory=dict)
    dialect: Dialect = field(default_factory=SaasV2)
    settings: Settings | None = None
    key_index: int = 0


def serve(
    event: object, context: object, use_cases: Mapping[str, UseCase], *, max_body_bytes: int = MAX_BODY_BYTES
) -> Reply:
    """Answer one callback. ``use_cases`` are the activities the function serves, in the words of 2.0."""
    clock: Clock = getattr(context, "clock", None) or SystemClock()
    started = clock.monotonic()
    seen = _Seen()
    try:
        request = Request.from_event(event, max_body_bytes=max_body_bytes)
        answer = _answer(request, context, clock, use_cases, seen)
    except SettingsError as error:
        seen.fields["reason"] = f"{error.setting} {error.problem}"
        answer = Answer(INTERNAL_ERROR, "the service is not ready")
    except SignatureRejected as error:
        seen.fields["reason"] = error.reason
        answer = _rejected(error)
    except (IllegalParameter, MalformedEvent, BodyTooLarge) as error:
        seen.fields["reason"] = f"{error.code}: {error}"
        answer = Answer(ILLEGAL_PARAMETER, f"illegal request parameter: {error}")
    except RetryableError as error:
        seen.fields["reason"] = describe(error)
        answer = Answer(INTERNAL_ERROR, "temporarily unavailable, please try again")
    except Exception as error:  # noqa: BLE001 - the boundary: the marketplace reads nothing but an answer
        seen.fields["reason"] = describe(error)
        answer = Answer(INTERNAL_ERROR, "internal error")
    answer, reply = _formed(answer, seen)
    milliseconds = round((clock.monotonic() - started) * 1000)
    log_line("callback", result_code=answer.result_code, milliseconds=milliseconds, **seen.fields)
    return reply


def _formed(answer: Answer, seen: _Seen) -> tuple[Answer, Reply]:
    """The answer that is given, in its dialect's form: one that has no such form becomes 000005."""
    try:
        return answer, seen.dialect.reply(answer, seen.settings, seen.key_index)
    except SettingsError:
        # The keys themselves are at fault, which was the reason for the answer: nothing can be signed.
        return answer, seen.dialect.reply(answer, None, seen.key_index)
    except SigningError as error:
        seen.fields["reason"] = f"{error.code}: {error}"
        failed = Answer(INTERNAL_ERROR, "the access data cannot be encrypted")
        return failed, seen.dialect.reply(failed, seen.settings, seen.key_index)


def _answer(request: Request, context: object, clock: Clock, use_cases: Mapping[str, UseCase], seen: _Seen) -> Answer:
    seen.fields["request_id"] = request.request_id
    seen.dialect = dialect_of(request)
    settings = Settings.load(from_context(context))
    redact(settings.secrets())
    seen.settings = settings
    now = clock.now()
    signed = seen.dialect.read(request, settings, now)
    seen.key_index = signed.key_index
    seen.fields.update(activity=signed.named, signed=signed.form)
    if not signed.activity:
        raise IllegalParameter("activity: unknown")
    if signed.activity not in use_cases:
        raise IllegalParameter(f"activity: {signed.named} is served by function {signed.function}")
    message = signed.read_message()
    seen.fields.update({name: getattr(message, name) for name in _LOGGED if hasattr(message, name)})
    if signed.is_test:
        seen.fields["test"] = True
        return sandbox.answer(signed.activity, message, settings)
    services = Services(settings, clock, context, SECONDS, request.request_id)
    call = Call(signed.activity, message, _request(signed, message, now), signed.facts)
    answer = use_cases[signed.activity](services, call)
    if answer.members.get("instanceId"):
        seen.fields["instance_id"] = answer.members["instanceId"]
    return answer


def _request(signed: SignedCall, message: Message, now: datetime) -> lifecycle.Request:
    callback = {"activity": signed.named, **message.to_wire()}
    return lifecycle.Request(nonce=signed.nonce, stamp=signed.stamp, now=now, callback=callback)


def _rejected(error: SignatureRejected) -> Answer:
    if error.fault in _NOT_AUTHENTIC:
        return Answer(AUTHENTICATION_FAILED, "authentication failed")
    return Answer(ILLEGAL_PARAMETER, "illegal request parameter")
