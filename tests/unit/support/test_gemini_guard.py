"""The guard refuses what GeminiDB refuses, and nothing that the adapters need."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from koogallery.adapters.dynamodb_calls import table_client
from tests.gemini_guard import NotInGeminiDb, check
from tests.support.stores import ACCESS_KEY, REGION, SECRET_KEY


def ask(call: str, **params: Any) -> None:
    """One call as botocore's hook sees it."""
    check(params, SimpleNamespace(name=call))


@pytest.mark.parametrize(
    "call",
    [
        *("TransactWriteItems", "TransactGetItems", "ExecuteStatement", "BatchExecuteStatement", "TagResource"),
        *("CreateBackup", "DescribeLimits", "DescribeTimeToLive", "EnableKinesisStreamingDestination"),
    ],
)
def test_calls_that_gemini_lacks_are_refused(call: str) -> None:
    with pytest.raises(NotInGeminiDb, match=call):
        ask(call, TableName="state")


@pytest.mark.parametrize(
    ("call", "parameter"),
    [
        ("CreateTable", "ProvisionedThroughput"),
        ("CreateTable", "StreamSpecification"),
        ("CreateTable", "Tags"),
        ("UpdateTable", "BillingMode"),
        ("PutItem", "Expected"),
        ("PutItem", "ReturnValuesOnConditionCheckFailure"),
        ("UpdateItem", "AttributeUpdates"),
        ("Query", "KeyConditions"),
        ("Query", "QueryFilter"),
        ("Scan", "ScanFilter"),
    ],
)
def test_parameters_that_gemini_lacks_are_refused(call: str, parameter: str) -> None:
    with pytest.raises(NotInGeminiDb, match=parameter):
        ask(call, TableName="state", **{parameter: "anything"})


def test_the_billing_mode_that_local_servers_insist_on_is_let_through() -> None:
    ask("CreateTable", TableName="state", BillingMode="PAY_PER_REQUEST")


@pytest.mark.parametrize("name", ["ab", "a.b.c", "x" * 49, "name with space", ""])
def test_table_names_that_gemini_refuses_are_refused(name: str) -> None:
    with pytest.raises(NotInGeminiDb):
        ask("GetItem", TableName=name)
    with pytest.raises(NotInGeminiDb):
        ask("BatchGetItem", RequestItems={name: {}})


@pytest.mark.parametrize("where", ["ConditionExpression", "FilterExpression", "KeyConditionExpression"])
def test_size_is_refused_in_every_expression(where: str) -> None:
    with pytest.raises(NotInGeminiDb, match="size"):
        ask("Query", TableName="state", **{where: "size (document) > :n"})
    ask("Query", TableName="state", **{where: "resize = :n"})


@pytest.mark.parametrize(
    "update",
    [
        "SET a = b",
        "set a = b",
        "SET a = :v, c = d",
        "REMOVE x SET a = b",
        "SET a = b + :v",
        "SET a = :v + a",
        "SET a = a + b",
        "SET a = if_not_exists(b, :v)",
        "SET a = if_not_exists(a, :zero) + :one",
        "SET a = a + :v + :w",
        "SET a = size(a)",
    ],
)
def test_updates_that_gemini_refuses_are_refused(update: str) -> None:
    with pytest.raises(NotInGeminiDb):
        ask("UpdateItem", TableName="state", UpdateExpression=update)


@pytest.mark.parametrize(
    "update",
    [
        "SET a = :v",
        "SET #a.b[0] = :v, c=:w",
        "SET a = a + :v",
        "SET a = a - :v REMOVE b",
        "SET a = if_not_exists(a, :v)",
        "SET a = list_append(a, :v), b = list_append(:v, b)",
        "ADD n :one",
        "DELETE s :v REMOVE a, b",
    ],
)
def test_updates_that_gemini_takes_are_let_through(update: str) -> None:
    ask("UpdateItem", TableName="state", UpdateExpression=update)


def test_every_client_of_a_test_is_guarded(dynalite_endpoint: str) -> None:
    client: Any = table_client(dynalite_endpoint, REGION, ACCESS_KEY, SECRET_KEY)
    with pytest.raises(NotInGeminiDb):
        client.transact_write_items(TransactItems=[])
