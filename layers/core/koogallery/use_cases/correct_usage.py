"""What an operator may do to a record: mark a delivered one abnormal, report a refused one again, or let it rest.

The marketplace checks delivered records again later and shows abnormal ones in the Seller Console only, so a person
has to bring them in. A repeated command changes nothing a second time.

    delivered ──mark_abnormal──▶ abnormal(code) ─┬─report_again──▶ a new record, sent by the next push_usage
    rejected(code) ──────────────────────────────┤
    conflict, expired ───────────────────────────┴─acknowledge──▶ stays unbilled, with the operator's note
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import NamedTuple

from koogallery import times
from koogallery.archiving import archive_batch
from koogallery.ledger.accounts import rest_to_act_on
from koogallery.ledger.again import report_again as again
from koogallery.ledger.batch import ABNORMAL, DELIVERED, NEEDS_OPERATOR, REJECTED, Fate
from koogallery.ledger.entries import Record
from koogallery.ledger.errors import NotCorrectable, SeveralRecords, UnknownAccount
from koogallery.ledger.settlement import MEANING
from koogallery.ledger_store import load_batch, load_meter, make_room, store_batch, store_meter
from koogallery.queues import USAGE, put_pointer
from koogallery.services import Services
from koogallery.spans import retention_ends
from koogallery.stores import WRITE_TRIES, Contended
from koogallery.use_cases.explain_usage import HourStory, RecordStory, explain_usage

REPORTABLE = (ABNORMAL, REJECTED)
MAX_NOTE = 500
_CODE = re.compile(r"[A-Za-z0-9._-]{1,32}", re.ASCII)


class Correction(NamedTuple):
    """What was done. ``changed`` is False when it had been done before. ``metering_sn`` is the record's own or, for
    a report made again, that of the new record; empty for what a closed meter carries."""

    changed: bool
    metering_sn: str
    message: str


def mark_abnormal(services: Services, instance_id: str, hour: str, metering_sn: str | None, code: str) -> Correction:
    """A delivered record is abnormal according to the Seller Console. Raises a ``LedgerError``."""
    if not _CODE.fullmatch(code):
        raise NotCorrectable("a code has 1 to 32 letters, digits, dots, dashes; the Seller Console shows it")

    def change(story: RecordStory, fate: Fate) -> Fate | None:
        if fate.status == ABNORMAL and fate.code == code:
            return None
        _need(story, (DELIVERED,), "only a delivered record can be marked abnormal")
        note = MEANING.get(code, "a code the guides do not list")
        return Fate(ABNORMAL, code, times.iso(services.clock.now()), f"marked by an operator: {note}")

    changed, sn = _change_fate(services, (instance_id, hour, metering_sn), (DELIVERED, ABNORMAL), change)
    return Correction(changed, sn, f"record {sn} is abnormal with code {code}")


def acknowledge(services: Services, instance_id: str, hour: str, metering_sn: str | None, note: str) -> Correction:
    """What was refused stays unbilled, and that is accepted. Raises a ``LedgerError``.

    Without such a record in the hour: what the closed meter of the instance still carries.
    """
    note = " ".join(note.split())
    if not 0 < len(note) <= MAX_NOTE:
        raise NotCorrectable(f"a note of 1 to {MAX_NOTE} characters says why the record stays unbilled")

    def change(story: RecordStory, fate: Fate) -> Fate | None:
        if fate.accepted == note:
            return None
        _need(story, NEEDS_OPERATOR, "only what is not billed can be acknowledged")
        return fate._replace(accepted=note)

    story = explain_usage(services, instance_id, hour)
    if metering_sn is None and not _fitting(story.records, NEEDS_OPERATOR):
        return _acknowledge_rest(services, instance_id, hour, note)
    changed, sn = _change_fate(services, (instance_id, hour, metering_sn), NEEDS_OPERATOR, change)
    return Correction(changed, sn, f"record {sn} stays unbilled: {note}")


def report_again(services: Services, instance_id: str, hour: str, metering_sn: str | None) -> Correction:
    """A refused record is reported again as a new one; the next push_usage sends it. Raises a ``LedgerError``.

    The commit point is one conditional write of the meter, after the pointer that leads push_usage to the new record.
    """
    state, now = services.state, services.clock.now()
    announced = False
    for _ in range(WRITE_TRIES):
        meter, stored = load_meter(state, instance_id)
        story = explain_usage(services, instance_id, hour)
        refused = _choose(story, metering_sn, REPORTABLE)
        if refused.replaced_by:
            return _reported(False, refused.record, refused.replaced_by)
        _need(refused, REPORTABLE, "only an abnormal or rejected record can be reported again")
        if meter is None:
            raise UnknownAccount(f"instance {instance_id} has no usage on file")
        others = [other.record for other in story.records]
        part = again(instance_id, hour, refused.record, others, now)
        if not announced:
            due, subject = times.hour_end(hour), f"again {refused.record.metering_sn}"
            put_pointer(state, USAGE, due=due, now=now, owner=instance_id, subject=subject)
            announced = True
        make_room(state, meter, stored, now=now, retention_ends=retention_ends(services.settings))
        meter.sealed.append(part)
        if store_meter(state, meter, stored):
            return _reported(True, refused.record, part.records[0].metering_sn)
    raise Contended(f"meter of {instance_id}")


def _reported(changed: bool, refused: Record, new: str) -> Correction:
    when = "the next run of push_usage sends it" if changed else "it was reported again before, nothing was done"
    return Correction(changed, new, f"record {refused.metering_sn} is replaced by {new}: {when}")


def _change_fate(
    services: Services,
    where: tuple[str, str, str | None],
    fitting: Iterable[str],
    change: Callable[[RecordStory, Fate], Fate | None],
) -> tuple[bool, str]:
    """Write another fate of a record into its batch; (was anything changed, metering_sn)."""
    instance_id, hour, metering_sn = where
    for _ in range(WRITE_TRIES):
        story = _choose(explain_usage(services, instance_id, hour), metering_sn, tuple(fitting))
        sn = story.record.metering_sn
        if story.replaced_by:
            raise NotCorrectable(f"record {sn} was reported again as {story.replaced_by}: that one counts now")
        before = story.trail.fate
        after = change(story, before) if before else None
        if before is None:
            _need(story, tuple(fitting), "the marketplace has not answered for it yet")
        if after is None:
            return False, sn
        batch, stored = load_batch(services.state, story.trail.steps[-1].batch.id)
        if batch is None or batch.fates.get(sn) != before:
            continue
        changed = replace(batch, fates={**batch.fates, sn: after})
        if store_batch(services.state, changed, stored):
            archive_batch(services, changed)
            return True, sn
    raise Contended(f"batch of record {metering_sn} of {instance_id}")


def _choose(story: HourStory, metering_sn: str | None, statuses: tuple[str, ...]) -> RecordStory:
    """The record that is meant: the one named, or the only one that is or was in a state that fits.

    A record that was reported again still fits: a command without a name must not go on to its replacement.
    """
    where = f"hour {story.hour} of instance {story.instance.instance_id}"
    if metering_sn is not None:
        found = story.record(metering_sn)
        if found is None:
            raise UnknownAccount(f"{where} has no record {metering_sn}; usage explain lists its records")
        return found
    fitting = _fitting(story.records, statuses)
    if len(fitting) > 1:
        names = ", ".join(f"{f.record.metering_sn} ({f.trail.status})" for f in fitting)
        raise SeveralRecords(f"{where} has several records that fit, name one with --sn: {names}")
    if not fitting:
        states = ", ".join(f"{f.record.metering_sn} is {f.trail.status}" for f in story.records) or story.reason
        raise NotCorrectable(f"{where} has no record that is {' or '.join(statuses)}: {states}")
    return fitting[0]


def _fitting(records: Iterable[RecordStory], statuses: tuple[str, ...]) -> list[RecordStory]:
    return [found for found in records if found.trail.status in statuses]


def _need(story: RecordStory, statuses: tuple[str, ...], rule: str) -> None:
    if story.trail.status not in statuses:
        problem = f" ({story.trail.problem})" if story.trail.problem else ""
        raise NotCorrectable(f"record {story.record.metering_sn} is {story.trail.status}{problem}: {rule}")


def _acknowledge_rest(services: Services, instance_id: str, hour: str, note: str) -> Correction:
    for _ in range(WRITE_TRIES):
        meter, stored = load_meter(services.state, instance_id)
        if meter is None or not meter.closed or not (rest_to_act_on(meter) or meter.accepted_rest):
            raise NotCorrectable(f"hour {hour} of instance {instance_id} has nothing that waits to be acknowledged")
        if meter.accepted_rest == note:
            return Correction(False, "", f"what the meter still carries stays unbilled: {note}")
        meter.accepted_rest = note
        if store_meter(services.state, meter, stored):
            return Correction(True, "", f"what the meter still carries stays unbilled: {note}")
    raise Contended(f"meter of {instance_id}")
