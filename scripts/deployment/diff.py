"""What has to be done to get from actual to desired. Pure; the order is that of the work."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from deployment.errors import Refused
from deployment.resources import (
    Alarm,
    Api,
    ApiGroup,
    AsyncConfig,
    Authorizer,
    Bucket,
    DependencyPackage,
    Function,
    GatewayResponses,
    Key,
    LiveAlias,
    LogGroup,
    LogStream,
    LogTrigger,
    Policy,
    Publication,
    ReservedInstances,
    Resource,
    Timer,
)

ORDER: tuple[type[Resource], ...] = (
    LogGroup,
    LogStream,
    Bucket,
    DependencyPackage,
    Function,
    LiveAlias,
    AsyncConfig,
    ReservedInstances,
    Timer,
    LogTrigger,
    ApiGroup,
    GatewayResponses,
    Authorizer,
    Api,
    Alarm,
    Publication,
)
"""Creation; deletion goes the other way round."""
KEPT = (Bucket, LogGroup, DependencyPackage)
"""Never deleted as a change: data, and packages, which go when the last version that uses them has gone."""
_RANK = {kind.kind: number for number, kind in enumerate(ORDER)}
_SHORT = 60


class Action(str, Enum):
    """What becomes of a resource."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"


@dataclass(frozen=True)
class Change:
    """One difference. ``after`` is missing when it is deleted, ``before`` when it is created."""

    action: Action
    before: Resource | None
    after: Resource | None
    reasons: tuple[str, ...]

    @property
    def resource(self) -> Resource:
        """What it is about."""
        resource = self.after or self.before
        assert resource is not None  # noqa: S101 - one of the two is always there
        return resource


def differences(desired: Iterable[Resource], actual: Mapping[Key, Resource]) -> list[Change]:
    """The changes in the order of the work; raises ``Refused`` for one that no call can make."""
    wanted = {one.key: one for one in desired}
    changes = [_change(actual.get(key), one) for key, one in wanted.items()]
    found = [change for change in changes if change is not None]
    _refuse_runtime(found)
    gone = [one for key, one in actual.items() if key not in wanted and not isinstance(one, KEPT)]
    found.sort(key=lambda change: _RANK[change.resource.kind])
    removed = [
        Change(Action.DELETE, one, None, (_why_gone(one, wanted),)) for one in gone if _stands_alone(one, wanted)
    ]
    removed.sort(key=lambda change: -_RANK[change.resource.kind])
    return [*_before_publication(found), *removed, *_publication(found)]


def _change(before: Resource | None, after: Resource) -> Change | None:
    if before is None:
        return Change(Action.CREATE, None, after, (_why_new(after),))
    old, new = before.facts(), after.facts()
    reasons = tuple(_reason(name, old[name], new[name]) for name in new if old[name] != new[name])
    return Change(Action.UPDATE, before, after, reasons) if reasons else None


def _why_new(resource: Resource) -> str:
    if isinstance(resource, LiveAlias):
        return f"version {resource.version} goes live, release {resource.release}"
    if isinstance(resource, Timer):
        return f"{resource.schedule_type} {resource.schedule} fires {resource.function}"
    return "is not there"


def _why_gone(resource: Resource, wanted: Mapping[Key, Resource]) -> str:
    if isinstance(resource, Timer):
        base = resource.name.rpartition("_")[0]
        same = [one for one in wanted.values() if isinstance(one, Timer) and one.name.rpartition("_")[0] == base]
        return f"replaced by {same[0].name}" if same else "the template has no such timer"
    return f"the template has no such {resource.kind}"


def _stands_alone(resource: Resource, wanted: Mapping[Key, Resource]) -> bool:
    """An alias goes with its function, and so does what hangs on it."""
    if isinstance(resource, LiveAlias):
        return False
    function = getattr(resource, "function", resource.name)
    attached = isinstance(resource, (AsyncConfig, ReservedInstances, Timer, LogTrigger))
    return not attached or (Function.kind, function) in wanted


def _before_publication(changes: list[Change]) -> list[Change]:
    return [change for change in changes if not isinstance(change.resource, Publication)]


def _publication(changes: list[Change]) -> list[Change]:
    return [change for change in changes if isinstance(change.resource, Publication)]


_SENTENCES = {
    "secrets": "encrypted settings differ (compared by a keyed hash)",
    "code": "the code differs",
    "marked": "an apply was cut off while it was made",
    "copies": "it is there more than once: an apply was cut off while it was replaced",
    "seal": "something differs or was touched since the last apply: routes are published again, all is confirmed",
}


def _reason(name: str, old: Any, new: Any) -> str:
    if name in _SENTENCES:
        return _SENTENCES[name]
    if name == "settings":
        return _settings_reason(old, new)
    if name == "packages":
        return _packages_reason(old, new)
    if name == "policies":
        return _policies_reason(old, new)
    if name == "published" and not old:
        return "it is not published"
    return f"{name.replace('_', ' ')}: {_text(old)} → {_text(new)}"


def _settings_reason(old: Mapping[str, str], new: Mapping[str, str]) -> str:
    """Names only: a setting in the clear may still be nobody's business on a shared screen."""
    parts = [f"+{name}" for name in sorted(new.keys() - old.keys())]
    parts += [f"-{name}" for name in sorted(old.keys() - new.keys())]
    parts += [f"{name} differs" for name in sorted(new.keys() & old.keys()) if old[name] != new[name]]
    return f"settings: {', '.join(parts)}"


def _packages_reason(old: tuple[str, ...], new: tuple[str, ...]) -> str:
    changed = [one.partition("@")[0] for one in (*old, *new) if (one in old) != (one in new)]
    return f"dependency packages: {', '.join(dict.fromkeys(changed))}"


def _policies_reason(old: tuple[Policy, ...], new: tuple[Policy, ...]) -> str:
    before, after = {one.name: one for one in old}, {one.name: one for one in new}
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    return f"policy backends: {', '.join(names)}"


def _text(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    if not text:
        return "none"
    return text if len(text) <= _SHORT else f"{text[: _SHORT - 1]}…"


def _refuse_runtime(changes: Iterable[Change]) -> None:
    frozen = [
        f"{after.name}: {before.runtime} → {after.runtime}"
        for before, after in ((change.before, change.after) for change in changes)
        if isinstance(before, Function) and isinstance(after, Function) and before.runtime != after.runtime
    ]
    if frozen:
        raise Refused(
            "the runtime of a function cannot be changed; a new runtime is a new function:\n  "
            + "\n  ".join(frozen)
            + "\ndeploy under another --stage, move the domain there, then destroy this stage"
        )
