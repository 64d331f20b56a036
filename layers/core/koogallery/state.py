"""The state port: a key-value table whose only atom is a conditional write of one item.

GeminiDB's DynamoDB-compatible API has no transactions and its indexes lag, so every invariant lives
inside one item; what must be found later is found by a pointer item written first (``queues``).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from koogallery.errors import PermanentError, RetryableError

MAX_DOCUMENT_BYTES = 350_000
"""Below the 400 KB item limit of the table, with room for keys and version."""

KEYS_PER_READ = 100
"""BatchGetItem takes no more keys."""


class StateUnavailable(RetryableError):
    """The store did not answer; the fate of the call is unknown."""

    code = "state_unavailable"


class StateMisconfigured(PermanentError):
    """Address, table or credentials of the store are wrong."""

    code = "state_misconfigured"


class ItemTooLarge(PermanentError):
    """A document exceeds ``MAX_DOCUMENT_BYTES``."""

    code = "item_too_large"


class Key(NamedTuple):
    """Address of an item. Items of one partition are ordered by the UTF-8 bytes of ``sort``."""

    partition: str
    sort: str


class Item(NamedTuple):
    """One stored item; ``document`` is JSON text that the store does not look into."""

    key: Key
    version: int
    document: str


class State(Protocol):
    """What use cases may ask of the store. Every call may raise ``StateUnavailable``."""

    def get(self, key: Key) -> Item | None:
        """The item, or None."""

    def get_many(self, keys: Sequence[Key]) -> dict[Key, Item]:
        """The items that exist among ``keys`` (any number, ``KEYS_PER_READ`` a call underneath)."""

    def put_if_absent(self, key: Key, document: str) -> bool:
        """Write version 1; False when something is there already."""

    def replace_if_version(self, item: Item, document: str) -> bool:
        """Write ``item.version + 1``; False when the item was changed or removed since it was read."""

    def delete(self, key: Key) -> None:
        """Remove; removing what is not there is fine."""

    def delete_many(self, keys: Sequence[Key]) -> None:
        """Remove all (pages of 25 underneath)."""

    def query(self, partition: str, *, after: str = "", up_to: str | None = None, limit: int) -> list[Item]:
        """Items of a partition in sort order: ``after`` exclusive, ``up_to`` inclusive, at most ``limit``."""
