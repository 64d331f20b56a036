"""Refuses every DynamoDB call that Huawei Cloud GeminiDB (DynamoDB-compatible) would refuse.

The local servers accept more than GeminiDB does. This hook runs in botocore before a call's parameters are
serialised, so a test that leans on something GeminiDB lacks fails at that call. One thing is let through: the
billing mode of CreateTable, which GeminiDB does not know and all local servers insist on.

Sources: the GeminiDB guides "supported APIs", "restrictions", "condition and update expressions".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Protocol

EVENT = "before-parameter-build.dynamodb"
CALLS = frozenset(
    [
        *("CreateTable", "UpdateTable", "DescribeTable", "ListTables", "DeleteTable", "UpdateTimeToLive"),
        *("PutItem", "UpdateItem", "GetItem", "DeleteItem", "BatchWriteItem", "BatchGetItem", "Query", "Scan"),
    ]
)
UNKNOWN_PARAMETERS = frozenset(
    [
        *("BillingMode", "ProvisionedThroughput", "Tags", "SSESpecification", "StreamSpecification", "TableClass"),
        *("DeletionProtectionEnabled", "Expected", "ConditionalOperator", "AttributeUpdates", "ScanFilter"),
        *("QueryFilter", "KeyConditions", "ReturnValuesOnConditionCheckFailure"),
    ]
)
CONDITIONS = ("ConditionExpression", "FilterExpression", "KeyConditionExpression")
TABLE_NAME = re.compile(r"[A-Za-z0-9_-]{3,48}")

_PATH = r"[#A-Za-z_][\w.#\[\]]*"
_VALUE = r":\w+"
_SIZE = re.compile(r"\bsize\s*\(")
_KEYWORD = re.compile(r"\b(SET|REMOVE|ADD|DELETE)\b", re.IGNORECASE)
_ASSIGNMENT = re.compile(
    rf"(?P<target>{_PATH})\s*=\s*(?:"
    rf"{_VALUE}"
    rf"|(?P<counted>{_PATH})\s*[+-]\s*{_VALUE}"
    rf"|if_not_exists\s*\(\s*(?P<defaulted>{_PATH})\s*,\s*{_VALUE}\s*\)"
    rf"|list_append\s*\(\s*(?:{_PATH}|{_VALUE})\s*,\s*(?:{_PATH}|{_VALUE})\s*\)"
    r")"
)


class NotInGeminiDb(AssertionError):
    """GeminiDB would refuse this call."""


class _Emitter(Protocol):
    def register_last(self, event_name: str, handler: object) -> None: ...


def watch(emitter: _Emitter) -> None:
    """Guard a botocore session's or client's DynamoDB calls."""
    emitter.register_last(EVENT, check)


def check(params: Mapping[str, Any], model: Any, **_: object) -> None:
    """botocore's hook: raises ``NotInGeminiDb``."""
    if model.name not in CALLS:
        raise NotInGeminiDb(model.name)
    _check_parameters(model.name, params)
    for name in _tables_of(params):
        if not TABLE_NAME.fullmatch(name):
            raise NotInGeminiDb(f"table name {name!r}")
    for condition in CONDITIONS:
        if _SIZE.search(params.get(condition, "")):
            raise NotInGeminiDb(f"size() in {condition}")
    for assignment in _assignments(params.get("UpdateExpression", "")):
        if not _is_known(assignment):
            raise NotInGeminiDb(f"SET {assignment}")


def _check_parameters(call: str, params: Mapping[str, Any]) -> None:
    unknown = UNKNOWN_PARAMETERS & params.keys()
    if call == "CreateTable":
        unknown -= {"BillingMode"}
    if unknown:
        raise NotInGeminiDb(f"{call}: {', '.join(sorted(unknown))}")


def _tables_of(params: Mapping[str, Any]) -> Iterator[str]:
    if "TableName" in params:
        yield params["TableName"]
    yield from params.get("RequestItems", {})


def _assignments(update: str) -> Iterator[str]:
    """The assignments of all SET clauses of an update expression."""
    _, *words = _KEYWORD.split(update)
    for keyword, clause in zip(words[::2], words[1::2], strict=True):
        if keyword.upper() == "SET":
            yield from _split_outside_brackets(clause)


def _split_outside_brackets(clause: str) -> Iterator[str]:
    depth, start = 0, 0
    for position, character in enumerate(clause):
        depth += {"(": 1, ")": -1}.get(character, 0)
        if character == "," and depth == 0:
            yield clause[start:position].strip()
            start = position + 1
    yield clause[start:].strip()


def _is_known(assignment: str) -> bool:
    found = _ASSIGNMENT.fullmatch(assignment)
    if found is None:
        return False
    return found["counted"] in (None, found["target"]) and found["defaulted"] in (None, found["target"])
