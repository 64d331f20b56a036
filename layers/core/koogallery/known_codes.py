"""What the marketplace answered about authorization codes: kept so that a lost answer, or an outage, does no harm."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

from koogallery.slots import known_code_key
from koogallery.state import State
from koogallery.stores import WRITE_TRIES, Contended, Stored


@dataclass(frozen=True)
class KnownCode:
    """One code. Times are ISO texts.

    ``attempted_at``: an activation of ours that may have happened. ``info``: what activation or query answered last,
    at ``info_at``.
    """

    attempted_at: str = ""
    info: dict[str, Any] = field(default_factory=dict)
    info_at: str = ""

    def to_document(self) -> str:
        """JSON text for the state."""
        return json.dumps({name: value for name, value in asdict(self).items() if value})

    @staticmethod
    def from_document(document: str) -> KnownCode:
        """Read what ``to_document`` wrote."""
        return KnownCode(**json.loads(document))


def load_code(state: State, code_id: str) -> KnownCode:
    """What is known of a code; empty when nothing is."""
    item = state.get(known_code_key(code_id))
    return KnownCode.from_document(item.document) if item else KnownCode()


def change_code(state: State, code_id: str, change: Callable[[KnownCode], KnownCode]) -> KnownCode:
    """Change what is known of a code; as it was before."""
    key = known_code_key(code_id)
    for _ in range(WRITE_TRIES):
        item = state.get(key)
        before = KnownCode.from_document(item.document) if item else KnownCode()
        after = change(before)
        if after is before or Stored(item).write(state, key, after.to_document()):
            return before
    raise Contended(f"authorization code {code_id}")


def forget_code(state: State, code_id: str) -> None:
    """There is no such code."""
    state.delete(known_code_key(code_id))
