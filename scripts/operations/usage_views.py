"""The story of an hour and the result of a reconciliation, as text for people and as JSON for machines."""

from __future__ import annotations

from typing import Any

from koogallery import times
from koogallery.ledger.accounts import Balance
from koogallery.ledger.batch import NEEDS_OPERATOR
from koogallery.ledger.findings import Finding, Reconciliation
from koogallery.ledger.quantity import plain
from koogallery.use_cases.check_account import ADVICE
from koogallery.use_cases.explain_usage import BookedEvent, HourStory, RecordStory
from koogallery.use_cases.usage_trails import Step
from operations.paper import Paper

MAX_EVENTS = 100
"""Events shown to people; JSON has them all."""
_TITLES = {
    "fault": "damaged: the books or what is on file cannot be right",
    "rejected": "rejected by the marketplace, not billed",
    "abnormal": "abnormal, not billed",
    "conflict": "the marketplace has something else on file",
    "expired": "too old before it was taken, not billed",
    "pending": "sent or to be sent, no answer",
    "unbatched": "sealed, not in a batch",
    "unsealed": "over and not sealed",
    "carried": "left on a closed meter",
    "dead_letter": "events the seller's product never took",
}


# --------------------------------------------------------------------------------------------------------- explain
def show_story(paper: Paper, story: HourStory) -> None:
    """The whole story of an hour."""
    instance = story.instance
    end = times.iso(times.hour_end(story.hour))
    paper.line(f"instance {instance.instance_id}, {_life(story)}")
    paper.line(f"hour     {times.iso(times.hour_start(story.hour))} to {end} (UTC)")
    paper.line(f"status   {story.status}: {story.reason}")
    _show_events(paper, f"Events booked in this hour ({len(story.events)})", story.events, story.hour)
    _show_events(paper, f"Events of this hour booked in another one ({len(story.elsewhere)})", story.elsewhere, "")
    if story.lines:
        paper.heading("Account of the hour: used + carried in = records + carried out")
        rows = [
            (package or "-", *map(plain, (line.used, line.carried_in, line.carried_out)))
            for package, line in sorted(story.lines.items())
        ]
        paper.table(("package", ">used", ">carried in", ">carried out"), rows)
    if story.records:
        paper.heading(f"Records ({len(story.records)})")
        columns = ("metering_sn", "begin_time", "end_time", ">usage_value", "package", "outcome")
        paper.table(columns, [_record_row(record) for record in story.records])
        paper.heading("What happened to them")
        for record in story.records:
            for text in _way(record):
                paper.line(f"  {record.record.metering_sn}  {text}")


def _life(story: HourStory) -> str:
    instance = story.instance
    opened = f"opened {instance.activated_at}" if instance.activated_at else "not opened yet"
    released = f", released {instance.released_at}" if instance.released_at else ""
    return f"{instance.status}, {opened}{released}"


def _show_events(paper: Paper, title: str, events: list[BookedEvent], hour: str) -> None:
    if not events and not hour:
        return
    paper.heading(title)
    rows = [
        (e.event.id, times.iso(e.event.time), plain(e.event.quantity), e.event.package or "-", _booking(e))
        for e in events[:MAX_EVENTS]
    ]
    if rows:
        paper.table(("event", "time", ">quantity", "package", "booked"), rows)
    if len(events) > MAX_EVENTS:
        paper.line(f"  ... and {len(events) - MAX_EVENTS} more; --json has them all")


def _booking(booked: BookedEvent) -> str:
    own = times.hour_of(booked.event.time)
    return "in its hour" if booked.booked_in == own else f"forward, from {own} into {booked.booked_in}"


def _record_row(story: RecordStory) -> tuple[str, ...]:
    record = story.record
    return (
        record.metering_sn,
        record.begin,
        record.end,
        plain(record.quantity),
        record.package or "-",
        _outcome(story),
    )


def _outcome(story: RecordStory) -> str:
    fate = story.trail.fate
    code = f"({fate.code})" if fate and fate.code and story.trail.status not in ("pending", "archived") else ""
    again = ", reported again" if story.replaced_by else ""
    accepted = ", acknowledged" if fate and fate.accepted else ""
    return f"{story.trail.status}{code}{again}{accepted}"


def _way(story: RecordStory) -> list[str]:
    again = f", reports {story.again_of} again" if story.again_of else ""
    lines = [f"{story.sealed_at}  sealed{again}"]
    for step in story.trail.steps:
        lines.append(f"{step.batch.created_at}  batch {step.batch.id}, {_attempts(step)}")
        fate = step.entry.fate if step.entry else None
        if fate is not None:
            code = f" ({fate.code})" if fate.code else ""
            note = f": {'to batch ' if fate.status == 'moved' else ''}{fate.note}" if fate.note else ""
            lines.append(f"{fate.at}  {fate.status}{code}{note}")
            if fate.accepted:
                lines.append(f"acknowledged by an operator: {fate.accepted}")
    if story.replaced_by:
        return [*lines, f"reported again as {story.replaced_by}"]
    return lines + _unfinished(story)


def _attempts(step: Step) -> str:
    attempts = f"{step.batch.attempts} attempt{'' if step.batch.attempts == 1 else 's'}"
    return f"{attempts}, last failure: {step.batch.last_failure}" if step.batch.last_failure else attempts


def _unfinished(story: RecordStory) -> list[str]:
    status, fate = story.trail.status, story.trail.fate
    if status in NEEDS_OPERATOR and fate is not None and not fate.accepted:
        return [f"waits for an operator: {ADVICE[status]}"]
    texts = {
        "unbatched": "no batch yet: the next run of push_usage puts it into one",
        "pending": "no answer yet: it is sent again, the same bytes, until there is one",
        "archived": "older than the retention: its batch stands only in the archive, under batches/",
        "lost": f"FAULT: {story.trail.problem}",
    }
    return [texts[status]] if status in texts else []


def story_json(story: HourStory) -> dict[str, Any]:
    """The same for machines; quantities are texts."""
    return {
        "instance_id": story.instance.instance_id,
        "instance_status": story.instance.status,
        "hour": story.hour,
        "status": story.status,
        "reason": story.reason,
        "sealed_at": story.sealed_at,
        "events": [_event_json(event) for event in story.events],
        "events_booked_elsewhere": [_event_json(event) for event in story.elsewhere],
        "lines": {
            package: {name: plain(value) for name, value in line._asdict().items()}
            for package, line in story.lines.items()
        },
        "records": [_record_json(record) for record in story.records],
    }


def _event_json(booked: BookedEvent) -> dict[str, str]:
    event = booked.event
    return {
        "id": event.id,
        "time": times.iso(event.time),
        "quantity": plain(event.quantity),
        "package_instance_id": event.package,
        "booked_in": booked.booked_in,
    }


def _record_json(story: RecordStory) -> dict[str, Any]:
    record, fate = story.record, story.trail.fate
    return {
        "metering_sn": record.metering_sn,
        "package_instance_id": record.package,
        "begin_time": record.begin,
        "end_time": record.end,
        "usage_value": plain(record.quantity),
        "sealed_at": story.sealed_at,
        "status": story.trail.status,
        "problem": story.trail.problem,
        "again_of": story.again_of,
        "replaced_by": story.replaced_by,
        "acknowledged": fate.accepted if fate else "",
        "batches": [
            {
                "id": step.batch.id,
                "created_at": step.batch.created_at,
                "attempts": step.batch.attempts,
                "fate": step.entry.fate._asdict() if step.entry and step.entry.fate else None,
            }
            for step in story.trail.steps
        ],
    }


# ------------------------------------------------------------------------------------------------------- reconcile
def show_reconciliation(paper: Paper, result: Reconciliation) -> None:
    """Both equations, what is damaged, what waits."""
    paper.line(f"{result.instances} instances, {result.meters} with usage")
    paper.heading("Events")
    balance = result.balance
    rows = [
        ("used", plain(balance.used), ""),
        ("= sealed", plain(balance.posted), ""),
        ("+ open", plain(balance.open), ""),
        ("+ carried", plain(balance.carried), _verdict(plain(balance.difference))),
    ]
    paper.table(("", ">quantity", ""), rows)
    paper.heading("Sealed")
    outcomes = [(f"+ {name}", plain(quantity), "") for name, quantity in result.outcomes.by_status.items()]
    outcomes[0] = (outcomes[0][0].replace("+", "="), *outcomes[0][1:])
    outcomes[-1] = (*outcomes[-1][:2], _verdict(plain(result.unexplained)))
    paper.table(("", ">quantity", ""), [("sealed", plain(balance.posted), ""), *outcomes])
    if result.outcomes.accepted:
        paper.line(f"  of these {plain(result.outcomes.accepted)} are acknowledged to stay unbilled")
    for kind, title in _TITLES.items():
        _show_findings(paper, result, kind, title)
    paper.line()
    paper.line(summary(result))


def summary(result: Reconciliation) -> str:
    """One sentence."""
    if result.is_clean:
        return "Everything agrees and nothing waits for an operator."
    faults = result.counts["fault"]
    waiting = result.counts.total() - faults
    books = "Everything agrees" if result.agrees else f"NOT everything agrees ({faults} faults)"
    return f"{books}; {waiting} waiting for an operator."


def _verdict(difference: str) -> str:
    return "agrees" if difference == "0" else f"DIFFERS by {difference}"


def _show_findings(paper: Paper, result: Reconciliation, kind: str, title: str) -> None:
    count = result.counts[kind]
    if not count:
        return
    paper.heading(f"{kind} ({count}): {title}")
    found = [finding for finding in (*result.faults, *result.waiting) if finding.kind == kind]
    rows = [(f.instance_id, f.hour or "-", f.quantity or "-", f.metering_sn or "-", f.message) for f in found]
    paper.table(("instance", "hour", ">quantity", "metering_sn", "what"), rows)
    if count > len(found):
        paper.line(f"  ... and {count - len(found)} more")


def reconciliation_json(result: Reconciliation) -> dict[str, Any]:
    """The same for machines; quantities are texts."""
    return {
        "agrees": result.agrees,
        "clean": result.is_clean,
        "instances": result.instances,
        "meters": result.meters,
        "events": _balance_json(result.balance),
        "sealed": {
            **{name: plain(quantity) for name, quantity in result.outcomes.by_status.items()},
            "total": plain(result.balance.posted),
            "difference": plain(result.unexplained),
            "acknowledged": plain(result.outcomes.accepted),
        },
        "counts": dict(result.counts),
        "faults": [_finding_json(finding) for finding in result.faults],
        "waiting": [_finding_json(finding) for finding in result.waiting],
    }


def _balance_json(balance: Balance) -> dict[str, str]:
    return {
        "used": plain(balance.used),
        "sealed": plain(balance.posted),
        "open": plain(balance.open),
        "carried": plain(balance.carried),
        "difference": plain(balance.difference),
    }


def _finding_json(finding: Finding) -> dict[str, str]:
    return finding._asdict()
