"""State in one table behind DynamoDB's API, using only what Huawei Cloud GeminiDB (DynamoDB-compatible) accepts.

An item is ``{pk: S, sk: S, version: N, document: S}``. No transaction, no index, no scan, no update expression.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from koogallery.adapters.dynamodb_calls import ConditionFailed, TableCalls
from koogallery.adapters.limits import check_document, check_key, check_range, is_empty_range
from koogallery.state import KEYS_PER_READ, Item, Key, State, StateUnavailable

KEYS_PER_DELETE = 25
"""BatchWriteItem takes no more requests."""
MAX_IDLE_ROUNDS = 6
"""Rounds of a batch call in a row that process nothing before the store counts as unavailable."""
FIRST_PAUSE_SECONDS = 0.05

Attributes = Mapping[str, Any]
Requests = Sequence[Mapping[str, Any]]


class DynamoDbState(State):
    """The state port over a table."""

    def __init__(self, calls: TableCalls) -> None:
        self._calls = calls

    def get(self, key: Key) -> Item | None:
        """The item, or None."""
        check_key(key)
        reply = self._calls.repeatable(
            "get_item", TableName=self._calls.table, Key=_key_attributes(key), ConsistentRead=True
        )
        return _item(reply["Item"]) if "Item" in reply else None

    def get_many(self, keys: Sequence[Key]) -> dict[Key, Item]:
        """The items that exist among ``keys``."""
        for key in keys:
            check_key(key)
        found: dict[Key, Item] = {}
        for page in _pages(keys, KEYS_PER_READ):
            found.update((item.key, item) for item in self._read_page(page))
        return found

    def put_if_absent(self, key: Key, document: str) -> bool:
        """Write version 1 unless something is there."""
        return self._put(Item(key, 1, document), ConditionExpression="attribute_not_exists(pk)")

    def replace_if_version(self, item: Item, document: str) -> bool:
        """Write the next version unless the item was changed or removed."""
        return self._put(
            Item(item.key, item.version + 1, document),
            ConditionExpression="#version = :version",
            ExpressionAttributeNames={"#version": "version"},
            ExpressionAttributeValues={":version": {"N": str(item.version)}},
        )

    def delete(self, key: Key) -> None:
        """Remove."""
        check_key(key)
        self._calls.repeatable("delete_item", TableName=self._calls.table, Key=_key_attributes(key))

    def delete_many(self, keys: Sequence[Key]) -> None:
        """Remove all."""
        for key in keys:
            check_key(key)
        for page in _pages(keys, KEYS_PER_DELETE):
            self._delete_page(page)

    def query(self, partition: str, *, after: str = "", up_to: str | None = None, limit: int) -> list[Item]:
        """Items of a partition in sort order."""
        check_range(partition, after, up_to)
        if is_empty_range(after, up_to, limit):
            return []
        # A sort key takes one condition only, and BETWEEN includes its lower end: that item is dropped here.
        walked = self._walk(
            _sort_condition(after, up_to), _values(partition, after, up_to), page_size=limit + bool(after)
        )
        return list(islice((item for item in walked if item.key.sort != after), limit))

    def _put(self, item: Item, **condition: object) -> bool:
        check_key(item.key)
        check_document(item.document)
        attributes = {
            **_key_attributes(item.key),
            "version": {"N": str(item.version)},
            "document": {"S": item.document},
        }
        try:
            self._calls.conditional("put_item", TableName=self._calls.table, Item=attributes, **condition)
        except ConditionFailed:
            return False
        return True

    def _read_page(self, keys: Sequence[Key]) -> list[Item]:
        table = self._calls.table
        found: list[Item] = []

        def read(requests: Requests) -> Requests:
            asked = {table: {"Keys": requests, "ConsistentRead": True}}
            reply = self._calls.repeatable("batch_get_item", RequestItems=asked)
            found.extend(map(_item, reply["Responses"].get(table, [])))
            unprocessed: Requests = reply.get("UnprocessedKeys", {}).get(table, {}).get("Keys", [])
            return unprocessed

        self._until_done([_key_attributes(key) for key in keys], read)
        return found

    def _delete_page(self, keys: Sequence[Key]) -> None:
        table = self._calls.table

        def delete(requests: Requests) -> Requests:
            reply = self._calls.repeatable("batch_write_item", RequestItems={table: requests})
            unprocessed: Requests = reply.get("UnprocessedItems", {}).get(table, [])
            return unprocessed

        self._until_done([{"DeleteRequest": {"Key": _key_attributes(key)}} for key in keys], delete)

    def _until_done(self, requests: Requests, send: Callable[[Requests], Requests]) -> None:
        """Send requests and then what was left of them; pause while the table does nothing."""
        idle_rounds = 0
        while requests:
            left = send(requests)
            idle_rounds = idle_rounds + 1 if len(left) == len(requests) else 0
            if idle_rounds == MAX_IDLE_ROUNDS:
                raise StateUnavailable(f"the table left {len(left)} requests of a batch undone {idle_rounds} times")
            if idle_rounds:
                self._calls.clock.sleep(FIRST_PAUSE_SECONDS * 2**idle_rounds)
            requests = left

    def _walk(self, condition: str, values: Attributes, page_size: int) -> Iterator[Item]:
        """All items that meet the condition, page by page; a page ends at ``page_size`` items or 1 MB."""
        position: dict[str, Any] = {}
        while True:
            reply = self._calls.repeatable(
                "query",
                TableName=self._calls.table,
                KeyConditionExpression=f"pk = :partition{condition}",
                ExpressionAttributeValues=values,
                ConsistentRead=True,
                Limit=page_size,
                **position,
            )
            yield from map(_item, reply["Items"])
            if "LastEvaluatedKey" not in reply:
                return
            position = {"ExclusiveStartKey": reply["LastEvaluatedKey"]}


def _sort_condition(after: str, up_to: str | None) -> str:
    if after and up_to is not None:
        return " AND sk BETWEEN :after AND :up_to"
    if after:
        return " AND sk > :after"
    return "" if up_to is None else " AND sk <= :up_to"


def _values(partition: str, after: str, up_to: str | None) -> Attributes:
    texts = {":partition": partition, ":after": after, ":up_to": up_to}
    return {name: {"S": text} for name, text in texts.items() if text}


def _key_attributes(key: Key) -> Attributes:
    return {"pk": {"S": key.partition}, "sk": {"S": key.sort}}


def _item(attributes: Attributes) -> Item:
    key = Key(attributes["pk"]["S"], attributes["sk"]["S"])
    return Item(key, int(attributes["version"]["N"]), attributes["document"]["S"])


def _pages(keys: Sequence[Key], size: int) -> Iterator[Sequence[Key]]:
    """Pages of different keys: a batch call refuses a key that comes twice."""
    different = list(dict.fromkeys(keys))
    return (different[start : start + size] for start in range(0, len(different), size))
