"""Calls of one table over DynamoDB's API: time-outs, retries, what a failure means, the table's creation.

A callback must be answered within five seconds, so a call that fails takes at most ``START_WITHIN_SECONDS`` plus
one read time-out. botocore's own retries are off: after a lost answer they would send a conditional write again,
and its refusal would look as if somebody else had written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import botocore.session
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    HTTPClientError,
    IncompleteReadError,
)
from botocore.exceptions import (
    ConnectionError as NotConnectedError,
)

from koogallery.clock import Clock
from koogallery.errors import KoogalleryError
from koogallery.state import StateMisconfigured, StateUnavailable

if TYPE_CHECKING:
    from botocore.client import BaseClient

CONNECT_SECONDS = 1.0
READ_SECONDS = 2.0
START_WITHIN_SECONDS = 1.5
"""No further try begins later than this after the first."""
PAUSES_SECONDS = (0.05, 0.1, 0.2, 0.4)
"""Between one try and the next."""
WARM_CLIENTS = 4
ACTIVE_TRIES = 20
ACTIVE_PAUSE_SECONDS = 0.1

THROTTLED = {
    "LimitExceededException",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
}
TABLE_SCHEMA = {
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
    "AttributeDefinitions": [
        {"AttributeName": "pk", "AttributeType": "S"},
        {"AttributeName": "sk", "AttributeType": "S"},
    ],
}
CREATION_ARGUMENTS: Sequence[Mapping[str, Any]] = ({}, {"BillingMode": "PAY_PER_REQUEST"})
"""Tried in turn: GeminiDB knows no billing mode, every other server of this API insists on one."""


class Failure(Enum):
    """What a failed call means for the next step."""

    CONDITION = "the condition did not hold"
    NO_TABLE = "the table does not exist"
    NOT_DONE = "surely nothing was written; may work later"
    UNKNOWN = "may have been written; may work later"
    PERMANENT = "fails again until settings or code change"


class ConditionFailed(Exception):
    """The condition of a conditional write did not hold."""


@lru_cache(maxsize=WARM_CLIENTS)
def table_client(endpoint: str, region: str, access_key: str, secret_key: str) -> BaseClient:
    """A DynamoDB client that never waits longer than a callback can; making one takes longer than a call."""
    config = Config(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        retries={"total_max_attempts": 1, "mode": "standard"},
        tcp_keepalive=True,
    )
    # The built-in handlers serve other services and presigned addresses; registering them takes a third of all this.
    return botocore.session.Session(include_builtin_handlers=False).create_client(
        "dynamodb",
        region_name=region,
        endpoint_url=endpoint,
        aws_access_key_id=access_key,
        aws_secret_access_key=secret_key,
        config=config,
    )


def create_table(client: BaseClient, table: str, clock: Clock, *, extra: Mapping[str, Any]) -> None:
    """Create the table with ``extra`` arguments for CreateTable; fine when it exists. Waits until it is active."""
    create: Callable[..., Any] = getattr(client, "create_table")  # noqa: B009 - clients get their methods at run time
    try:
        create(TableName=table, **TABLE_SCHEMA, **extra)
    except ClientError as exc:
        if exc.response["Error"]["Code"] != "ResourceInUseException":
            raise
    describe: Callable[..., Any] = getattr(client, "describe_table")  # noqa: B009
    for _ in range(ACTIVE_TRIES):
        if describe(TableName=table)["Table"].get("TableStatus", "ACTIVE") == "ACTIVE":
            return
        clock.sleep(ACTIVE_PAUSE_SECONDS)
    raise StateUnavailable("the table of the state is still being made")


def failure_of(exc: BotoCoreError | ClientError) -> Failure:
    """Classify a failure by its code first, by its HTTP status where the code is unknown."""
    if isinstance(exc, ClientError):
        return _failure_of_reply(exc)
    if isinstance(exc, NotConnectedError):
        return Failure.NOT_DONE
    if isinstance(exc, HTTPClientError | IncompleteReadError):
        return Failure.UNKNOWN
    return Failure.PERMANENT


def _failure_of_reply(exc: ClientError) -> Failure:
    code = exc.response["Error"]["Code"]
    status = exc.response["ResponseMetadata"]["HTTPStatusCode"]
    if code == "ConditionalCheckFailedException":
        return Failure.CONDITION
    if code == "ResourceNotFoundException":
        return Failure.NO_TABLE
    if code in THROTTLED or status == 429:
        return Failure.NOT_DONE
    if status >= 500 or status == 408:
        return Failure.UNKNOWN
    return Failure.PERMANENT


class _NoTable(Exception):
    """The table does not exist."""


class TableCalls:
    """Calls the table, trying again where that is safe, and speaks the port's errors."""

    def __init__(
        self,
        client: BaseClient,
        table: str,
        clock: Clock,
        *,
        creation_arguments: Sequence[Mapping[str, Any]] = CREATION_ARGUMENTS,
    ) -> None:
        self.table = table
        self.clock = clock
        self._client = client
        self._creation_arguments = creation_arguments

    def repeatable(self, operation: str, **parameters: object) -> Mapping[str, Any]:
        """A call whose repetition changes nothing: tried again after every passing failure."""
        return self._call(operation, parameters, again_after={Failure.NOT_DONE, Failure.UNKNOWN})

    def conditional(self, operation: str, **parameters: object) -> Mapping[str, Any]:
        """A conditional write: tried again only when it was surely not done. May raise ``ConditionFailed``."""
        return self._call(operation, parameters, again_after={Failure.NOT_DONE})

    def _call(self, operation: str, parameters: Mapping[str, object], again_after: set[Failure]) -> Mapping[str, Any]:
        try:
            return self._tried(operation, parameters, again_after)
        except _NoTable:
            self._create_table()
        # Making the table, once in its life, may take all the time of the tries: they begin again.
        try:
            return self._tried(operation, parameters, again_after)
        except _NoTable:
            raise StateUnavailable(f"{operation}: the table that was made is not found") from None

    def _tried(self, operation: str, parameters: Mapping[str, object], again_after: set[Failure]) -> Mapping[str, Any]:
        call: Callable[..., Mapping[str, Any]] = getattr(self._client, operation)
        problem = ""
        for _ in self._tries():
            try:
                return call(**parameters)
            except (BotoCoreError, ClientError) as exc:
                failure = failure_of(exc)
                if failure is Failure.CONDITION:
                    raise ConditionFailed from exc
                if failure is Failure.NO_TABLE:
                    raise _NoTable from exc
                if failure not in again_after:
                    raise _port_error(operation, failure, exc) from exc
                problem = _name_of(exc)
        raise StateUnavailable(f"{operation}: {problem}, and no time is left to try again")

    def _tries(self) -> Iterator[None]:
        begin = self.clock.monotonic()
        yield
        for pause in PAUSES_SECONDS:
            if self.clock.monotonic() - begin + pause > START_WITHIN_SECONDS:
                return
            self.clock.sleep(pause)
            yield

    def _create_table(self) -> None:
        """The first use makes the table: the machine that deploys cannot reach it."""
        *attempts, last = self._creation_arguments
        try:
            for extra in attempts:
                try:
                    return create_table(self._client, self.table, self.clock, extra=extra)
                except ClientError as exc:
                    if exc.response["Error"]["Code"] != "ValidationException":
                        raise
            create_table(self._client, self.table, self.clock, extra=last)
        except (BotoCoreError, ClientError) as exc:
            raise _port_error("create_table", failure_of(exc), exc) from exc


def _port_error(operation: str, failure: Failure, exc: BotoCoreError | ClientError) -> KoogalleryError:
    text = f"{operation}: {_name_of(exc)}"
    return StateMisconfigured(text) if failure is Failure.PERMANENT else StateUnavailable(text)


def _name_of(exc: BotoCoreError | ClientError) -> str:
    """The server's code or the kind of the failure; messages may quote keys, which may be personal data."""
    return str(exc.response["Error"]["Code"]) if isinstance(exc, ClientError) else type(exc).__name__
