"""Log lines that LTS hands to a function: the lines of the bundle among them.

An LTS trigger's event is ``{"lts": {"data": <base64 of JSON>}}``; the JSON's ``logs`` is JSON text again, a list of
``{"message": …, "time": …, …}`` (FunctionGraph developer guide, "LTS event source").
"""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any, NamedTuple

from koogallery.errors import PermanentError
from koogallery.inferred import LOG_TEXT_MEMBERS

MAX_DATA_CHARACTERS = 8 * 1024 * 1024
"""More than FunctionGraph takes as an event (6 MB)."""
MAX_LINES = 50_000
_BEGIN = '{"time":"'
"""How each line of the bundle begins (``logs.JsonFormatter``); the platform may put something in front."""


class MalformedLogEvent(PermanentError):
    """Not an event of an LTS trigger. The text names the member, never its content."""

    code = "malformed_log_event"


class LogLines(NamedTuple):
    """``lines``: of the bundle. ``malformed``: of the bundle by their beginning, but cut or garbled.

    ``others``: of the platform or of a library, and whatever is no text.
    """

    lines: list[dict[str, Any]]
    malformed: int
    others: int


def read_log_event(event: object) -> LogLines:
    """Read the event of an LTS trigger; raises ``MalformedLogEvent``."""
    found = LogLines([], 0, 0)
    malformed = others = 0
    for entry in _entries(event):
        message = _text(entry)
        start = message.find(_BEGIN)
        if start < 0:
            others += 1
            continue
        line = _line(message, start)
        if line is None:
            malformed += 1
        else:
            found.lines.append(line)
    return found._replace(malformed=malformed, others=others)


def _text(entry: object) -> str:
    """The written line of an entry, with what the platform put around it; empty without one."""
    members = entry if isinstance(entry, dict) else {}
    return next((text for name in LOG_TEXT_MEMBERS if isinstance(text := members.get(name), str)), "")


def _line(message: str, start: int) -> dict[str, Any] | None:
    try:
        line, _ = json.JSONDecoder().raw_decode(message, start)
    except (ValueError, RecursionError):
        return None
    return line if isinstance(line, dict) else None


def _entries(event: object) -> list[Any]:
    lts = event.get("lts") if isinstance(event, dict) else None
    data = lts.get("data") if isinstance(lts, dict) else None
    if not isinstance(data, str) or len(data) > MAX_DATA_CHARACTERS:
        raise MalformedLogEvent("lts.data is missing, not text or too long")
    try:
        content = json.loads(base64.b64decode(data, validate=True))
        logs = content["logs"]
        entries = json.loads(logs) if isinstance(logs, str) else logs
    except (binascii.Error, ValueError, RecursionError, LookupError, TypeError) as error:
        raise MalformedLogEvent("lts.data is no JSON in base64 with logs") from error
    if not isinstance(entries, list) or len(entries) > MAX_LINES:
        raise MalformedLogEvent(f"logs is no list of at most {MAX_LINES} lines")
    return entries
