"""Plans and states for people and for machines."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from typing import Any

from deployment.cloud import Redactor
from deployment.diff import Action, Change

_SIGNS = {Action.CREATE: "+", Action.UPDATE: "~", Action.DELETE: "-"}
_TINTS = {Action.CREATE: "green", Action.UPDATE: "yellow", Action.DELETE: "red"}


def show_plan(changes: Sequence[Change], redact: Redactor) -> None:
    """One row a change: a table on a terminal, lines elsewhere."""
    if not changes:
        print("nothing to do: the account is as the template says")
        return
    rows = [(one.action, one.resource.kind, one.resource.name, redact("; ".join(one.reasons))) for one in changes]
    if sys.stdout.isatty():
        _table(rows)
    else:
        for action, kind, name, why in rows:
            print(f"{_SIGNS[action]} {kind} {name}: {why}")
    print(summary(changes))


def _table(rows: Iterable[tuple[Action, str, str, str]]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in ("", "kind", "name", "why"):
        table.add_column(column)
    for action, kind, name, why in rows:
        table.add_row(Text(_SIGNS[action], style=_TINTS[action]), Text(kind), Text(name), Text(why))
    Console(highlight=False).print(table)


def summary(changes: Sequence[Change]) -> str:
    """How many of each."""
    counts = {action: sum(one.action is action for one in changes) for action in Action}
    return ", ".join(f"{count} to {action.value}" for action, count in counts.items())


def plan_document(changes: Sequence[Change], redact: Redactor) -> str:
    """The plan as JSON."""
    rows = [
        {
            "action": one.action.value,
            "kind": one.resource.kind,
            "name": one.resource.name,
            "reasons": [redact(reason) for reason in one.reasons],
        }
        for one in changes
    ]
    return json.dumps({"changes": rows}, indent=2)


def show_status(state: dict[str, Any]) -> None:
    """The state of a stage in lines."""
    if not state["functions"]:
        print(f"nothing of stage {state['stage']} is deployed")
        return
    print(f"stage {state['stage']}: release {state['release'] or 'none, or functions at different ones'}")
    print(f"releases to go back to: {', '.join(state['releases'][1:]) or 'none'}")
    print(f"domains: {', '.join(state['domains']) or 'none'}")
    print(f"prepare_state last ran: {state['prepared'] or 'never, or the last apply was cut off'}")
    if not state["confirmed"]:
        print("the last apply did not end: run plan, then apply")
    for one in state["functions"]:
        parts = [one["version"] or "not published", f"release {one['release'] or 'unknown'}"]
        parts += [f"{one['reserved']} reserved"] if one["reserved"] else []
        parts += [f"timer {timer}" for timer in one["timers"]]
        print(f"  {one['name']:<24} {', '.join(parts)}")
