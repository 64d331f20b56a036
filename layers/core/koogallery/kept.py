"""Documents of any size that lie in the state encrypted, in as many items as they need.

The first item of a document is written last and removed first: without it the document counts as absent, however
many of its other items there are.
"""

from __future__ import annotations

import json
import zlib
from typing import Any, NamedTuple

from koogallery.encryption import Sealer, Unreadable
from koogallery.state import Key, State

CHUNK_CHARACTERS = 300_000
MAX_ITEMS = 100
"""30 MB: several times what the largest body takes."""


class Place(NamedTuple):
    """Where a document lies: the partition it shares with documents of the same origin, and its own name there."""

    partition: str
    name: str

    def key(self, number: int) -> Key:
        """Key of one of its items, from 0."""
        return Key(self.partition, f"{self.name}#{number:02d}")

    def __str__(self) -> str:
        return f"{self.partition}/{self.name}"

    @staticmethod
    def parse(text: str) -> Place:
        """Read what ``str`` gave."""
        partition, _, name = text.rpartition("/")
        return Place(partition, name)


def keep(state: State, sealer: Sealer, place: Place, content: object) -> int:
    """Store JSON content, compressed and encrypted; the number of items it takes. A place is used once."""
    packed = zlib.compress(json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode(), 6)
    text = sealer.seal_bytes(packed, place.partition)
    chunks = [text[begin : begin + CHUNK_CHARACTERS] for begin in range(0, len(text), CHUNK_CHARACTERS)]
    for number in reversed(range(len(chunks))):
        state.put_if_absent(place.key(number), json.dumps({"items": len(chunks), "sealed": chunks[number]}))
    return len(chunks)


def read_kept(state: State, sealer: Sealer, place: Place) -> Any | None:
    """The content, or None when it is not there. Raises ``Unreadable``."""
    first = state.get(place.key(0))
    if first is None:
        return None
    fields = json.loads(first.document)
    rest = [place.key(number) for number in range(1, fields["items"])]
    found = state.get_many(rest)
    if len(found) < len(rest):
        raise Unreadable("a part of a stored document is missing")
    text = fields["sealed"] + "".join(json.loads(found[key].document)["sealed"] for key in rest)
    return json.loads(zlib.decompress(sealer.open_bytes(text, place.partition)))


def forget(state: State, place: Place, *, items: int | None = None) -> None:
    """Remove a document, or what is left of one. Who knows the number of its items spares looking for them."""
    state.delete(place.key(0))
    if items is None:
        found = state.query(place.partition, after=f"{place.name}#", up_to=f"{place.name}#~", limit=MAX_ITEMS)
        rest = [item.key for item in found]
    else:
        rest = [place.key(number) for number in range(1, items)]
    if rest:
        state.delete_many(rest)


def names_kept(state: State, partition: str) -> set[str]:
    """Names of the documents of a partition, unfinished ones included."""
    return {item.key.sort.rpartition("#")[0] for item in state.query(partition, limit=MAX_ITEMS)}
