"""What the DynamoDB adapter makes of failures: tried again, unavailable, or misconfigured."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from datetime import datetime, timezone

import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.exceptions import (
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ReadTimeoutError,
)

from koogallery.adapters.dynamodb_calls import (
    PAUSES_SECONDS,
    READ_SECONDS,
    START_WITHIN_SECONDS,
)
from koogallery.adapters.dynamodb_state import MAX_IDLE_ROUNDS
from koogallery.clock import FrozenClock
from koogallery.state import Item, Key, State, StateMisconfigured, StateUnavailable
from tests.support.scripted_replies import ENDPOINT, Reply, ScriptedReplies, refusal, scripted_table
from tests.support.stores import new_table_url, open_table

KEY = Key("order", "CS-1")
ITEM = Item(KEY, 3, "{}")
CALLS: dict[str, Callable[[State], object]] = {
    "get": lambda state: state.get(KEY),
    "get_many": lambda state: state.get_many([KEY]),
    "query": lambda state: state.query("order", limit=1),
    "delete": lambda state: state.delete(KEY),
    "delete_many": lambda state: state.delete_many([KEY]),
    "put_if_absent": lambda state: state.put_if_absent(KEY, "{}"),
    "replace_if_version": lambda state: state.replace_if_version(ITEM, "{}"),
}
REPEATABLE = ["get", "get_many", "query", "delete", "delete_many"]
CONDITIONAL = ["put_if_absent", "replace_if_version"]
DONE: Reply = (200, {"Responses": {}, "Items": []})
NOT_DONE: dict[str, Reply] = {
    "throttled": refusal("ProvisionedThroughputExceededException"),
    "throttled by account": refusal("ThrottlingException"),
    "429": refusal("Anything", 429),
    "no connection": EndpointConnectionError(endpoint_url=ENDPOINT),
    "connect time-out": ConnectTimeoutError(endpoint_url=ENDPOINT),
}
FATE_UNKNOWN: dict[str, Reply] = {
    "read time-out": ReadTimeoutError(endpoint_url=ENDPOINT),
    "reset": ConnectionClosedError(endpoint_url=ENDPOINT),
    "500": refusal("InternalServerError", 500),
    "503 without a code": (503, b"<html>overloaded</html>"),
}
PERMANENT: dict[str, Reply] = {
    "keys": refusal("UnrecognizedClientException"),
    "rights": refusal("AccessDeniedException"),
    "request": refusal("ValidationException"),
    "no credentials": NoCredentialsError(),
}


@pytest.mark.parametrize("call", REPEATABLE)
@pytest.mark.parametrize("failure", [*NOT_DONE, *FATE_UNKNOWN])
def test_calls_whose_repetition_changes_nothing_are_tried_again(call: str, failure: str) -> None:
    table = scripted_table({**NOT_DONE, **FATE_UNKNOWN}[failure], DONE)
    CALLS[call](table.state)
    assert len(table.script.requests) == 2
    assert table.clock.monotonic() > 0


@pytest.mark.parametrize("call", CONDITIONAL)
@pytest.mark.parametrize("failure", NOT_DONE)
def test_a_conditional_write_that_was_surely_not_done_is_tried_again(call: str, failure: str) -> None:
    table = scripted_table(NOT_DONE[failure], DONE)
    assert CALLS[call](table.state) is True
    assert len(table.script.requests) == 2


@pytest.mark.parametrize("call", CONDITIONAL)
@pytest.mark.parametrize("failure", FATE_UNKNOWN)
def test_a_conditional_write_whose_fate_is_unknown_is_not_sent_again(call: str, failure: str) -> None:
    """The second one would be refused by what the first one wrote, and look like somebody else's write."""
    table = scripted_table(FATE_UNKNOWN[failure], refusal("ConditionalCheckFailedException"))
    with pytest.raises(StateUnavailable) as raised:
        CALLS[call](table.state)
    assert len(table.script.requests) == 1
    assert raised.value.code == "state_unavailable"


@pytest.mark.parametrize("call", CONDITIONAL)
def test_a_condition_that_does_not_hold_is_an_answer_not_an_error(call: str) -> None:
    table = scripted_table(refusal("ConditionalCheckFailedException"))
    assert CALLS[call](table.state) is False
    assert len(table.script.requests) == 1


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("failure", PERMANENT)
def test_what_no_repetition_mends_is_a_wrong_setting(call: str, failure: str) -> None:
    table = scripted_table(PERMANENT[failure])
    with pytest.raises(StateMisconfigured) as raised:
        CALLS[call](table.state)
    assert len(table.script.requests) == 1
    assert raised.value.code == "state_misconfigured"


@pytest.mark.parametrize("call", CALLS)
def test_a_store_that_stays_throttled_is_given_up_within_the_time_of_a_callback(call: str) -> None:
    table = scripted_table(NOT_DONE["throttled"])
    with pytest.raises(StateUnavailable):
        CALLS[call](table.state)
    assert len(table.script.requests) == 1 + len(PAUSES_SECONDS)
    assert table.clock.monotonic() + READ_SECONDS < 5
    assert START_WITHIN_SECONDS + READ_SECONDS < 5


def test_no_try_begins_later_than_a_callback_can_wait_for() -> None:
    """A server that takes its time to refuse leaves less for the pauses."""

    class SlowRefusal(ScriptedReplies):
        def answer(self, request: AWSPreparedRequest) -> AWSResponse:
            table.clock.advance(0.9)
            return super().answer(request)

    table = scripted_table(DONE)
    table.stage.script = script = SlowRefusal(NOT_DONE["throttled"])
    with pytest.raises(StateUnavailable):
        table.state.get(KEY)
    assert len(script.requests) == 2


@pytest.mark.parametrize("failure", [NOT_DONE["throttled"], FATE_UNKNOWN["500"], PERMANENT["request"]])
def test_an_error_never_quotes_what_the_server_says(failure: Reply) -> None:
    table = scripted_table(failure)
    with pytest.raises((StateUnavailable, StateMisconfigured)) as raised:
        table.state.get(KEY)
    assert "CS-1" not in str(raised.value)


def test_keys_that_a_batch_read_left_out_are_asked_for_again() -> None:
    left = {"state": {"Keys": [{"pk": {"S": "p"}, "sk": {"S": "2"}}], "ConsistentRead": True}}
    stored = {
        name: {"pk": {"S": "p"}, "sk": {"S": name}, "version": {"N": "1"}, "document": {"S": ""}} for name in "12"
    }
    table = scripted_table(
        (200, {"Responses": {"state": [stored["1"]]}, "UnprocessedKeys": left}),
        (200, {"Responses": {"state": [stored["2"]]}, "UnprocessedKeys": {}}),
    )
    keys = [Key("p", "1"), Key("p", "2")]
    assert table.state.get_many(keys).keys() == set(keys)
    assert table.script.bodies[1]["RequestItems"] == left
    assert table.clock.monotonic() == 0


def test_removals_that_a_batch_left_out_are_sent_again() -> None:
    left = {"state": [{"DeleteRequest": {"Key": {"pk": {"S": "order"}, "sk": {"S": "CS-1"}}}}]}
    table = scripted_table((200, {"UnprocessedItems": left}), (200, {"UnprocessedItems": {}}))
    table.state.delete_many([KEY])
    assert [body["RequestItems"] for body in table.script.bodies] == [left, left]
    assert table.clock.monotonic() > 0


def test_a_batch_that_is_never_done_is_given_up() -> None:
    left = {"state": {"Keys": [{"pk": {"S": "order"}, "sk": {"S": "CS-1"}}]}}
    table = scripted_table((200, {"Responses": {}, "UnprocessedKeys": left}))
    with pytest.raises(StateUnavailable):
        table.state.get_many([KEY])
    assert len(table.script.requests) == MAX_IDLE_ROUNDS
    assert table.clock.monotonic() < 5


def test_every_read_is_consistent() -> None:
    table = scripted_table(DONE)
    for call in ("get", "get_many", "query"):
        CALLS[call](table.state)
    get, get_many, query = table.script.bodies
    assert get["ConsistentRead"] is True
    assert get_many["RequestItems"]["state"]["ConsistentRead"] is True
    assert query["ConsistentRead"] is True


@pytest.fixture
def refusing_endpoint() -> Iterator[str]:
    """An address where nobody listens."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{unused.getsockname()[1]}"


@pytest.fixture
def silent_endpoint() -> Iterator[str]:
    """An address that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        yield f"http://127.0.0.1:{silent.getsockname()[1]}"


def test_a_server_that_is_not_there_makes_the_state_unavailable(refusing_endpoint: str) -> None:
    clock = FrozenClock(datetime(2026, 11, 21, 10, tzinfo=timezone.utc))
    state = open_table(new_table_url(refusing_endpoint), clock=clock)
    with pytest.raises(StateUnavailable):
        state.get(KEY)
    with pytest.raises(StateUnavailable):
        state.put_if_absent(KEY, "{}")
    assert clock.monotonic() < 5


def test_a_server_that_never_answers_makes_the_state_unavailable(
    silent_endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("koogallery.adapters.dynamodb_calls.READ_SECONDS", 0.05)
    state = open_table(new_table_url(silent_endpoint))
    with pytest.raises(StateUnavailable):
        state.put_if_absent(KEY, "{}")
