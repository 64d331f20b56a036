"""The functions of a bundle, loaded from their folders as the runtime would.

Every folder has its own ``index.py``; they are told apart by module names of their own. A function's folder
is not put on ``sys.path``: what functions share belongs into a layer.
"""

from __future__ import annotations

import importlib.util
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol

from bundle_template.bundle import Bundle, Component
from bundle_template.errors import TemplateError
from koogallery.clock import Clock
from local_cloud.context import Context
from local_cloud.errors import FunctionFailed

Handler = Callable[..., Any]


class Callees(Protocol):
    """Functions that can be called by name, wherever they run."""

    def call(self, name: str, event: Mapping[str, Any], clock: Clock, request_id: str) -> object:
        """The return value of one call; raises ``FunctionFailed``."""


class Functions:
    """Loads each function at its first call and keeps it, as one warm instance of the cloud would."""

    def __init__(self, bundle: Bundle, settings: Mapping[str, str]) -> None:
        self._bundle = bundle
        self._settings = settings
        self._handlers: dict[str, Handler] = {}
        self._locks = {name: threading.Lock() for name in bundle.components}

    def check_file(self, name: str) -> None:
        """Raise ``TemplateError`` when the handler's file does not exist."""
        component = self._bundle.components[name]
        path = _file(self._bundle, component, component.handler)
        if not path.is_file():
            problem = f"function {name} has no file {path.relative_to(self._bundle.root)}"
            raise TemplateError(self._bundle.path, component.line, problem)

    def load(self, name: str, clock: Clock, request_id: str) -> None:
        """Import the function and run its initializer, once; raises ``FunctionFailed``."""
        with self._locks[name]:
            if name in self._handlers:
                return
            component = self._bundle.components[name]
            try:
                handler = _import(self._bundle, component, component.handler)
                if component.initializer_handler:
                    initialize = _import(self._bundle, component, component.initializer_handler)
                    initialize(Context(component, self._settings, clock, request_id))
            except (Exception, SystemExit) as exc:  # the runtime survives whatever a function does
                raise FunctionFailed(f"function {name} cannot be loaded: {type(exc).__name__}") from exc
            self._handlers[name] = handler

    def call(self, name: str, event: Mapping[str, Any], clock: Clock, request_id: str) -> object:
        """The return value of one call; raises ``FunctionFailed``."""
        self.load(name, clock, request_id)
        context = Context(self._bundle.components[name], self._settings, clock, request_id)
        try:
            return self._handlers[name](event, context)
        except (Exception, SystemExit) as exc:  # the runtime survives whatever a function does
            raise FunctionFailed(f"function {name} raised {type(exc).__name__}") from exc


def _file(bundle: Bundle, component: Component, handler: str) -> Path:
    return bundle.root / component.code_uri / f"{handler.partition('.')[0]}.py"


def _import(bundle: Bundle, component: Component, handler: str) -> Handler:
    file, _, name = handler.partition(".")
    module = _module(f"function_{component.name}_{file}", _file(bundle, component, handler))
    found = getattr(module, name, None)
    if not callable(found):
        raise FunctionFailed(f"{file}.py of function {component.name} has no function {name}")
    return found  # type: ignore[no-any-return]


def _module(name: str, path: Path) -> ModuleType:
    loaded = sys.modules.get(name)
    if loaded is not None and loaded.__file__ == str(path):
        return loaded
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise FunctionFailed(f"{path.name} is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module
