"""Takes away what carries the mark of a stage. Data stays unless it is named."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from deployment.actual import Account, read_account
from deployment.diff import ORDER
from deployment.dispatch import delete
from deployment.errors import NotFinished, Refused, Rejected
from deployment.found import Found
from deployment.prepare import FUNCTION
from deployment.resources import (
    AsyncConfig,
    Bucket,
    Function,
    LiveAlias,
    LogTrigger,
    Publication,
    ReservedInstances,
    Resource,
    Timer,
)
from deployment.table import delete_table
from deployment.work import Report, Work

_IN_USE = (400, 409)
_WITH_ANOTHER = (LiveAlias, AsyncConfig, ReservedInstances, Publication)


@dataclass(frozen=True)
class Doomed:
    """What would go, in order. ``bucket`` and ``table`` only when they were named."""

    found: Found
    resources: list[Resource]
    bucket: str | None
    table: str | None

    @property
    def lines(self) -> list[str]:
        """One line for each."""
        named = [("table", self.table), ("bucket with all its objects", self.bucket)]
        return [
            *[f"{what} {name}" for what, name in named if name],
            *[f"{one.kind} {one.name}" for one in self.resources],
        ]


def doomed(account: Account, bucket: str | None = None, table: str | None = None) -> Doomed:
    """Everything of the stage; raises ``Refused`` when the bucket is not the stage's."""
    found = read_account(account, [Bucket(bucket)] if bucket else [], full=True)
    if bucket and (Bucket.kind, bucket) not in found.resources:
        why = found.foreign.get((Bucket.kind, bucket), "there is no such bucket")
        raise Refused(f"bucket {bucket} is not this stage's: {why}")
    if table and FUNCTION not in found.of(Function):
        raise Refused(
            f"the table is reachable through the function {FUNCTION} only, which is not there; if a destroy that was "
            "cut off has deleted the table, run it again without --table"
        )
    rank = {kind.kind: number for number, kind in enumerate(ORDER)}
    # Triggers go first, so that nothing fires while the rest goes.
    firing = [one for one in found.resources.values() if isinstance(one, (Timer, LogTrigger))]
    others = [
        one for one in found.resources.values() if not isinstance(one, (*_WITH_ANOTHER, Timer, LogTrigger, Bucket))
    ]
    others.sort(key=lambda one: -rank[one.kind])
    return Doomed(found, [*firing, *others], bucket, table)


def destroy(account: Account, confirmed: Doomed, keep: Callable[[], None], report: Report) -> None:
    """Delete it, step by step; run again it goes on where it was cut off.

    Another apply may have worked between the question and the lock: nobody has agreed to what it made.
    """
    what = doomed(account, confirmed.bucket, confirmed.table)
    if unseen := [line for line in what.lines if line not in confirmed.lines]:
        raise Refused(f"there is more by now ({', '.join(unseen[:10])}); nothing was deleted, run destroy again")
    work = Work(account, what.found, report)
    if what.table:
        report(f"delete table {what.table}")
        delete_table(account, what.table)
    stayed = []
    for number, resource in enumerate(what.resources, start=1):
        keep()
        report(f"[{number}/{len(what.resources)}] delete {resource.kind} {resource.name}")
        if not _gone(work, resource):
            stayed.append(f"{resource.kind} {resource.name}")
    if what.bucket:
        keep()
        report(f"delete bucket {what.bucket}")
        account.buckets.delete(what.bucket, keep)
    if stayed:
        raise NotFinished(f"not deleted, since others use it: {', '.join(stayed)}; look into the console")


def _gone(work: Work, resource: Resource) -> bool:
    """Whether it could be deleted. Routes of others keep the group, functions of others keep a package."""
    try:
        delete(work, resource)
    except Rejected as exc:
        if exc.status in _IN_USE:
            work.report(f"{resource.kind} {resource.name} stays: {exc.problem}")
            return False
        raise
    return True
