"""Last part: the dial tests, and whether everybody's books agree."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from koogallery.ledger.quantity import plain
from koogallery.use_cases.reconcile_usage import reconcile_usage
from koogallery_simulator import Caller, DialTests
from story.comparison import compare, differences, table
from story.stage import Stage
from story.verdict import Verdict
from story.voice import Voice

ANY_ORDER = 7
"""Seed of the order in which the afternoon replays the cases."""


def judge(stage: Stage, voice: Voice, names: Mapping[str, str], verdict: Verdict, callers: Iterable[Caller]) -> None:
    """Every check there is, one after the other. ``names`` of the instances; ``callers`` whose cases are replayed."""
    dial_test(voice, verdict, callers)
    voice.act(
        "The bill",
        "What the product says was used, against what the marketplace says it billed.",
    )
    rows = compare(stage.product.journal, stage.marketplace.bill)
    voice.show(table(rows, dict(names)))
    hours = len({row.hour for row in rows})
    verdict.take(voice, f"billed and used agree to the fourth decimal, in each of {hours} hours", differences(rows))
    broken = [f"the marketplace's judge: {violation}" for violation in stage.marketplace.violations.all()]
    verdict.take(voice, "the marketplace's judge saw no broken rule in any answer, push or order query", broken)
    reconcile(stage, voice, verdict)


def dial_test(voice: Voice, verdict: Verdict, callers: Iterable[Caller]) -> None:
    """The saved debugging cases, as the marketplace replays them twice a day."""
    voice.act(
        "Dial tests",
        "Twice a day the marketplace replays the seller's saved debugging cases; after five failing days it",
        "takes the product off the shelf. Here once in order, once shuffled.",
    )
    for caller in callers:
        tests = DialTests(caller)
        runs = (tests.run(), tests.run(seed=ANY_ORDER))
        failed = [f"dial test of {one.callback.activity}: {one.code}" for run in runs for one in run.failed]
        cases = sum(len(run.attempts) for run in runs)
        verdict.take(voice, f"{caller.dialect.name}: {cases} of {cases} cases answered 000000", failed)


def reconcile(stage: Stage, voice: Voice, verdict: Verdict) -> None:
    """The bundle's own books, as ``scripts/usage reconcile`` proves them."""
    books = reconcile_usage(stage.services)
    used, posted, opened, carried = (plain(part) for part in books.balance)
    outcomes = ", ".join(f"{name} {plain(part)}" for name, part in books.outcomes.by_status.items() if part)
    equation = f"used {used} = sealed {posted} + open {opened} + carried {carried}; of it {outcomes or 'nothing'}"
    found = [f"reconcile: {finding.message}" for finding in (*books.faults, *books.waiting)]
    if not books.is_clean and not found:
        found.append(f"reconcile: {equation}")
    verdict.take(voice, f"reconcile: {equation}", found)
