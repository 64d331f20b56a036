"""Replies of a server of the AWS kind, put in place of the network inside botocore."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import lru_cache
from typing import Any

from botocore.awsrequest import AWSPreparedRequest, AWSResponse, HeadersDict
from botocore.client import BaseClient

from koogallery.adapters.dynamodb_calls import TableCalls, table_client
from koogallery.adapters.dynamodb_state import DynamoDbState
from koogallery.clock import FrozenClock

ENDPOINT = "http://127.0.0.1:9"
Reply = tuple[int, Mapping[str, Any] | bytes] | Exception


class _Body:
    def __init__(self, content: bytes) -> None:
        self._content = content

    def stream(self, *_: object, **__: object) -> Iterator[bytes]:
        yield self._content

    def read(self, *_: object) -> bytes:
        content, self._content = self._content, b""
        return content


class ScriptedReplies:
    """botocore's ``before-send`` hook: gives one reply after another, the last one for ever.

    A reply is ``(status, body)`` or an exception, raised as if the connection had failed with it. ``requests``
    keeps what was sent.
    """

    def __init__(self, *replies: Reply) -> None:
        self._replies = list(replies)
        self.requests: list[AWSPreparedRequest] = []

    @property
    def bodies(self) -> list[dict[str, Any]]:
        """The JSON bodies of the requests."""
        return [json.loads(str(request.body, "utf-8")) for request in self.requests]  # type: ignore[arg-type]

    @property
    def operations(self) -> list[str]:
        """Names of the DynamoDB operations that were sent."""
        return [header(request, "X-Amz-Target").split(".")[1] for request in self.requests]

    def answer(self, request: AWSPreparedRequest) -> AWSResponse:
        """The next reply."""
        self.requests.append(request)
        reply = self._replies.pop(0) if len(self._replies) > 1 else self._replies[0]
        if isinstance(reply, Exception):
            raise reply
        status, body = reply
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return AWSResponse(request.url, status, HeadersDict(), _Body(content))  # type: ignore[arg-type]


class Stage:
    """The network of a client: asks the script of the moment."""

    script: ScriptedReplies

    def hook(self, request: AWSPreparedRequest, **_: object) -> Any:
        """botocore's ``before-send``."""
        return self.script.answer(request)


@dataclass
class ScriptedTable:
    """A state whose server is a script, and whose clock moves only while the state waits."""

    script: ScriptedReplies
    clock: FrozenClock
    state: DynamoDbState
    stage: Stage


def scripted_table(*replies: Reply) -> ScriptedTable:
    """A state that gets these replies. One at a time: all of them share a client, which is slow to make."""
    script = ScriptedReplies(*replies)
    clock = FrozenClock(datetime(2026, 11, 21, 10, tzinfo=timezone.utc))
    client, stage = _client()
    stage.script = script
    return ScriptedTable(script, clock, DynamoDbState(TableCalls(client, "state", clock)), stage)


@lru_cache
def _client() -> tuple[BaseClient, Stage]:
    stage = Stage()
    client = table_client(ENDPOINT, "cn-north-4", "AK", "SK")
    client.meta.events.register("before-send.dynamodb", stage.hook)
    return client, stage


def header(request: AWSPreparedRequest, name: str) -> str:
    """A header of a request; empty when it has none."""
    value: str | bytes = request.headers.get(name, "")
    return value if isinstance(value, str) else value.decode()


def refusal(code: str, status: int = 400) -> Reply:
    """An error reply of DynamoDB's API. The message quotes data, as real ones do."""
    return status, {"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": "secret key CS-1"}
