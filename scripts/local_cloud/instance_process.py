"""One function instance: run by an interpreter of its own, as a file, with nothing but the standard library.

Lines of JSON on stdin and stdout. First comes what to load; then each call is a line, and so is each answer. Between
a call and its answer the instance may ask for the time: the clock is the caller's, so that a simulated one is shared.
What the function prints goes to stderr.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import sys
import threading
import traceback
from collections.abc import Callable
from datetime import datetime
from functools import partial
from types import ModuleType, SimpleNamespace
from typing import Any, TextIO

Message = dict[str, Any]


class Line:
    """Both ends of the conversation. A question and its answer are not torn apart by other threads."""

    def __init__(self, incoming: TextIO, outgoing: TextIO) -> None:
        self._incoming = incoming
        self._outgoing = outgoing
        self._lock = threading.Lock()

    def receive(self) -> Message | None:
        """The next message, or None at the end."""
        text = self._incoming.readline()
        return json.loads(text) if text else None

    def send(self, message: Message) -> None:
        """Say something. Raises ``TypeError`` or ``ValueError`` for what is no JSON."""
        text = json.dumps(message, allow_nan=False)
        self._outgoing.write(text + "\n")
        self._outgoing.flush()

    def ask(self, question: Message) -> Any:
        """Say something and wait for the answer."""
        with self._lock:
            self.send(question)
            answer = self.receive()
        if answer is None:
            raise SystemExit("the caller is gone")
        return answer["answer"]


class CallersClock:
    """The clock of the process that calls."""

    def __init__(self, line: Line) -> None:
        self._line = line

    def now(self) -> datetime:
        """Current moment, aware, UTC."""
        return datetime.fromisoformat(self._line.ask({"clock": "now"}))

    def monotonic(self) -> float:
        """Seconds that never go back."""
        return float(self._line.ask({"clock": "monotonic"}))

    def sleep(self, seconds: float) -> None:
        """Wait for ``seconds``."""
        self._line.ask({"clock": "sleep", "seconds": seconds})


class Instance:
    """A loaded function."""

    def __init__(self, line: Line, start: Message) -> None:
        self._clock = CallersClock(line)
        self._context_module = _module_of_file(start["context_file"])
        component = {**start["component"], "readable_settings": frozenset(start["component"]["readable_settings"])}
        self._component = SimpleNamespace(**component)
        sys.path[:0] = start["path"]
        self._handler = _callable(start["handler"])
        if start["initializer"]:
            _callable(start["initializer"])(self.context(start))

    def context(self, call: Message) -> object:
        """The context of a call."""
        return self._context_module.Context(self._component, call["settings"], self._clock, call["request_id"])

    def call(self, call: Message) -> object:
        """What the function returns."""
        return self._handler(call["event"], self.context(call))


def serve(line: Line) -> None:
    """Load what the first message names, then answer calls until there are no more."""
    start = line.receive()
    if start is None:
        return
    made: list[Instance] = []
    _answer(line, lambda: made.append(Instance(line, start)))
    while made and (call := line.receive()) is not None:
        _answer(line, partial(made[0].call, call))


def _answer(line: Line, work: Callable[[], object]) -> None:
    try:
        value = work()
    except (Exception, SystemExit) as exc:  # noqa: BLE001 - the runtime survives whatever a function does
        traceback.print_exc()
        line.send({"raised": type(exc).__name__})
        return
    try:
        line.send({"returned": value})
    except (TypeError, ValueError, RecursionError):
        line.send({"no_json": type(value).__name__})


def _callable(handler: str) -> Callable[..., object]:
    file, _, name = handler.partition(".")
    found: Callable[..., object] = getattr(importlib.import_module(file), name)
    return found


def _module_of_file(file: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location("platform_context", file)
    if spec is None or spec.loader is None:
        raise ImportError(file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def take_over() -> Line:
    """Keep the two pipes for the conversation; the function gets an empty stdin and stderr for its output."""
    incoming, outgoing = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    return Line(os.fdopen(incoming, encoding="utf-8"), os.fdopen(outgoing, "w", encoding="utf-8"))


if __name__ == "__main__":
    serve(take_over())
