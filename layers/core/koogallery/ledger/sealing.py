"""Sealing: an hour that is over becomes records, once and for ever.

The seal freezes quantity, begin, end and ``metering_sn`` (a pure function of them). Intervals of one instance never
overlap: an hour is half open, several records of one hour share it in slices, the first hour begins with the first
event and the last one ends with the instance (open API guide, rules for usage records).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal

from koogallery import times
from koogallery.inferred import first_billable_second
from koogallery.instances.instance import Instance
from koogallery.ledger.batch import MAX_RECORDS
from koogallery.ledger.closing import Closing, final_hour_due
from koogallery.ledger.entries import Line, OpenHour, Record, SealedHour, compact
from koogallery.ledger.meter import Meter
from koogallery.ledger.page import Page, PageEntry, dump_directory, hours_spanned
from koogallery.ledger.quantity import ZERO, add, plain, split_sendable
from koogallery.ledger.sums import add_to

INLINE_HOURS = 24
INLINE_BYTES = 120_000
"""With the largest report, or the records of a whole batch, on top it stays below the size of an item."""
_DIRECTORY_MEMORY = timedelta(days=23)
_SECOND = timedelta(seconds=1)


def seal_due(  # noqa: PLR0913 - the whole of what a seal rests on
    meter: Meter,
    instance: Instance,
    *,
    over_until: datetime,
    closing: Closing,
    now: datetime,
    batch: str,
    room: int,
) -> list[SealedHour]:
    """Seal the open hours that are over at ``over_until``, oldest first, while their records fit; changes ``meter``.

    The hours of a released instance from its final one on are sealed together, when their time of grace is over.
    ``room`` is the number of records the batch still takes.
    """
    final_due = final_hour_due(instance, closing)
    last = times.hour_of(times.parse_iso(instance.released_at)) if instance.released_at else ""
    done: list[SealedHour] = []
    for hour in sorted(meter.open):
        if (last and hour >= last) or times.hour_end(hour) > over_until:
            continue
        if not _fits(meter, meter.open[hour], room):
            return done
        done.append(_seal(meter, instance, hour, now, batch))
        room -= len(done[-1].records)
    if final_due is not None and final_due <= over_until and not meter.closed:
        _merge_into_final(meter, last)
        final = meter.open.get(last, OpenHour())
        if not _fits(meter, final, room):
            return done
        if last in meter.open or meter.carried:
            meter.open[last] = final
            done.append(_seal(meter, instance, last, now, batch))
        meter.closed = True
    return done


def has_due(meter: Meter, instance: Instance, *, over_until: datetime, closing: Closing) -> bool:
    """Would ``seal_due`` with enough room seal or close anything?"""
    final_due = final_hour_due(instance, closing)
    if final_due is not None and final_due <= over_until and not meter.closed:
        return True
    last = times.hour_of(times.parse_iso(instance.released_at)) if instance.released_at else "~"
    return any(hour < last and times.hour_end(hour) <= over_until for hour in meter.open)


def _merge_into_final(meter: Meter, last: str) -> None:
    """Usage taken while the release was under way may stand in a later hour: it belongs to the final one."""
    for hour in sorted(h for h in meter.open if h > last):
        meter.open.setdefault(last, OpenHour()).absorb(meter.open.pop(hour))


def _fits(meter: Meter, part: OpenHour, room: int) -> bool:
    packages = {*part.totals, *meter.carried}
    amounts = [add(part.totals.get(p, ZERO), meter.carried.get(p, ZERO)) for p in packages]
    return min(MAX_RECORDS, sum(len(split_sendable(amount)[0]) for amount in amounts)) <= room


def _seal(meter: Meter, instance: Instance, hour: str, now: datetime, batch: str) -> SealedHour:
    part = meter.open.pop(hour)
    lines: dict[str, Line] = {}
    amounts: list[tuple[str, Decimal]] = []
    begin, end = _interval(instance, hour, part)
    # An hour that would fill more than a batch could never be sealed: the rest is carried into the next one.
    slices = max(1, min(MAX_RECORDS, int((end - begin) / _SECOND)))
    for package in sorted({*part.totals, *meter.carried}):
        used, carried_in = part.totals.get(package, ZERO), meter.carried.pop(package, ZERO)
        sendable, rest = split_sendable(add(used, carried_in))
        free = slices - len(amounts)
        amounts += [(package, amount) for amount in sendable[:free]]
        carried_out = add(rest, *sendable[free:])
        if carried_out:
            meter.carried[package] = carried_out
        lines[package] = Line(used, carried_in, carried_out)
    for package, amount in amounts:
        add_to(meter.posted, package, amount)
    records = _records(instance.instance_id, begin, end, amounts, batch)
    sealed = SealedHour(hour, times.iso_millis(now), lines, records, part.events)
    meter.sealed.append(sealed)
    return sealed


def _interval(instance: Instance, hour: str, part: OpenHour) -> tuple[datetime, datetime]:
    """Begin and end of what is billed for an hour, whole seconds; never outside the life of the instance."""
    opening = times.parse_iso(instance.activated_at)
    begin, end = times.hour_start(hour), times.hour_end(hour)
    if instance.released_at:
        end = min(end, times.whole_second(times.parse_iso(instance.released_at)))
    if begin < opening:
        first_event = part.first or begin
        begin = max(times.next_whole_second(opening), begin, times.whole_second(first_event))
        begin = max(min(begin, end - _SECOND), first_billable_second(opening))
    return min(begin, end), end


def _records(
    instance_id: str, begin: datetime, end: datetime, amounts: list[tuple[str, Decimal]], batch: str
) -> list[Record]:
    width = (end - begin) // max(1, len(amounts))
    width -= timedelta(microseconds=width.microseconds)
    records = []
    for position, (package, quantity) in enumerate(amounts):
        start = begin + position * width
        stop = end if position == len(amounts) - 1 else start + width
        span = (times.record(start), times.record(stop))
        records.append(Record(metering_sn(instance_id, package, span, quantity), package, *span, quantity, batch))
    return records


def metering_sn(instance_id: str, package: str, span: tuple[str, str], quantity: Decimal) -> str:
    """The unique id of a record: 40 hex digits, a pure function of what it says."""
    text = "\n".join((instance_id, package, *span, plain(quantity)))
    return hashlib.sha256(text.encode()).hexdigest()[:40]


def overflows(meter: Meter, document: str) -> bool:
    """Is it time to move a page out of a meter, before it takes more? ``document`` is its JSON text, as stored."""
    return is_heavy(meter, document) or len(meter.sealed) > INLINE_HOURS + INLINE_HOURS // 2


def is_heavy(meter: Meter, document: str) -> bool:
    """Is there more than ``INLINE_BYTES`` in it?

    The directory does not count: no page would make it smaller, and it may be long without a page being due.
    """
    size = len(document.encode())
    return size > INLINE_BYTES and size - len(compact(dump_directory(meter.pages))) > INLINE_BYTES


def is_heavy_by_events(meter: Meter) -> bool:
    """Would a heavy meter be lighter without its events? Otherwise each report would make a page, and it stay heavy."""
    return sum(event.size() for event in meter.inline_events()) > INLINE_BYTES // 6


def take_page(
    meter: Meter, *, heavy: bool, now: datetime, may_move: Callable[[SealedHour], bool], with_events: bool = True
) -> tuple[PageEntry, Page] | None:
    """Move what need not stay inline into a page; changes ``meter``. The page's entry and content, or None.

    ``may_move`` says which seals have their batch stored: the others are still to be found by their pointer and stay.
    So do those of the last hour and later: an event booked forward has to see them. A ``heavy`` meter gives up more
    seals and, ``with_events``, all its events, but keeps totals. The entry is the last of ``meter.pages``.
    """
    newest = sorted((part.hour for part in meter.sealed), reverse=True)[:INLINE_HOURS]
    last = times.hour_of(now - times.HOUR)
    page = Page()
    for part in list(meter.sealed):
        if part.hour < last and (heavy or part.hour not in newest) and may_move(part):
            meter.sealed.remove(part)
            page.sealed.append(part)
    if heavy and with_events:
        page.events = meter.give_up_events()
    if not page.events and not page.sealed:
        return None
    lowest, highest = hours_spanned(page.all_events(), [*page.events, *(part.hour for part in page.sealed)])
    meter.moved.take(lowest, page)
    made, horizon = times.hour_of(now), directory_begins(now)
    number = max((known.number for known in meter.pages if known.made == made), default=0) + 1
    entry = PageEntry(lowest, highest, made, number)
    meter.pages = [known for known in meter.pages if known.highest >= horizon or known.made == made] + [entry]
    return entry, page


def directory_begins(now: datetime) -> str:
    """Every page that holds this hour or a later one is in the directory of its meter."""
    return times.hour_of(now - _DIRECTORY_MEMORY)
