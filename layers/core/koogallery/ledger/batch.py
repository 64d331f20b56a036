"""The batch aggregate: up to 1000 records, the exact bytes that are sent on every try, and what became of each."""

from __future__ import annotations

import base64
import json
import zlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from koogallery import times
from koogallery.ledger.booking import MAX_AGE
from koogallery.ledger.entries import Record
from koogallery.ledger.quantity import plain
from koogallery_signing.canonical_json import sorted_compact

_OURS = "metering_sn"
MAX_RECORDS = 1000
"""Records of one usage push (open API guide, usage push)."""

PENDING, SPLITTING, DONE, VOID = "pending", "splitting", "done", "void"
"""A splitting batch is never sent again, its parts are. A void one never had records: another run took them."""
DELIVERED, REJECTED, CONFLICT, EXPIRED, ABNORMAL, MOVED = (
    "delivered",
    "rejected",
    "conflict",
    "expired",
    "abnormal",
    "moved",
)
NEEDS_OPERATOR = (REJECTED, CONFLICT, EXPIRED, ABNORMAL)


class Fate(NamedTuple):
    """What became of a record: status, the marketplace's code, when, and a remark for the operator.

    ``note`` of a MOVED record is the batch it went to. ``accepted`` is an operator's own note: it stays unbilled.
    """

    status: str
    code: str
    at: str
    note: str = ""
    accepted: str = ""


@dataclass
class Batch:
    """Stored before it is first sent. ``attempts`` counts sends that may have happened; ``next_at`` is UTC ISO.

    ``serials``: the ``metering_sn`` of each record of the old usage push, whose records do not carry it.
    """

    id: str
    body: bytes
    created_at: str
    attempts: int = 0
    next_at: str = ""
    status: str = PENDING
    fates: dict[str, Fate] = field(default_factory=dict)
    last_failure: str = ""
    serials: list[str] = field(default_factory=list)

    @property
    def records(self) -> list[dict[str, Any]]:
        """The records as they stand in the body, each with its ``metering_sn``."""
        found: list[dict[str, Any]] = json.loads(self.body)["usage_records"]
        if not self.is_old:
            return found
        return [{**record, "metering_sn": sn} for record, sn in zip(found, self.serials, strict=True)]

    @property
    def is_old(self) -> bool:
        """Does it go to the old usage push? A batch has one wire form."""
        return bool(self.serials)

    @property
    def may_have_been_sent(self) -> bool:
        """Had an earlier attempt the chance to reach the marketplace?"""
        return self.attempts > 1

    @property
    def is_unfinished(self) -> bool:
        """Is something still to be done for its records?"""
        return self.status in (PENDING, SPLITTING)

    def open_records(self) -> list[dict[str, Any]]:
        """Records without a fate."""
        return [record for record in self.records if record["metering_sn"] not in self.fates]

    def to_document(self) -> str:
        """JSON text for the state; the body is packed, a thousand records would not fit otherwise."""
        return json.dumps(
            {
                "id": self.id,
                "body": base64.b64encode(zlib.compress(self.body, 6)).decode(),
                "created_at": self.created_at,
                "attempts": self.attempts,
                "next_at": self.next_at,
                "status": self.status,
                "fates": self.fates,
                "last_failure": self.last_failure,
                **({"serials": self.serials} if self.serials else {}),
            },
            separators=(",", ":"),
        )

    @staticmethod
    def from_document(document: str) -> Batch:
        """Read what ``to_document`` wrote."""
        fields = json.loads(document)
        fields["body"] = zlib.decompress(base64.b64decode(fields["body"]))
        fields["fates"] = {sn: Fate(*fate) for sn, fate in fields["fates"].items()}
        return Batch(**fields)


def wire_record(instance_id: str, record: Record, record_time: str, *, product_id: str = "") -> dict[str, str]:
    """A record as the marketplace takes it (open API guide, usage push, new; old with ``product_id``)."""
    fields = {
        "instance_id": instance_id,
        "record_time": record_time,
        "begin_time": record.begin,
        "end_time": record.end,
        "usage_value": plain(record.quantity),
        "metering_sn": record.metering_sn,
    }
    if product_id:
        fields["product_id"] = product_id
    return {**fields, "relate_pkg_instance": record.package} if record.package else fields


def make_batch(batch_id: str, records: list[dict[str, Any]], now: datetime, *, attempts: int = 0) -> Batch:
    """A batch of wire records of one form; ``attempts`` is taken over where they may have been sent before.

    The old push knows no ``metering_sn``: there it stays with us (open API guide, usage push, old).
    """
    is_old = bool(records) and "product_id" in records[0]
    serials = [record["metering_sn"] for record in records] if is_old else []
    sent = [{name: text for name, text in record.items() if not (is_old and name == _OURS)} for record in records]
    body = sorted_compact({"usage_records": sent})
    return Batch(id=batch_id, body=body, created_at=times.iso_millis(now), attempts=attempts, serials=serials)


def void_batch(batch_id: str, now: datetime) -> Batch:
    """What keeps a run that lost its lease from storing the batch ``batch_id``."""
    empty = make_batch(batch_id, [], now)
    empty.status = VOID
    return empty


def is_expired(record: dict[str, Any], now: datetime) -> bool:
    """Is the marketplace certain to refuse the record for its age?"""
    return times.parse_record(record["begin_time"]) < now - MAX_AGE + timedelta(minutes=1)
