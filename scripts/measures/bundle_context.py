"""A bundle inside the bench's own process: functions, state and far ends, all of them real but the network."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from koogallery.clock import Clock
from koogallery.marketplace.usage_push import PushAnswer
from koogallery.services import Services
from koogallery.settings import Settings
from koogallery.state import State

ROOT = Path(__file__).resolve().parents[2]
Handler = Callable[[object, object], Any]


def load_handler(function: str) -> Handler:
    """The handler of a function, loaded from its folder as the platform does."""
    spec = importlib.util.spec_from_file_location(f"bench_{function}", ROOT / "functions" / function / "index.py")
    if spec is None or spec.loader is None:
        raise SystemExit(f"functions/{function}/index.py cannot be loaded")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    handler: Handler = module.handler
    return handler


def context(settings: dict[str, str], clock: Clock | None = None) -> SimpleNamespace:
    """What a function is handed."""
    return SimpleNamespace(getUserData=settings.get, clock=clock)


def services(settings: dict[str, str], state: State, clock: Clock, seconds: float = 36_000) -> Services:
    """Services over a given state, with an accepting marketplace."""
    made = Services(Settings.load(settings.get), clock, None, seconds)
    made.__dict__.update(state=state, marketplace=AcceptingMarketplace(), archive=None)
    return made


class AcceptingMarketplace:
    """Takes every usage push. Keeps only counts: what is measured is the bundle."""

    def __init__(self) -> None:
        self.pushes = 0
        self.bytes = 0

    def push_usage(self, body: bytes) -> PushAnswer:
        """Accept."""
        self.pushes += 1
        self.bytes += len(body)
        return PushAnswer("MKT.0000", "success", (), "bench")


def quiet() -> None:
    """Log lines of the measured code go nowhere: writing them would be measured too."""
    import logging

    logging.getLogger("koogallery").setLevel(logging.CRITICAL)
    os.environ.setdefault("AWS_EC2_METADATA_DISABLED", "true")
