"""The functions of a built bundle, each in a clean interpreter of its own, kept warm between calls."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bundle_packages import Unpacked, read_build, unpack
from bundle_packages.bytecode import find_interpreter
from bundle_template.bundle import Bundle
from koogallery.clock import Clock
from local_cloud.errors import FunctionFailed, UsageError
from local_cloud.instances import Instance, Place

INSTANCES_OF_A_FUNCTION = 8
"""At once; further calls wait, as the platform's own limit would have them refused."""


class BuiltFunctions:
    """Calls functions from an unpacked build. On their ``sys.path``: the standard library, their code, their layers."""

    def __init__(self, bundle: Bundle, settings: Mapping[str, str], unpacked: Unpacked, interpreter: Path) -> None:
        self._bundle = bundle
        self._settings = settings
        self._unpacked = unpacked
        self._interpreter = interpreter
        self._idle: dict[str, list[Instance]] = {name: [] for name in bundle.components}
        self._busy: set[Instance] = set()
        self._slots = {name: threading.BoundedSemaphore(INSTANCES_OF_A_FUNCTION) for name in bundle.components}

    def call(self, name: str, event: Mapping[str, Any], clock: Clock, request_id: str) -> object:
        """The return value; raises ``FunctionFailed``, ``FunctionTimedOut``, ``ReplyRefused``."""
        with self._instance(name, clock, request_id) as instance:
            return instance.call(event, clock, request_id)

    def close(self) -> None:
        """End every instance; one that is in the middle of a call is ended by force."""
        for idle in self._idle.values():
            while idle:
                idle.pop().stop()
        for instance in list(self._busy):
            instance.kill()

    @contextmanager
    def _instance(self, name: str, clock: Clock, request_id: str) -> Iterator[Instance]:
        idle = self._idle[name]
        with self._slots[name]:
            try:
                instance = idle.pop()
            except IndexError:
                instance = self._start(name, clock, request_id)
            self._busy.add(instance)
            try:
                yield instance
            finally:
                self._busy.discard(instance)
                if instance.is_alive:
                    idle.append(instance)
                else:
                    instance.stop()

    def _start(self, name: str, clock: Clock, request_id: str) -> Instance:
        component = self._bundle.components[name]
        folders = [self._unpacked.code(name), *(self._unpacked.layer(layer) for layer in component.layers)]
        place = Place(self._interpreter, self._unpacked.working_directory(name), folders)
        try:
            instance = Instance(component, place, self._settings)
        except OSError as exc:
            raise FunctionFailed(f"function {name} has no process: {exc.strerror}") from exc
        try:
            instance.load(clock, request_id)
        except BaseException:
            instance.stop()
            raise
        return instance


@contextmanager
def opened(bundle: Bundle, settings: Mapping[str, str], packages: Path) -> Iterator[BuiltFunctions]:
    """Unpack the build in a folder for a while; every process ends with the block.

    Raises ``PackagingError``, and ``UsageError`` when the build is for a Python that this machine has not.
    """
    build = read_build(packages)
    missing = bundle.components.keys() - build.functions.keys()
    if missing:
        raise UsageError(f"{packages} lacks the function {min(missing)} of {bundle.path.name}: build it again")
    interpreter = find_interpreter(build.target)
    if interpreter is None:
        raise UsageError(f"{packages} is built for Python {build.target.python}, which this machine has not")
    with tempfile.TemporaryDirectory(prefix="koogallery-unpacked-") as name:
        functions = BuiltFunctions(bundle, settings, unpack(build, Path(name)), interpreter)
        try:
            yield functions
        finally:
            functions.close()
