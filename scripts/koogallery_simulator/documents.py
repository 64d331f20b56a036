"""Reads requests to the control API: typed members or a BadRequest that says what to change."""

from __future__ import annotations

import json
from collections.abc import Mapping

from koogallery_simulator.errors import BadRequest

LARGEST_BODY = 256 * 1024


class Fields:
    """Members of one request; ``done`` refuses what nobody asked for."""

    def __init__(self, document: Mapping[str, object]) -> None:
        self._document = document
        self._asked: set[str] = set()

    @classmethod
    def of_body(cls, body: bytes) -> Fields:
        """From a JSON object; an empty body is an empty object."""
        if len(body) > LARGEST_BODY:
            raise BadRequest(f"the body is larger than {LARGEST_BODY} bytes")
        try:
            document = json.loads(body or b"{}")
        except (ValueError, RecursionError) as exc:
            raise BadRequest("the body is no JSON") from exc
        if not isinstance(document, dict):
            raise BadRequest("the body is no JSON object")
        return cls(document)

    def _get(self, name: str) -> object:
        self._asked.add(name)
        return self._document.get(name)

    def text(self, name: str, default: str | None = None) -> str:
        """A string; required without a default."""
        value = self._get(name)
        if value is None and default is not None:
            return default
        if not isinstance(value, str):
            raise BadRequest(f"{name} must be a string")
        return value

    def optional_text(self, name: str) -> str | None:
        """A string or nothing."""
        return None if self._get(name) is None else self.text(name)

    def number(self, name: str, default: int, least: int, most: int) -> int:
        """A whole number between ``least`` and ``most``."""
        value = self._get(name)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise BadRequest(f"{name} must be a whole number from {least} to {most}")
        return value

    def flag(self, name: str, default: bool = False) -> bool:
        """true or false."""
        value = self._get(name)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise BadRequest(f"{name} must be true or false")
        return value

    def texts(self, name: str) -> list[str]:
        """A list of strings, not empty."""
        value = self._get(name)
        if not isinstance(value, list) or not value or not all(isinstance(one, str) for one in value):
            raise BadRequest(f"{name} must be a list of strings")
        return value

    def members(self, name: str) -> dict[str, object]:
        """An object; {} when it is absent."""
        value = self._get(name)
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise BadRequest(f"{name} must be an object")
        return value

    def done(self) -> None:
        """Refuse members that nobody asked for."""
        surplus = sorted(self._document.keys() - self._asked)
        if surplus:
            raise BadRequest(
                f"unknown members: {', '.join(surplus)[:200]}; known here: {', '.join(sorted(self._asked))}"
            )
