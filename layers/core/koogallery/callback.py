"""The frame of every callback function: verify, read, dispatch, answer. HTTP 200 whatever happens."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from koogallery import sandbox
from koogallery.activities import ACTIVITIES
from koogallery.apig import BodyTooLarge, MalformedEvent, Reply, Request, callback_reply
from koogallery.clock import Clock, SystemClock
from koogallery.dialects import saas_v2
from koogallery.dialects.signed_call import SignedCall
from koogallery.errors import KoogalleryError, RetryableError, SettingsError
from koogallery.instances import lifecycle
from koogallery.logs import describe, log_line, redact
from koogallery.messages.callbacks import IllegalParameter, Message, parse_message
from koogallery.result_codes import AUTHENTICATION_FAILED, ILLEGAL_PARAMETER, INTERNAL_ERROR
from koogallery.services import Services
from koogallery.settings import Settings, from_context
from koogallery_signing.errors import Fault, SignatureRejected

SECONDS = 4.0
"""Own budget of a callback; the marketplace waits 5 s (SaaS guide V2.0, requirements)."""

_NOT_AUTHENTIC = (Fault.MISSING_SIGNATURE, Fault.MISMATCH)


@dataclass(frozen=True)
class Answer:
    """What the marketplace is told."""

    result_code: str
    message: str
    members: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Call:
    """One verified, real callback for a use case. ``message`` is the activity's model."""

    activity: str
    message: Any
    request: lifecycle.Request


UseCase = Callable[[Services, Call], Answer]


def serve(event: object, context: object, use_cases: Mapping[str, UseCase]) -> Reply:
    """Answer one callback. ``use_cases`` are the activities the function serves."""
    clock: Clock = getattr(context, "clock", None) or SystemClock()
    started = clock.monotonic()
    seen: dict[str, Any] = {}
    try:
        answer = _answer(event, context, clock, use_cases, seen)
    except SettingsError as error:
        seen["reason"] = f"{error.setting} {error.problem}"
        answer = Answer(INTERNAL_ERROR, "the service is not ready")
    except SignatureRejected as error:
        seen["reason"] = error.reason
        answer = _rejected(error)
    except (IllegalParameter, MalformedEvent, BodyTooLarge) as error:
        seen["reason"] = error.code
        answer = Answer(ILLEGAL_PARAMETER, f"illegal request parameter: {error}")
    except RetryableError as error:
        seen["reason"] = error.code
        answer = Answer(INTERNAL_ERROR, "temporarily unavailable, please try again")
    except KoogalleryError as error:
        seen["reason"] = error.code
        answer = Answer(INTERNAL_ERROR, "internal error")
    except Exception as error:  # noqa: BLE001 - the boundary: the marketplace reads nothing but an answer
        seen["reason"] = describe(error)
        answer = Answer(INTERNAL_ERROR, "internal error")
    seen["milliseconds"] = round((clock.monotonic() - started) * 1000)
    log_line("callback", result_code=answer.result_code, **seen)
    return callback_reply(answer.result_code, answer.message, **answer.members)


def _answer(
    event: object, context: object, clock: Clock, use_cases: Mapping[str, UseCase], seen: dict[str, Any]
) -> Answer:
    settings = Settings.load(from_context(context))
    redact(settings.secrets())
    request = Request.from_event(event)
    seen["request_id"] = request.request_id
    now = clock.now()
    signed = saas_v2.read(request, settings, now)
    seen.update(activity=signed.activity, signed=signed.form, instance_id=signed.members.get("instanceId"))
    if signed.activity not in use_cases:
        function = ACTIVITIES[signed.activity].function
        raise IllegalParameter(f"activity: {signed.activity} is served by function {function}")
    message = parse_message(signed.activity, signed.members)
    if signed.is_test:
        seen["test"] = True
        code, text, members = sandbox.answer(signed.activity, message, settings)
        return Answer(code, text, members)
    services = Services(settings, clock, context, SECONDS, request.request_id)
    return use_cases[signed.activity](services, Call(signed.activity, message, _request(signed, message, now)))


def _request(signed: SignedCall, message: Message, now: datetime) -> lifecycle.Request:
    callback = {"activity": signed.activity, **message.model_dump(mode="json", by_alias=True)}
    return lifecycle.Request(nonce=signed.nonce, stamp=signed.stamp, now=now, callback=callback)


def _rejected(error: SignatureRejected) -> Answer:
    if error.fault in _NOT_AUTHENTIC:
        return Answer(AUTHENTICATION_FAILED, "authentication failed")
    return Answer(ILLEGAL_PARAMETER, "illegal request parameter")
