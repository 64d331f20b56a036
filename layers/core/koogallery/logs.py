"""Structured logs: one JSON line per fact on stderr, where FunctionGraph picks it up.

Nothing secret leaves through here: values of known secrets are masked wherever they stand in a line, members named
after secrets or personal data are masked whatever they hold, and objects that are no plain data appear as the name
of their type.
"""

from __future__ import annotations

import json
import logging
import math
import re
import sys
import threading
import traceback
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timezone
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, TextIO
from urllib.parse import quote

from koogallery.errors import KoogalleryError

if TYPE_CHECKING:
    _TextHandler = logging.StreamHandler[TextIO]
else:
    # Python 3.10 has no parameters for it.
    _TextHandler = logging.StreamHandler

LOGGER = "koogallery"
MASK = "***"
MAX_TEXT = 2000
MAX_ITEMS = 50
MAX_DEPTH = 4
MAX_TRACE = 1800
MIN_SECRET = 4
_SENSITIVE = re.compile(
    r"password|secret|signature|authorization|access_?key|api_?key|private_?key|token|cookie"
    r"|mobile|phone|e_?mail|user_?name|real_?name|customer_?name|nonce",
    re.IGNORECASE,
)
_RESERVED = frozenset({"time", "level", "event"})


class Redactor:
    """Masks known secret values anywhere in a text."""

    def __init__(self) -> None:
        self._longest_first: tuple[str, ...] = ()
        self._lock = threading.Lock()

    def add(self, values: Iterable[str]) -> None:
        """Know more secrets. Shorter ones than ``MIN_SECRET`` characters are left out: they would mask half a line.

        The spellings in which a secret may travel are known too: in a URL, in JSON, line by line.
        """
        spellings = {one for value in values for one in _spellings(value) if len(one) >= MIN_SECRET}
        with self._lock:
            self._longest_first = tuple(sorted(spellings.union(self._longest_first), key=len, reverse=True))

    def clean(self, text: str) -> str:
        """The text with every known secret masked."""
        for value in self._longest_first:
            text = text.replace(value, MASK)
        return text


_REDACTOR = Redactor()


def redact(values: Iterable[str]) -> None:
    """Register the secret values of the loaded settings for the whole process."""
    _REDACTOR.add(values)


def set_level(level: int | str) -> None:
    """``INFO`` by default; ``DEBUG`` adds stack traces of unexpected errors."""
    _logger().setLevel(level)


def log_line(event: str, *, level: int = logging.INFO, **fields: object) -> None:
    """Write one line: ``time``, ``level``, ``event`` (a stable name) and the given fields."""
    logger = _logger()
    if logger.isEnabledFor(level):
        logger.log(level, "%s", event, extra={"fields": {"event": event, **fields}})


def describe(error: BaseException) -> str:
    """What a line may say of an error.

    One of our own trees shows its code and text. Of any other only type and place are shown, since its text may
    quote data; at level DEBUG the end of its stack trace follows.
    """
    if isinstance(error, KoogalleryError):
        return f"{error.code}: {error}"
    shown = f"{type(error).__name__} at {_place(error)}"
    if not _logger().isEnabledFor(logging.DEBUG):
        return shown
    trace = "".join(traceback.format_exception(type(error), error, error.__traceback__))
    return f"{shown}\n{_REDACTOR.clean(trace)[-MAX_TRACE:]}"


class JsonFormatter(logging.Formatter):
    """One ASCII JSON object per record, whoever logs through the logger."""

    def __init__(self, redactor: Redactor) -> None:
        super().__init__()
        self._redactor = redactor

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        given = getattr(record, "fields", None)
        fields: Mapping[str, object] = given if isinstance(given, dict) else {"event": record.getMessage()}
        moment = datetime.fromtimestamp(record.created, timezone.utc).isoformat(timespec="milliseconds")
        line: dict[str, object] = {"time": moment.replace("+00:00", "Z"), "level": record.levelname}
        line["event"] = self._plain(fields.get("event", ""), 0)
        for name, value in fields.items():
            if name not in _RESERVED:
                line[name] = MASK if _is_sensitive(name, value) else self._plain(value, 0)
        return json.dumps(line, ensure_ascii=True, separators=(",", ":"))

    def _plain(self, value: object, depth: int) -> object:
        if isinstance(value, Enum):
            value = value.value
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, float):
            return value if math.isfinite(value) else str(value)
        if isinstance(value, int):
            return value if abs(value) < 10**15 else self._text(str(value))
        if isinstance(value, (str, Decimal, datetime, date)):
            return self._text(value.isoformat() if isinstance(value, date) else str(value))
        if depth < MAX_DEPTH:
            if isinstance(value, Mapping):
                return self._members(value, depth)
            if isinstance(value, (list, tuple, set, frozenset)):
                return [self._plain(one, depth + 1) for one in list(value)[:MAX_ITEMS]]
        return type(value).__name__

    def _members(self, value: Mapping[object, object], depth: int) -> dict[str, object]:
        shown = list(value.items())[:MAX_ITEMS]
        return {
            self._text(str(name)): MASK if _is_sensitive(str(name), one) else self._plain(one, depth + 1)
            for name, one in shown
        }

    def _text(self, text: str) -> str:
        # Masked before it is cut: half a secret at the cut would go through.
        clean = self._redactor.clean(text)
        return clean if len(clean) <= MAX_TEXT else clean[:MAX_TEXT] + "…"


class _StderrHandler(_TextHandler):
    """Writes to what stderr is now, not to what it was at import."""

    def __init__(self) -> None:
        super().__init__(sys.stderr)

    def emit(self, record: logging.LogRecord) -> None:
        self.stream = sys.stderr
        super().emit(record)


def _logger() -> logging.Logger:
    logger = logging.getLogger(LOGGER)
    if not any(isinstance(handler, _StderrHandler) for handler in logger.handlers):
        handler = _StderrHandler()
        handler.setFormatter(JsonFormatter(_REDACTOR))
        logger.addHandler(handler)
        logger.propagate = False
        if logger.level == logging.NOTSET:
            logger.setLevel(logging.INFO)
    return logger


def _is_sensitive(name: str, value: object) -> bool:
    return bool(value) and not isinstance(value, bool) and _SENSITIVE.search(name) is not None


def _spellings(value: str) -> set[str]:
    text = value.strip()
    lines = {line.strip() for line in text.replace("\\n", "\n").splitlines() if "-----" not in line}
    return {text, quote(text, safe=""), json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1], *lines}


def _place(error: BaseException) -> str:
    """File and line of the innermost frame, file name only."""
    frames = traceback.extract_tb(error.__traceback__)
    if not frames:
        return "an unknown place"
    return f"{frames[-1].filename.replace(chr(92), '/').rsplit('/', 1)[-1]}:{frames[-1].lineno}"
