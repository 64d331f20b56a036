"""Reads the ledger from the state, and proves its sums without using the ledger's own arithmetic."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from koogallery.ledger.batch import DELIVERED, MOVED, Batch, Fate
from koogallery.ledger.entries import Record, SealedHour
from koogallery.ledger.meter import Meter
from koogallery.ledger.page import Page
from koogallery.slots import batch_key, meter_key, page_partition
from koogallery.state import State


@dataclass(frozen=True)
class Books:
    """All that is known of one instance's usage."""

    meter: Meter
    pages: tuple[Page, ...]
    fates: dict[str, Fate | None]

    def seals(self) -> list[SealedHour]:
        """Every sealed hour, inline or in a page, once.

        A page whose writer died says again what stands elsewhere, to the letter.
        """
        met: dict[tuple[str, str], SealedHour] = {}
        for part in (*self.meter.sealed, *(part for page in self.pages for part in page.sealed)):
            known = met.setdefault((part.hour, part.again_of), part)
            assert (known.sealed_at, known.lines, known.records) == (part.sealed_at, part.lines, part.records)
        return list(met.values())

    def records(self) -> list[Record]:
        """Every record, oldest first."""
        return sorted((record for part in self.seals() for record in part.records), key=lambda record: record.begin)

    def check_sums(self) -> None:
        """Σ events = Σ sealed + Σ open + carried; each seal by itself; Σ of the events that are on file."""
        sealed: Fraction = sum((Fraction(record.quantity) for record in self.records()), Fraction(0))
        opened = sum((Fraction(q) for part in self.meter.open.values() for q in part.totals.values()), Fraction(0))
        carried = sum(map(Fraction, self.meter.carried.values()), Fraction(0))
        used = sum(map(Fraction, self.meter.used.values()), Fraction(0))
        assert used == sealed + opened + carried
        events = {event.id: event.quantity for event in self.meter.inline_events()}
        events |= {event.id: event.quantity for page in self.pages for event in page.all_events()}
        assert used == sum(map(Fraction, events.values()), Fraction(0))
        for part in self.seals():
            for package, line in part.lines.items():
                sent = sum((Fraction(r.quantity) for r in part.records if r.package == package), Fraction(0))
                assert Fraction(line.used) + Fraction(line.carried_in) == sent + Fraction(line.carried_out)

    def check_records(self) -> None:
        """No id twice, intervals of one instance never overlap."""
        records = self.records()
        assert len({record.metering_sn for record in records}) == len(records)
        for earlier, later in pairwise(records):
            assert earlier.end <= later.begin, (earlier, later)

    def unsettled(self) -> list[str]:
        """Ids of records that are not delivered."""
        return [sn for sn, fate in self.fates.items() if fate is None or fate.status != DELIVERED]


def read_books(state: State, instance_id: str) -> Books:
    """The books of an instance that has a meter."""
    item = state.get(meter_key(instance_id))
    meter = Meter.from_document(item.document) if item else Meter(instance_id)
    pages = tuple(Page.from_document(page.document) for page in state.query(page_partition(instance_id), limit=10_000))
    records = [record for part in (*meter.sealed, *(s for p in pages for s in p.sealed)) for record in part.records]
    return Books(meter, pages, {record.metering_sn: fate_of(state, record) for record in records})


def fate_of(state: State, record: Record) -> Fate | None:
    """What became of a record, followed through the batches it moved to; None while it is open."""
    batch_id = record.batch
    while True:
        item = state.get(batch_key(batch_id))
        fate = Batch.from_document(item.document).fates.get(record.metering_sn) if item else None
        if fate is None or fate.status != MOVED:
            return fate
        batch_id = fate.note


def carried(books: Books) -> Decimal:
    """What is too little to be billed yet."""
    return sum(books.meter.carried.values(), Decimal(0))
