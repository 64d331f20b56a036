"""One address of the marketplace. Later interfaces (licences, uploads, login) are further endpoints, one file each."""

from __future__ import annotations

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
        """Exact path; with a trailing slash it would be another API."""

    def answer(self, request: Request) -> Reply:
        """Carry the call out."""
