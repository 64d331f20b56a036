"""Idempotency over DynamoDB, as powertools has it, for the callbacks that change something."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps
from typing import TypeVar

from aws_lambda_powertools.utilities.idempotency import (
    DynamoDBPersistenceLayer,
    IdempotencyConfig,
    idempotent_function,
)
from aws_lambda_powertools.utilities.idempotency.exceptions import IdempotencyAlreadyInProgressError

from measures.rival.common import CLIENT, PROCESSING, TABLE, Answer, Message

DAY = 86_400
SECONDS = 4.0
"""A callback's own budget: the marketplace waits five."""
Read = TypeVar("Read", bound=Message)


class LambdaContext:
    """What the library asks a context: the time that is left."""

    def __init__(self, seconds: float) -> None:
        self._ends = time.monotonic() + seconds

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds."""
        return int((self._ends - time.monotonic()) * 1000)


def once(*members: str) -> Callable[[Callable[[Read], Answer]], Callable[[Read], Answer]]:
    """Run a function once a day for messages that agree in ``members``; later ones get the answer of the first.

    A function that raises has not run: the next message runs it again.
    """
    config = IdempotencyConfig(event_key_jmespath=f"[{', '.join(members)}]", expires_after_seconds=DAY)
    store = DynamoDBPersistenceLayer(table_name=TABLE, boto3_client=CLIENT)

    def decorate(act: Callable[[Read], Answer]) -> Callable[[Read], Answer]:
        @wraps(act)
        def named(*, message: Read) -> Answer:
            return act(message)

        stored = idempotent_function(named, data_keyword_argument="message", config=config, persistence_store=store)

        @wraps(act)
        def call(message: Read) -> Answer:
            config.register_lambda_context(LambdaContext(SECONDS))  # type: ignore[arg-type]
            try:
                answer: Answer = stored(message=message)
            except IdempotencyAlreadyInProgressError:
                return PROCESSING
            return answer

        return call

    return decorate
