"""Second part: usage is reported and billed, hour by hour, with what goes wrong in real life."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from koogallery_simulator import faults
from story.sale import Sold
from story.stage import Stage
from story.timetable import Report
from story.voice import Voice


def first_hour(stage: Stage, voice: Voice, sold: Sold) -> None:
    """Reports, a repeated report, a wrong one; the answer to the bill's first batch gets lost."""
    hour = _hour(stage.clock.now())
    voice.act(
        "The pay-per-use product is used, and the first hour is billed",
        "The product reports plain events: an id, an instance, a quantity, a time. The bundle makes the bill of them.",
    )
    stage.timetable.wait_until(hour + timedelta(minutes=45))
    used = ((hour + timedelta(minutes=20), "12.5"), (hour + timedelta(minutes=40), "0.33333"))
    voice.product(f"reports 12.5 and 0.33333 -> {_tally(stage.product.use(sold.metered, *used))}")
    again = stage.product.report(stage.product.journal[-2:])
    voice.product(f"reports both again, unsure whether they arrived -> {_tally(again)}")
    wrong = stage.product.use(sold.yearly, (hour + timedelta(minutes=41), "1"))
    voice.product(f"reports usage of the yearly product by mistake -> {_tally(wrong)}")
    stage.marketplace.faults.add(faults.reset(1, faults.USAGE, after_booking=True))
    _bill(stage, voice, hour, "books the record, but the connection breaks before its answer is out")
    voice.bundle('sent the same bytes again, and took the answer "duplicate" to its own record as delivered')


def second_hour(stage: Stage, voice: Voice, sold: Sold) -> None:
    """A late event for the hour that is billed already; the marketplace has too much to do."""
    hour = _hour(stage.clock.now())
    voice.act("The second hour: a late event, and a marketplace that has too much to do")
    stage.timetable.wait_until(hour + timedelta(minutes=30))
    late = stage.product.use(sold.metered, (hour - timedelta(minutes=10), "3.75"))
    voice.product(f"reports 3.75 of {hour - timedelta(minutes=10):%H:%M}, an hour already billed -> {_tally(late)}")
    voice.bundle("books it forward into the hour that is still open: a billed hour is never opened again")
    used = ((hour + timedelta(minutes=10), "0.33333"), (hour + timedelta(minutes=25), "7"))
    voice.product(f"reports 0.33333 and 7 -> {_tally(stage.product.use(sold.metered, *used))}")
    stage.marketplace.faults.add(faults.throttle(1, faults.USAGE))
    _bill(stage, voice, hour, "turns the first try away: too many calls (MKT.0250)")


def third_hour(stage: Stage, voice: Voice, sold: Sold) -> None:
    """An ordinary hour."""
    hour = _hour(stage.clock.now())
    voice.act("The third hour: nothing special")
    stage.timetable.wait_until(hour + timedelta(minutes=50))
    used = ((hour + timedelta(minutes=5), "0.33333"), (hour + timedelta(minutes=49), "41.0001"))
    voice.product(f"reports 0.33333 and 41.0001 -> {_tally(stage.product.use(sold.metered, *used))}")
    _bill(stage, voice, hour)
    voice.remark("Records carry four decimals. What is below is carried into the next hour, so nothing is lost.")


def release(stage: Stage, voice: Voice, sold: Sold) -> None:
    """The buyer cancels in the middle of an hour: the hour so far is billed, nothing after it."""
    hour = _hour(stage.clock.now())
    voice.act(
        "The buyer cancels in the middle of an hour",
        "The running hour is billed up to the moment of the release, a few minutes later, so that stragglers count.",
    )
    stage.timetable.wait_until(hour + timedelta(minutes=6))
    attempt = stage.shop.unsubscribe(sold.metered)
    voice.marketplace(f"releases the instance, result {attempt.code}")
    stage.timetable.wait(minutes=2)
    straggler = stage.product.use(sold.metered, (hour + timedelta(minutes=4), "2.125"))
    voice.product(f"reports 2.125 of two minutes before the release -> {_tally(straggler)}")
    after = stage.product.use(sold.metered, (hour + timedelta(minutes=7), "9"))
    voice.product(f"reports 9 of a minute after it -> {_tally(after)}")
    report = _run(stage, hour + timedelta(minutes=14))
    voice.bundle(f"closes the final hour -> {_shown(report)}")
    voice.product(f"was told: {', '.join(stage.product.told(sold.metered))}")


def _bill(stage: Stage, voice: Voice, hour: datetime, trouble: str = "") -> None:
    """The hour ends and is billed by the timers of the first quarter of an hour."""
    report = _run(stage, hour + timedelta(hours=1, minutes=14))
    voice.bundle(f"closed {hour:%H}:00-{hour + timedelta(hours=1):%H}:00 -> {_shown(report)}")
    if trouble:
        voice.marketplace(trouble)


def _run(stage: Stage, until: datetime) -> Counter[str]:
    total: Counter[str] = Counter()
    for report in _numbers(stage.timetable.wait_until(until).get("push_usage", ())):
        total.update(report)
    return total


def _numbers(reports: Iterable[Report]) -> Iterable[dict[str, int]]:
    return ({name: count for name, count in report.items() if isinstance(count, int)} for report in reports)


def _shown(report: Mapping[str, int]) -> str:
    return ", ".join(f"{name.replace('_', ' ')}: {count}" for name, count in report.items()) or "nothing to do"


def _tally(answer: Mapping[str, Any]) -> str:
    parts = [f"accepted {answer['accepted']}", f"duplicates {answer['duplicates']}"]
    return ", ".join([*parts, *(f"rejected {entry['id']}: {entry['code']}" for entry in answer["rejected"])])


def _hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)
