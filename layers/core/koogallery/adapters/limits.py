"""What every state adapter refuses before it calls its store, so that all of them refuse the same."""

from __future__ import annotations

from koogallery.errors import PermanentError
from koogallery.state import MAX_DOCUMENT_BYTES, ItemTooLarge, Key

MAX_PARTITION_BYTES = 2048
"""DynamoDB: length of a partition key value."""
MAX_SORT_BYTES = 1024
"""DynamoDB: length of a sort key value."""


class InvalidStateText(PermanentError):
    """A key is empty or too long, or a key or document is not Unicode text."""

    code = "state_text_invalid"


def check_key(key: Key) -> None:
    """Raise ``InvalidStateText`` for a key that the tightest store would refuse."""
    check_partition(key.partition)
    if not 0 < _bytes_of(key.sort) <= MAX_SORT_BYTES:
        raise InvalidStateText(f"a sort key has 1 to {MAX_SORT_BYTES} bytes")


def check_partition(partition: str) -> None:
    """Raise ``InvalidStateText`` for a partition that the tightest store would refuse."""
    if not 0 < _bytes_of(partition) <= MAX_PARTITION_BYTES:
        raise InvalidStateText(f"a partition key has 1 to {MAX_PARTITION_BYTES} bytes")


def check_range(partition: str, after: str, up_to: str | None) -> None:
    """Raise ``InvalidStateText`` for a query that the tightest store would refuse; ``""`` is an open end."""
    check_partition(partition)
    for bound in (after, up_to or ""):
        if _bytes_of(bound) > MAX_SORT_BYTES:
            raise InvalidStateText(f"a bound of a query has at most {MAX_SORT_BYTES} bytes")


def check_document(document: str) -> None:
    """Raise ``ItemTooLarge`` or ``InvalidStateText``."""
    size = _bytes_of(document)
    if size > MAX_DOCUMENT_BYTES:
        raise ItemTooLarge(f"a document of {size} bytes; at most {MAX_DOCUMENT_BYTES} are stored")


def is_empty_range(after: str, up_to: str | None, limit: int) -> bool:
    """Whether a query can find nothing: bounds are compared by their UTF-8 bytes, as stores do."""
    return limit < 1 or (up_to is not None and up_to.encode() <= after.encode())


def _bytes_of(text: str) -> int:
    try:
        return len(text.encode())
    except UnicodeEncodeError:
        # "from None": the original message would quote the text.
        raise InvalidStateText("a key or document with half a surrogate pair is not text") from None
