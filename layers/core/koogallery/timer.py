"""The frame of the functions nobody waits for: timers above all.

A timer event's time says which work is due; leases use the real clock.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from koogallery import times
from koogallery.clock import Clock, SystemClock
from koogallery.errors import PermanentError, SettingsError
from koogallery.logs import describe, log_line, redact
from koogallery.services import Services
from koogallery.settings import Settings, from_context
from koogallery.slots import SLOTS

_SHARE = re.compile(r"(\d{1,2}) of (\d{1,2})", re.ASCII)
MARGIN_SECONDS = 10.0
"""A run stops this long before its time-out, so that it always ends by itself."""


class MalformedTimerEvent(PermanentError):
    """The event of the trigger cannot be read."""

    code = "malformed_timer_event"


@dataclass(frozen=True)
class Tick:
    """``at`` is the event's time, UTC; ``slots`` the share of the work this timer does."""

    at: datetime
    slots: tuple[int, ...]


TimerUseCase = Callable[[Services, Tick], Mapping[str, Any]]
Work = Callable[[Services], Mapping[str, Any]]


def serve(event: object, context: object, use_case: TimerUseCase) -> dict[str, Any]:
    """Run a timer function; its report is logged and returned. An error is logged and raised: the run has failed."""
    return run(context, use_case.__name__, lambda services: use_case(services, read_tick(event)))


def run(context: object, name: str, work: Work) -> dict[str, Any]:
    """The same for a function that something other than a timer starts; ``name`` is the event of its log line."""
    clock: Clock = getattr(context, "clock", None) or SystemClock()
    started = clock.monotonic()
    request_id = _request_id(context)

    def told(event: str, *, level: int = logging.INFO, **fields: object) -> None:
        milliseconds = round((clock.monotonic() - started) * 1000)
        log_line(event, level=level, request_id=request_id, milliseconds=milliseconds, **fields)

    try:
        settings = Settings.load(from_context(context))
        redact(settings.secrets())
        services = Services(settings, clock, context, _seconds(context) - MARGIN_SECONDS, request_id)
        report = dict(work(services))
    except SettingsError as error:
        told(f"{name}_failed", level=logging.ERROR, reason=f"{error.setting} {error.problem}")
        raise
    except Exception as error:
        told(f"{name}_failed", level=logging.ERROR, reason=describe(error))
        raise
    told(name, **report)
    return report


def read_tick(event: object) -> Tick:
    """Time and share of a TIMER event; raises ``MalformedTimerEvent``. ``user_event``: ``{"share": "1 of 4"}``."""
    if not isinstance(event, dict):
        raise MalformedTimerEvent("the event is not an object")
    try:
        at = times.parse_iso(str(event.get("time")))
    except ValueError as error:
        raise MalformedTimerEvent("time is missing or not a time") from error
    return Tick(at, _slots(event.get("user_event")))


def _slots(user_event: object) -> tuple[int, ...]:
    try:
        fields = json.loads(user_event) if isinstance(user_event, str) and user_event else {}
    except ValueError as error:
        raise MalformedTimerEvent("user_event is not JSON") from error
    share = fields.get("share", "1 of 1") if isinstance(fields, dict) else ""
    found = _SHARE.fullmatch(share) if isinstance(share, str) else None
    number, of = (int(found[1]), int(found[2])) if found else (0, 0)
    if not 1 <= number <= of <= SLOTS:
        raise MalformedTimerEvent(f'user_event must be {{"share": "1 of n"}} with n from 1 to {SLOTS}')
    return tuple(slot for slot in range(SLOTS) if slot % of == number - 1)


def _request_id(context: object) -> str:
    told = getattr(context, "getRequestID", None)
    return str(told()) if told else ""


def _seconds(context: object) -> float:
    configured = getattr(context, "getRunningTimeInSeconds", None)
    return float(configured()) if configured else 60.0
