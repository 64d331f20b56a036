"""Users and departments: many entries in few items, each entry ordered by its own stamp. Pure.

A sync is spread over buckets that are written one by one, so it may be cut off in between and taken up again. Every
entry therefore says which sync gave it its content (``by``): what a sync changed is read off the buckets, however
often it was begun, and what a later sync changed meanwhile is told by that one alone.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from koogallery.directory.stamps import Moment, Stamp
from koogallery.encryption import Sealer
from koogallery.state import Key

USERS, DEPARTMENTS = "users", "departments"
BUCKETS = 64
"""Part of the stored layout. A bucket holds thousands of entries; a call of 500 users writes each bucket once."""

PRESENT, UNAUTHORIZED, REMOVED = "present", "unauthorized", "removed"
ADDED, MODIFIED = "added", "modified"


@dataclass(frozen=True)
class Entry:
    """A user or department. ``data``: its members, empty when a removed user; ``how``: what ``by`` did to it."""

    stamp: Stamp
    status: str
    data: Mapping[str, Any]
    by: str = ""
    how: str = ""


Bucket = Mapping[str, Entry]
"""Entries by ``user_key`` or ``department_key``."""


class Floor(NamedTuple):
    """What is at or below ``cleared``, or below ``since``, counts no more."""

    cleared: Moment | None = None
    since: Moment | None = None

    def admits(self, stamp: Stamp) -> bool:
        """Does something of that stamp count?"""
        above = self.cleared is None or stamp.moment > self.cleared
        return above and (self.since is None or stamp.moment >= self.since)


class Change(NamedTuple):
    """What a sync wants of its entries: a status, their data, its own stamp and id."""

    status: str
    stamp: Stamp
    by: str


def is_present(entry: Entry, floor: Floor) -> bool:
    """Does the seller's product see the entry?"""
    return entry.status != REMOVED and floor.admits(entry.stamp)


def put(bucket: Bucket, wanted: Mapping[str, Mapping[str, Any]], change: Change, floor: Floor) -> Bucket:
    """The bucket after a sync; the one handed in when nothing is to be written."""
    if not floor.admits(change.stamp):
        return bucket
    changed: dict[str, Entry] = {}
    for key, data in wanted.items():
        before = bucket.get(key)
        after = _changed(before, data, change, floor)
        if after is not None and after != before:
            changed[key] = after
    return {**bucket, **changed} if changed else bucket


def _changed(before: Entry | None, data: Mapping[str, Any], change: Change, floor: Floor) -> Entry | None:
    if before is not None and change.stamp < before.stamp:
        return None
    visible = before is not None and is_present(before, floor)
    if before is None or not visible:
        if change.status == PRESENT:
            return Entry(change.stamp, PRESENT, data, change.by, ADDED)
        if before is not None and before.status == REMOVED:
            return replace(before, stamp=change.stamp)
        return Entry(change.stamp, REMOVED, {})
    if change.status == UNAUTHORIZED:
        data = before.data
    if before.status == change.status and before.data == data:
        return replace(before, stamp=change.stamp)
    how = MODIFIED if change.status == PRESENT else change.status
    return Entry(change.stamp, change.status, data if change.status != REMOVED else {}, change.by, how)


def changed_by(bucket: Bucket, sync_id: str, keys: Iterable[str]) -> dict[str, Entry]:
    """Those of ``keys`` that have their content from the sync."""
    return {key: bucket[key] for key in keys if key in bucket and bucket[key].by == sync_id}


def bucket_of(key: str) -> int:
    """The bucket a key belongs to."""
    return int(key[:4], 16) % BUCKETS


def user_prefix(user_name: str) -> str:
    """What the keys of a user begin with, whatever the application."""
    return _digest(user_name)[:32] + "."


def user_key(user_name: str, app_id: str) -> str:
    """Key of a user of an application. A digest: nothing personal stays when the account is removed."""
    return user_prefix(user_name) + _digest(app_id)[:16]


def department_key(org_code: str) -> str:
    """Key of a department."""
    return _digest(org_code)[:32]


def bucket_key(owner: str, kind: str, number: int) -> Key:
    """Where a bucket is kept."""
    return Key(f"directory#{owner}", f"{kind}#{number:02d}")


def to_document(bucket: Bucket, sealer: Sealer, key: Key) -> str:
    """JSON text for the state: one encrypted text."""
    rows = {name: [e.stamp, e.status, e.data, e.by, e.how] for name, e in bucket.items()}
    packed = zlib.compress(json.dumps(rows, ensure_ascii=False, separators=(",", ":")).encode(), 6)
    return json.dumps({"sealed": sealer.seal_bytes(packed, _purpose(key))})


def from_document(document: str, sealer: Sealer, key: Key) -> Bucket:
    """Read what ``to_document`` wrote; raises ``Unreadable``."""
    packed = sealer.open_bytes(json.loads(document)["sealed"], _purpose(key))
    rows = json.loads(zlib.decompress(packed))
    return {name: Entry(Stamp(*row[0]), *row[1:]) for name, row in rows.items()}


def _purpose(key: Key) -> str:
    return f"{key.partition} {key.sort}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
