"""One address of the marketplace, and how addresses are found. Each interface is an endpoint in a file of its own."""

from __future__ import annotations

import re
from typing import Protocol

from koogallery_simulator.http_messages import Reply, Request


class Endpoint(Protocol):
    """``name`` is what faults are programmed for."""

    @property
    def name(self) -> str:
        """usage, order, …"""

    @property
    def method(self) -> str:
        """GET or POST."""

    @property
    def path(self) -> str:
        """Exact path, a segment in braces stands for any; with a trailing slash it would be another API."""

    @property
    def content_type(self) -> str:
        """What a request must be."""

    def answer(self, request: Request) -> Reply:
        """Carry the call out."""


class Endpoints:
    """All addresses."""

    def __init__(self) -> None:
        self._exact: dict[tuple[str, str], Endpoint] = {}
        self._patterns: list[tuple[str, re.Pattern[str], Endpoint]] = []

    def add(self, endpoint: Endpoint) -> None:
        """Serve one more."""
        if "{" not in endpoint.path:
            self._exact[endpoint.method, endpoint.path] = endpoint
            return
        parts = re.split(r"\{[^}]*\}", endpoint.path)
        pattern = re.compile("[^/]+".join(re.escape(part) for part in parts))
        self._patterns.append((endpoint.method, pattern, endpoint))

    def find(self, method: str, path: str) -> Endpoint | None:
        """The endpoint of a call, or None."""
        exact = self._exact.get((method, path))
        if exact is not None:
            return exact
        fitting = (one for wanted, pattern, one in self._patterns if wanted == method and pattern.fullmatch(path))
        return next(fitting, None)
