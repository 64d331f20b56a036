"""What goes wrong on request, and the record of every call."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

SECRET_MEMBERS = frozenset(
    {"encrypted_user_data", "secret_string", "secret_binary", "private_key", "db_password", "kafka_password"}
)
BULKY_MEMBERS = frozenset({"file", "depend_file"})


@dataclass
class Call:
    """A request as it arrived: ``path`` with the parameters' names instead of ids, ``body`` without secrets."""

    service: str
    operation: str
    method: str
    path: str
    parameters: dict[str, str]
    query: dict[str, Any]
    body: Any
    writes: bool
    """Whether it may have changed something."""
    status: int = 0


@dataclass
class Faults:
    """Nothing goes wrong by default. Calls are counted from 1, since the last ``reset``.

    ``latency``: seconds before every answer. ``throttle_every``: every n-th call gets a 429.
    ``fail_before``, ``fail_after``: numbers of calls that get a 500, without or with the effect.
    ``cut_after``: that call takes effect, then its connection is closed without an answer, and every later call is
    refused until ``revive``: the caller was killed.
    ``lag``: reads see a change only after so many further calls.
    """

    latency: float = 0.0
    throttle_every: int = 0
    fail_before: set[int] = field(default_factory=set)
    fail_after: set[int] = field(default_factory=set)
    cut_after: int | None = None
    lag: int = 0
    calls: int = 0
    cut: bool = False

    def reset(self) -> None:
        """Nothing goes wrong any more, and the count starts again."""
        self.__init__()  # type: ignore[misc]  # the defaults are the constructor's

    def revive(self) -> None:
        """Calls are answered again after a cut."""
        self.cut, self.cut_after = False, None

    def throttles(self) -> bool:
        """Whether the present call is one too many."""
        return bool(self.throttle_every) and self.calls % self.throttle_every == 0


def without_secrets(body: Any) -> Any:
    """A body for the record: secrets and file contents are replaced by a mark."""
    if isinstance(body, dict):
        return {name: _marked(name, entry) for name, entry in body.items()}
    if isinstance(body, list):
        return [without_secrets(entry) for entry in body]
    return body


def _marked(name: str, entry: Any) -> Any:
    if name in SECRET_MEMBERS:
        return "<secret>"
    if name in BULKY_MEMBERS and isinstance(entry, str):
        return f"<{len(entry)} characters>"
    return without_secrets(entry)
