"""Audit: whether the books of a meter and what is on file of it agree, down to single hours and records. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from koogallery import times
from koogallery.ledger.accounts import OnFile
from koogallery.ledger.entries import Record, SealedHour
from koogallery.ledger.quantity import ZERO, add, plain
from koogallery.ledger.sealing import metering_sn
from koogallery.ledger.sums import Sums, summed


class Fault(NamedTuple):
    """Something that cannot be: a defect, or damage done to the state. Hour and record may be empty."""

    hour: str
    metering_sn: str
    message: str


def audit(on_file: OnFile) -> list[Fault]:
    """Everything that cannot be, once every page has been taken."""
    faults = [Fault(hour, "", f"{what} is counted twice") for hour, what in on_file.twice]
    for check in (_books, _inline, _totals, _pages, _lines, _hours, _records, _overlaps, _reports_again):
        faults += check(on_file)
    return faults


def _books(on_file: OnFile) -> Iterator[Fault]:
    meter = on_file.meter
    opened = summed(pair for part in meter.open.values() for pair in part.totals.items())
    for package in sorted({*meter.used, *meter.posted, *meter.carried, *opened}):
        carried = meter.carried.get(package, ZERO)
        parts = (meter.posted.get(package, ZERO), opened.get(package, ZERO), carried)
        rest = add(meter.used.get(package, ZERO), *(-part for part in parts))
        if rest:
            yield Fault("", "", f"{_of(package)}used is not sealed + open + carried: {plain(rest)} off")
        if carried < ZERO:
            yield Fault("", "", f"{_of(package)}less than nothing is carried")


def _inline(on_file: OnFile) -> Iterator[Fault]:
    """What did not move into pages is in the meter, to the last place; no retention loosens this."""
    meter = on_file.meter
    for what, ever, moved, found in (
        ("events", meter.used, meter.moved.used, on_file.inline_events),
        ("records", meter.posted, meter.moved.posted, on_file.inline_records),
    ):
        expected = summed([*ever.items(), *((package, -total) for package, total in moved.items())])
        for package, due, is_ in _differing(expected, found):
            yield Fault("", "", f"{_of(package)}the {what} kept in the meter are {plain(is_)}, not {plain(due)}")


def _totals(on_file: OnFile) -> Iterator[Fault]:
    meter = on_file.meter
    may_be_archived = bool(meter.moved.since) and not on_file.is_kept(meter.moved.since)
    for what, ever, found in (
        ("events", meter.used, on_file.event_sums()),
        ("records", meter.posted, on_file.posted_sums()),
    ):
        for package, due, is_ in _differing(ever, found):
            if is_ > due or not may_be_archived:
                yield Fault("", "", f"{_of(package)}the {what} on file are {plain(is_)}, not {plain(due)}")


def _pages(on_file: OnFile) -> Iterator[Fault]:
    for entry in on_file.meter.pages:
        if entry.sort not in on_file.pages and on_file.is_kept(entry.highest):
            yield Fault(entry.lowest, "", f"page {entry.sort} (hours {entry.lowest} to {entry.highest}) is gone")


def _lines(on_file: OnFile) -> Iterator[Fault]:
    for part in on_file.parts.values():
        sealed = summed((record.package, record.quantity) for record in part.records)
        if part.again_of:
            continue
        expected = summed(
            (package, add(line.used, line.carried_in, -line.carried_out)) for package, line in part.lines.items()
        )
        for package, due, is_ in _differing(expected, sealed):
            text = f"used + carried in - carried out is {plain(due)}, the records are {plain(is_)}"
            yield Fault(part.hour, "", f"{_of(package)}{text}")


def _hours(on_file: OnFile) -> Iterator[Fault]:
    """The total of each hour is that of its events."""
    totals: dict[str, Sums] = {hour: dict(part.totals) for hour, part in on_file.meter.open.items()}
    for part in on_file.parts.values():
        if not part.again_of:
            totals[part.hour] = {package: line.used for package, line in part.lines.items()}
    final = max((hour for hour, _ in on_file.parts), default="")
    events: dict[str, Sums] = {}
    for booked, sums in on_file.events.items():
        # Usage taken while a release was under way went into the final hour.
        hour = final if on_file.meter.closed and booked not in totals else booked
        events[hour] = summed([*events.get(hour, {}).items(), *sums.items()])
    for hour in sorted(hour for hour in {*totals, *events} if on_file.is_kept(hour)):
        for package, due, is_ in _differing(totals.get(hour, {}), events.get(hour, {})):
            yield Fault(hour, "", f"{_of(package)}the hour counts {plain(due)}, its events are {plain(is_)}")


def _records(on_file: OnFile) -> Iterator[Fault]:
    known: set[str] = set()
    for part, record in on_file.records():
        sn, span = record.metering_sn, (record.begin, record.end)
        if sn in known:
            yield Fault(part.hour, sn, "the metering_sn stands twice")
        if sn != metering_sn(on_file.meter.instance_id, record.package, span, record.quantity):
            yield Fault(part.hour, sn, "the metering_sn does not belong to the content of the record")
        if not _lies_in(record, part):
            yield Fault(part.hour, sn, f"the interval {record.begin} to {record.end} is not inside the hour")
        known.add(sn)


def _overlaps(on_file: OnFile) -> Iterator[Fault]:
    replaced = on_file.replaced_by()
    live = [
        (r.begin, r.end, r.metering_sn, part.hour) for part, r in on_file.records() if r.metering_sn not in replaced
    ]
    last_end, last_sn = "", ""
    for begin, end, sn, hour in sorted(live):
        if begin < last_end:
            yield Fault(hour, sn, f"the interval overlaps that of record {last_sn}")
        if end > last_end:
            last_end, last_sn = end, sn


def _reports_again(on_file: OnFile) -> Iterator[Fault]:
    known = {record.metering_sn: record for _, record in on_file.records()}
    for part, record in on_file.records():
        if not part.again_of:
            continue
        refused = known.get(part.again_of)
        if refused is None and on_file.is_kept(part.hour):
            yield Fault(part.hour, record.metering_sn, f"reports {part.again_of} again, which is not on file")
        elif refused and (refused.package, refused.quantity) != (record.package, record.quantity):
            yield Fault(part.hour, record.metering_sn, f"reports {part.again_of} again with another content")


def _differing(expected: Sums, found: Sums) -> Iterator[tuple[str, Decimal, Decimal]]:
    for package in sorted({*expected, *found}):
        pair = (expected.get(package, ZERO), found.get(package, ZERO))
        if pair[0] != pair[1]:
            yield package, *pair


def _of(package: str) -> str:
    return f"package {package}: " if package else ""


def _lies_in(record: Record, part: SealedHour) -> bool:
    start, end = times.record(times.hour_start(part.hour)), times.record(times.hour_end(part.hour))
    return start <= record.begin <= record.end <= end
