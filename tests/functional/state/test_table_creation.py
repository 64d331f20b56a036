"""The first use makes the table: the machine that deploys cannot reach a database inside the VPC."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone

import pytest

from koogallery.adapters.dynamodb_calls import (
    ACTIVE_PAUSE_SECONDS,
    ACTIVE_TRIES,
    CREATION_ARGUMENTS,
    START_WITHIN_SECONDS,
    TableCalls,
    create_table,
    table_client,
)
from koogallery.adapters.dynamodb_state import DynamoDbState
from koogallery.clock import FrozenClock
from koogallery.state import Key, StateMisconfigured, StateUnavailable
from tests.support.scripted_replies import Reply, refusal, scripted_table
from tests.support.stores import ACCESS_KEY, REGION, SECRET_KEY, new_table_url, open_table

KEY = Key("order", "CS-1")
NO_TABLE = refusal("ResourceNotFoundException")
ACTIVE: Reply = (200, {"Table": {"TableStatus": "ACTIVE"}})
CREATING: Reply = (200, {"Table": {"TableStatus": "CREATING"}})


def clock() -> FrozenClock:
    """A clock that moves only while somebody waits."""
    return FrozenClock(datetime(2026, 11, 21, 10, tzinfo=timezone.utc))


def test_the_first_read_makes_the_table(dynalite_endpoint: str) -> None:
    state = open_table(new_table_url(dynalite_endpoint))
    assert state.get(KEY) is None
    assert state.put_if_absent(KEY, "{}")


def test_first_users_that_come_together_make_one_table(dynalite_endpoint: str) -> None:
    url = new_table_url(dynalite_endpoint)
    barrier = threading.Barrier(8)

    def first_use(number: int) -> bool:
        barrier.wait(timeout=30)
        return open_table(url).put_if_absent(KEY, str(number))

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(first_use, range(8))).count(True) == 1


@pytest.mark.parametrize("endpoint", ["dynalite_endpoint", "moto_endpoint"])
def test_a_table_can_be_made_with_arguments_of_the_server(endpoint: str, request: pytest.FixtureRequest) -> None:
    client = table_client(request.getfixturevalue(endpoint), REGION, ACCESS_KEY, SECRET_KEY)
    for _ in range(2):
        create_table(client, "made_by_hand", clock(), extra={"BillingMode": "PAY_PER_REQUEST"})
    assert DynamoDbState(TableCalls(client, "made_by_hand", clock(), creation_arguments=())).get(KEY) is None


def test_gemini_is_asked_without_a_billing_mode_first() -> None:
    table = scripted_table(NO_TABLE, ACTIVE, ACTIVE, (200, {}))
    assert table.state.get(KEY) is None
    assert table.script.operations == ["GetItem", "CreateTable", "DescribeTable", "GetItem"]
    assert "BillingMode" not in table.script.bodies[1]
    assert CREATION_ARGUMENTS[0] == {}


def test_a_server_that_insists_on_a_billing_mode_gets_one() -> None:
    table = scripted_table(NO_TABLE, refusal("ValidationException"), ACTIVE, ACTIVE, (200, {}))
    assert table.state.get(KEY) is None
    assert table.script.bodies[2]["BillingMode"] == "PAY_PER_REQUEST"


def test_a_table_is_not_used_before_it_is_active() -> None:
    table = scripted_table(NO_TABLE, CREATING, CREATING, CREATING, ACTIVE, (200, {}))
    assert table.state.put_if_absent(KEY, "{}")
    assert table.script.operations.count("DescribeTable") == 3


def test_a_table_that_somebody_else_makes_is_waited_for() -> None:
    table = scripted_table(NO_TABLE, refusal("ResourceInUseException"), ACTIVE, (200, {}))
    assert table.state.put_if_absent(KEY, "{}")


def test_a_table_that_never_becomes_active_is_given_up() -> None:
    table = scripted_table(NO_TABLE, CREATING)
    with pytest.raises(StateUnavailable):
        table.state.get(KEY)
    assert table.script.operations.count("DescribeTable") == ACTIVE_TRIES


def test_a_table_whose_making_took_all_the_time_is_used_all_the_same() -> None:
    replies = [NO_TABLE, *[CREATING] * 16, ACTIVE, (200, {})]
    table = scripted_table(*replies)
    assert table.state.get(KEY) is None
    assert table.script.operations.count("DescribeTable") * ACTIVE_PAUSE_SECONDS > START_WITHIN_SECONDS


def test_a_table_that_stays_unknown_is_given_up() -> None:
    table = scripted_table(*[NO_TABLE, ACTIVE, ACTIVE] * 10)
    with pytest.raises(StateUnavailable):
        table.state.get(KEY)


def test_a_server_that_refuses_to_make_the_table_is_a_wrong_setting() -> None:
    table = scripted_table(NO_TABLE, refusal("AccessDeniedException"))
    with pytest.raises(StateMisconfigured):
        table.state.get(KEY)


def test_a_throttled_creation_may_work_later() -> None:
    table = scripted_table(NO_TABLE, refusal("LimitExceededException"))
    with pytest.raises(StateUnavailable):
        table.state.get(KEY)
