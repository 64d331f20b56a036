"""Second part: usage is reported and billed, hour by hour, with what goes wrong in real life."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from koogallery_simulator import faults
from story.sale import Sold, said
from story.stage import Stage
from story.timetable import Report
from story.voice import Voice


def first_hour(stage: Stage, voice: Voice, sold: Sold) -> None:
    """Reports, a repeated report, a wrong one; the answer to the bill's first batch gets lost."""
    hour = _hour(stage.clock.now())
    voice.act(
        "The pay-per-use product is used, and the first hour is billed",
        "The product reports plain events: id, instance, quantity, time. The bundle makes usage records of them.",
    )
    stage.timetable.wait_until(hour + timedelta(minutes=45))
    used = ((hour + timedelta(minutes=20), "12.5"), (hour + timedelta(minutes=40), "0.33333"))
    voice.product(f"reports 12.5 and 0.33333 -> {tally(stage.product.use(sold.metered, *used))}")
    again = stage.product.report(stage.product.journal[-2:])
    voice.product(f"reports both again, unsure whether they arrived -> {tally(again)}")
    wrong = stage.product.use(sold.yearly, (hour + timedelta(minutes=41), "1"))
    voice.product(f"reports 1 for the yearly product by mistake -> {tally(wrong)}")
    stage.marketplace.faults.add(faults.reset(1, faults.USAGE, after_booking=True))
    _bill(stage, voice, hour, "books the record, but the connection breaks before its answer is out")
    codes = ", ".join(record.code for record in stage.marketplace.bill.abnormal())
    voice.bundle(f"had sent the same bytes again and got code {codes}, known already: delivered, and once")


def second_hour(stage: Stage, voice: Voice, sold: Sold) -> None:
    """A late event for the hour that is billed already; the marketplace has too much to do."""
    hour = _hour(stage.clock.now())
    voice.act("The second hour: a late event, and a marketplace that has too much to do")
    stage.timetable.wait_until(hour + timedelta(minutes=30))
    late = stage.product.use(sold.metered, (hour - timedelta(minutes=10), "3.75"))
    voice.product(f"reports 3.75 of {hour - timedelta(minutes=10):%H:%M}, an hour already billed -> {tally(late)}")
    voice.bundle("counts it in the hour that is still open: a billed hour is never opened again")
    used = ((hour + timedelta(minutes=10), "0.33333"), (hour + timedelta(minutes=25), "7"))
    voice.product(f"reports 0.33333 and 7 -> {tally(stage.product.use(sold.metered, *used))}")
    stage.marketplace.faults.add(faults.throttle(1, faults.USAGE))
    _bill(stage, voice, hour, "turns the first try away: too many calls (MKT.0250)")


def third_hour(stage: Stage, voice: Voice, sold: Sold) -> None:
    """An ordinary hour."""
    hour = _hour(stage.clock.now())
    voice.act("The third hour: nothing special")
    stage.timetable.wait_until(hour + timedelta(minutes=50))
    used = ((hour + timedelta(minutes=5), "0.33333"), (hour + timedelta(minutes=49), "41.0001"))
    voice.product(f"reports 0.33333 and 41.0001 -> {tally(stage.product.use(sold.metered, *used))}")
    _bill(stage, voice, hour)
    voice.remark("Records carry four decimals; what is below is carried into the next hour, so nothing is lost.")


def release(stage: Stage, voice: Voice, sold: Sold) -> None:
    """The buyer cancels in the middle of an hour: the hour so far is billed, nothing after it."""
    hour = _hour(stage.clock.now())
    voice.act(
        "The buyer cancels in the middle of an hour",
        "The running hour is billed up to the release, a few minutes later, so that stragglers still count.",
    )
    stage.timetable.wait_until(hour + timedelta(minutes=6))
    attempt = stage.shop.unsubscribe(sold.metered)
    voice.marketplace(f"releases the instance, result {said(attempt)}")
    stage.timetable.wait(minutes=2)
    straggler = stage.product.use(sold.metered, (hour + timedelta(minutes=4), "2.125"))
    voice.product(f"reports 2.125, used before the release -> {tally(straggler)}")
    after = stage.product.use(sold.metered, (hour + timedelta(minutes=7), "9"))
    voice.product(f"reports 9, used after it -> {tally(after)}")
    report = _run(stage, hour + timedelta(minutes=14))
    voice.bundle(f"billed {hour:%H}:00 to {hour:%H}:06 -> {_shown(report)}")
    voice.product(f"was told: {', '.join(stage.product.told(sold.metered))}")


def _bill(stage: Stage, voice: Voice, hour: datetime, trouble: str = "") -> None:
    """The hour ends, and the first timer of the next one bills it."""
    report = _run(stage, hour + timedelta(hours=1, minutes=2))
    if trouble:
        voice.marketplace(trouble)
    voice.bundle(f"billed {hour:%H}:00 to {hour + timedelta(hours=1):%H}:00 -> {_shown(report)}")


def _run(stage: Stage, until: datetime) -> Counter[str]:
    total: Counter[str] = Counter()
    for report in _numbers(stage.timetable.wait_until(until).get("push_usage", ())):
        total.update(report)
    return total


def _numbers(reports: Iterable[Report]) -> Iterable[dict[str, int]]:
    return ({name: count for name, count in report.items() if isinstance(count, int)} for report in reports)


def _shown(report: Mapping[str, int]) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {count}" for name, count in report.items() if count) or "nothing to do"


def tally(answer: Mapping[str, Any]) -> str:
    """What became of a report."""
    parts = [f"{name} {answer[name]}" for name in ("accepted", "duplicates") if answer[name]]
    return ", ".join([*parts, *(f"rejected: {entry['code']}" for entry in answer["rejected"])])


def _hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)
