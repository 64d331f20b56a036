"""One HTTP call and one answer, as plain data: the marketplace can be called with or without a socket."""

from __future__ import annotations

import json
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass, field

ANSWER = "answer"
HANG = "hang"
RESET = "reset"


@dataclass(frozen=True)
class Request:
    """``path`` as on the wire (encoded), ``query`` decoded pairs in order, ``headers`` with lower-case names."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]
    body: bytes = b""

    @classmethod
    def of_target(cls, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Request:
        """From a request line's target. ``+`` in a query is a plus, as AK/SK signing counts it."""
        path, _, query = target.partition("?")
        pairs = []
        for part in query.split("&") if query else []:
            name, _, value = part.partition("=")
            pairs.append((urllib.parse.unquote(name), urllib.parse.unquote(value)))
        return cls(method, path, tuple(pairs), {name.lower(): value for name, value in headers.items()}, body)


@dataclass(frozen=True)
class Reply:
    """What goes back. With ``action`` HANG nothing comes for ``seconds``; with RESET the connection is torn down."""

    status: int = 200
    body: bytes = b""
    content_type: str = "application/json"
    action: str = ANSWER
    seconds: float = 0.0
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, repr=False)
class OutgoingRequest:
    """One signed call, ready to send, and to be sent again byte for byte."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes

    def __repr__(self) -> str:
        return f"OutgoingRequest({self.method} {self.url.partition('?')[0]}, {len(self.body)} bytes)"


@dataclass(frozen=True, repr=False)
class Answer:
    """What came back, and after how long. ``headers`` have lower-case names."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    seconds: float

    def __repr__(self) -> str:
        return f"Answer(HTTP {self.status}, {len(self.body)} bytes)"


def json_reply(status: int, document: object) -> Reply:
    """A JSON answer."""
    return Reply(status, json.dumps(document, ensure_ascii=False).encode("utf-8"))
