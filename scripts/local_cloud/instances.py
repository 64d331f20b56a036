"""Processes that run a built function, seen from the side that calls."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

from bundle_template.bundle import Component
from koogallery.clock import Clock
from local_cloud import context, instance_process
from local_cloud.errors import FunctionFailed, FunctionTimedOut, ReplyRefused

MAX_ANSWER_BYTES = 16 * 1024 * 1024
"""Of one line: a reply of 6 MB may grow by its escapes."""
MAX_LOG_LINE = 64 * 1024
STOP_SECONDS = 5.0
_AGENCY_KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")


@dataclass(frozen=True)
class Place:
    """Where a function runs: its interpreter, the working directory, and the folders on ``sys.path``, in order."""

    interpreter: Path
    working_directory: Path
    path: Sequence[Path]


class Instance:
    """One process. It takes one call at a time, as an instance of the cloud does."""

    def __init__(self, component: Component, place: Place, settings: Mapping[str, str]) -> None:
        """Start the process; the function is loaded by ``load``."""
        self._component = component
        self._place = place
        self._settings = {name: settings[name] for name in component.readable_settings if name in settings}
        self._timed_out = False
        self._gave_up = False
        self._process = subprocess.Popen(
            # -I, -S: nothing of the environment and no site-packages. -B: the platform's folders are read-only.
            # -u: what a function prints is in the log while it runs.
            [str(place.interpreter), "-I", "-S", "-B", "-u", instance_process.__file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=place.working_directory,
            env=self._environment(),
            text=True,
            encoding="utf-8",
            errors="replace",
        )
        self._log = threading.Thread(target=self._pass_on_log, name=f"log of {component.name}", daemon=True)
        self._log.start()

    def load(self, clock: Clock, request_id: str) -> None:
        """Import the function and run its initializer; raises ``FunctionFailed``, ``FunctionTimedOut``."""
        component = self._component
        facts = {
            "name": component.name,
            "timeout": component.timeout,
            "memory_size": component.memory_size,
            "readable_settings": sorted(component.readable_settings),
        }
        start = {
            "context_file": context.__file__,
            "component": facts,
            "path": [str(folder) for folder in self._place.path],
            "handler": component.handler,
            "initializer": component.initializer_handler,
            "settings": self._settings,
            "request_id": request_id,
        }
        self._exchange(start, clock, component.initializer_timeout or component.timeout)

    def call(self, event: Mapping[str, Any], clock: Clock, request_id: str) -> object:
        """The return value of one call; raises ``FunctionFailed``, ``FunctionTimedOut``, ``ReplyRefused``."""
        message = {"event": event, "settings": self._settings, "request_id": request_id}
        return self._exchange(message, clock, self._component.timeout)

    @property
    def is_alive(self) -> bool:
        """Whether it can take a call."""
        return not self._gave_up and self._process.poll() is None

    def stop(self) -> None:
        """End the process: by its own will, else by force."""
        with contextlib.suppress(BrokenPipeError):  # it is gone already
            self._stdin.close()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(STOP_SECONDS)
        self._log.join(STOP_SECONDS)
        self._stdout.close()

    def kill(self) -> None:
        """End the process at once; a call that is running fails."""
        self._gave_up = True
        self._process.kill()

    def _environment(self) -> dict[str, str]:
        """What the platform presets, and the plain settings: encrypted ones never reach the environment."""
        plain = {name: self._settings[name] for name in self._component.settings if name in self._settings}
        keys = {name: os.environ[name] for name in _AGENCY_KEYS if name in os.environ}
        code = {"RUNTIME_CODE_ROOT": str(self._place.path[0]), "RUNTIME_FUNC_NAME": self._component.name}
        return {"PATH": os.defpath, **code, **keys, **plain}

    def _exchange(self, message: Mapping[str, object], clock: Clock, timeout: float) -> object:
        watch = threading.Timer(timeout, self._take_too_long)
        watch.daemon = True
        watch.start()
        try:
            self._send(message)
            while "clock" in (answer := self._receive()):
                self._send({"answer": _time(answer, clock)})
        finally:
            watch.cancel()
        return _value(self._component.name, answer)

    def _take_too_long(self) -> None:
        self._timed_out = True
        self.kill()

    def _send(self, message: Mapping[str, object]) -> None:
        try:
            self._stdin.write(json.dumps(message) + "\n")
            self._stdin.flush()
        except BrokenPipeError as exc:
            raise self._gone() from exc

    def _receive(self) -> dict[str, Any]:
        text = self._stdout.readline(MAX_ANSWER_BYTES)
        if not text.endswith("\n"):
            raise self._gone()
        return cast("dict[str, Any]", json.loads(text))

    def _gone(self) -> FunctionFailed | FunctionTimedOut:
        self._gave_up = True
        name = self._component.name
        if self._timed_out:
            return FunctionTimedOut(f"function {name} did not return in time, its process was ended")
        return FunctionFailed(f"the process of function {name} ended in the middle of a call")

    def _pass_on_log(self) -> None:
        stream = cast("IO[str]", self._process.stderr)
        with stream:
            while line := stream.readline(MAX_LOG_LINE):
                sys.stderr.write(line)
                sys.stderr.flush()

    @property
    def _stdin(self) -> IO[str]:
        return cast("IO[str]", self._process.stdin)

    @property
    def _stdout(self) -> IO[str]:
        return cast("IO[str]", self._process.stdout)


def _time(question: Mapping[str, Any], clock: Clock) -> object:
    if question["clock"] == "now":
        return clock.now().isoformat()
    if question["clock"] == "monotonic":
        return clock.monotonic()
    clock.sleep(question["seconds"])
    return None


def _value(name: str, answer: Mapping[str, Any]) -> object:
    if "returned" in answer:
        return answer["returned"]
    if "no_json" in answer:
        raise ReplyRefused(f"the return value is no JSON: {answer['no_json']}")
    raise FunctionFailed(f"function {name} raised {answer['raised']}")
