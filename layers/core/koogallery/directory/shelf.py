"""The buckets of a tenant in the state."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from koogallery.directory.buckets import BUCKETS, Bucket, bucket_key, from_document, to_document
from koogallery.encryption import Sealer
from koogallery.state import Item, State
from koogallery.stores import WRITE_TRIES, Contended, Stored


@dataclass(frozen=True)
class Shelf:
    """``owner`` is the id of the tenant, ``kind`` users or departments."""

    state: State
    sealer: Sealer
    owner: str
    kind: str

    def update(self, numbers: Iterable[int], change: Callable[[int, Bucket], Bucket]) -> dict[int, Bucket]:
        """Apply a change to buckets, one conditional write each; the buckets as stored afterwards."""
        numbers = list(numbers)
        found = self.state.get_many([bucket_key(self.owner, self.kind, number) for number in numbers])
        return {
            number: self._update(number, found.get(bucket_key(self.owner, self.kind, number)), change)
            for number in numbers
        }

    def _update(self, number: int, item: Item | None, change: Callable[[int, Bucket], Bucket]) -> Bucket:
        key = bucket_key(self.owner, self.kind, number)
        for _ in range(WRITE_TRIES):
            before = self._read(item)
            after = change(number, before)
            if after is before or Stored(item).write(self.state, key, to_document(after, self.sealer, key)):
                return after
            item = self.state.get(key)
        raise Contended(f"{self.kind} of a tenant")

    def get(self, number: int) -> Bucket:
        """One bucket; empty when there is none."""
        return self._read(self.state.get(bucket_key(self.owner, self.kind, number)))

    def get_all(self, *, begin: int = 0, page_size: int = 8) -> Iterator[tuple[int, Bucket]]:
        """The buckets that exist, from number ``begin`` on, read page by page."""
        after, last = bucket_key(self.owner, self.kind, begin - 1 if begin else 0), f"{self.kind}#~"
        # The sort key just below the first one that is wanted.
        low = f"{after.sort}~" if begin else f"{self.kind}#"
        for _ in range(0, BUCKETS, page_size):
            page = self.state.query(after.partition, after=low, up_to=last, limit=page_size)
            for item in page:
                yield int(item.key.sort.rpartition("#")[2]), self._read(item)
            if len(page) < page_size:
                return
            low = page[-1].key.sort

    def _read(self, item: Item | None) -> Bucket:
        return from_document(item.document, self.sealer, item.key) if item else {}
