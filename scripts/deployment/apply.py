"""The steps of an apply, in an order that never publishes half a state.

Code and settings go to ``latest``, which nobody calls. Then versions are published, ``prepare_state`` runs once on its
new version, and only then the aliases move. Timers and reserved instances hang on aliases, routes name aliases, and
routes are published after all of these. Deletions come when nothing refers to what goes. Every step looks before it
creates or overwrites with the same content, so an apply that was cut off anywhere is simply run again.
"""

from __future__ import annotations

from collections.abc import Callable

from deployment import step_functions as functions
from deployment import step_gateway as gateway
from deployment import step_versions as versions
from deployment.actual import Account, of_kind, read_account, with_publication
from deployment.diff import Action, Change, differences
from deployment.dispatch import delete, write
from deployment.errors import NotFinished
from deployment.found import Found
from deployment.lock import held, is_over
from deployment.prepare import FINE, FUNCTION, prepare_state, require_table
from deployment.resources import (
    Api,
    ApiGroup,
    Bucket,
    DependencyPackage,
    Function,
    LiveAlias,
    LogGroup,
    LogStream,
    Publication,
    Resource,
)
from deployment.seal import seal_of
from deployment.work import Report, Work, silent

Step = Callable[[], None]
_BEFORE_FUNCTIONS = (LogGroup, LogStream, Bucket, DependencyPackage)


def plan(account: Account, desired: list[Resource], full: bool = False) -> tuple[list[Change], Found]:
    """The differences, and what was found; nothing is changed. Raises ``Refused`` for what no apply could do."""
    found = read_account(account, desired, full)
    found.refuse_foreign({one.key: one for one in desired})
    return differences(with_publication(desired, found), found.resources), found


def apply(
    account: Account,
    desired: list[Resource],
    owner: str,
    report: Report = silent,
    check: Callable[[list[Change]], None] = lambda _: None,
) -> list[Change]:
    """Make the account as desired; returns what was done.

    ``owner`` is who holds the lock meanwhile. ``check`` sees the changes once it is held, and may refuse them.
    """
    changes, found = plan(account, desired)
    left_behind = bool(found.lock) and is_over(found.lock, account.cloud.clock.now())
    if not changes and not left_behind:
        return []
    with held(account, owner, report, _new_bucket(changes)) as keep:
        # Somebody else may have applied while this one waited for the lock; and the steps need every identifier.
        changes, found = plan(account, desired, full=True)
        check(changes)
        if changes:
            carry_out(Work(account, found, report), changes, desired, keep)
        return changes


def _new_bucket(changes: list[Change]) -> str:
    """The bucket that has to be made, or made to the end."""
    unmarked = [one.after for one in changes if one.before is None or not getattr(one.before, "marked", True)]
    return next((one.name for one in unmarked if isinstance(one, Bucket)), "")


def carry_out(work: Work, changes: list[Change], desired: list[Resource], keep: Callable[[], None]) -> None:
    """The steps of a plan; ``keep`` is called before each."""
    steps = _steps(work, changes, desired)
    for number, (text, step) in enumerate(steps, start=1):
        keep()
        work.report(f"[{number}/{len(steps)}] {text}")
        step()
    _confirm(work, desired, keep)


def _steps(work: Work, changes: list[Change], desired: list[Resource]) -> list[tuple[str, Step]]:
    written = [change for change in changes if change.action is not Action.DELETE]
    early = [change for change in written if isinstance(change.resource, _BEFORE_FUNCTIONS)]
    latest = [change for change in written if isinstance(change.resource, Function)]
    aliases = [change for change in written if isinstance(change.resource, LiveAlias)]
    done = {id(change) for change in (*early, *latest, *aliases)}
    late = [change for change in written if id(change) not in done and not isinstance(change.resource, Publication)]
    removed = [change for change in changes if change.action is Action.DELETE]
    steps = [_step(work, change) for change in (*early, *latest)]
    steps += [_publish_step(work, change) for change in aliases]
    if aliases and FUNCTION in of_kind(desired, Function):
        steps.append((f"run {FUNCTION}", lambda: _prepare(work, desired)))
    steps += [_step(work, change) for change in (*aliases, *late)]
    if apis := list(of_kind(desired, Api).values()):
        steps.append(("publish routes", lambda: gateway.publish(work, apis)))
    steps += [_step(work, change) for change in removed]
    if aliases or latest:
        steps += [_prune_step(work, change) for change in aliases]
        steps.append(("delete unused package versions", lambda: _prune_packages(work, desired)))
    return steps


def _step(work: Work, change: Change) -> tuple[str, Step]:
    resource = change.resource
    text = f"{change.action.value} {resource.kind} {resource.name}"
    if change.action is Action.DELETE:
        return text, lambda: delete(work, resource)
    return text, lambda: write(work, change.before, resource)


def _publish_step(work: Work, change: Change) -> tuple[str, Step]:
    alias = change.after
    assert isinstance(alias, LiveAlias)  # noqa: S101 - chosen by kind
    name, version = alias.name, alias.version
    return f"publish version {version} of {name}", lambda: versions.publish_version(work, name, version)


def _prune_step(work: Work, change: Change) -> tuple[str, Step]:
    name = change.resource.name
    return f"delete old versions of {name}", lambda: versions.prune_versions(work, name)


def _prune_packages(work: Work, desired: list[Resource]) -> None:
    wanted = of_kind(desired, DependencyPackage)
    for name in work.found.of(DependencyPackage):
        functions.prune_packages(work, wanted.get(name, DependencyPackage(name)))


def _prepare(work: Work, desired: list[Resource]) -> None:
    version = of_kind(desired, Function)[FUNCTION].version
    answer = prepare_state(work.account, version)
    require_table(answer)
    work.found.prepared = work.account.cloud.clock.now().strftime("%Y-%m-%dT%H:%MZ")
    for name, value in answer.items():
        if value not in FINE:
            work.report(f"{FUNCTION}: {name}: {value} (./scripts/deploy doctor says what to do)")


def _confirm(work: Work, desired: list[Resource], keep: Callable[[], None]) -> None:
    """Read everything in full until it is as desired, then note so. Changes take 5 to 10 s to be seen."""
    remaining: list[Change] = []
    for _ in work.account.cloud.pauses():
        keep()
        found = read_account(work.account, desired, full=True)
        remaining = [
            change for change in differences(desired, found.resources) if not isinstance(change.resource, Publication)
        ]
        if not remaining:
            keep()
            if of_kind(desired, ApiGroup):
                gateway.seal(work, seal_of(found.stamp, desired))
            return
    names = ", ".join(f"{change.resource.kind} {change.resource.name}" for change in remaining)
    raise NotFinished(
        f"done, but not yet seen as desired: {names}; run plan in a minute, and apply again if it lists them"
    )
