"""What the steps of an apply share: creating without doing it twice, and telling how far it is."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from deployment.actual import Account
from deployment.errors import Rejected, Unavailable
from deployment.found import Found

Report = Callable[[str], None]


def silent(_: str) -> None:
    """A report for nobody."""


@dataclass
class Work:
    """An apply under way: the account, what is there by now, and who hears of progress."""

    account: Account
    found: Found
    report: Report = field(default=silent)

    def ensure(self, look: Callable[[], str | None], create: Callable[[], str]) -> str:
        """Create what ``look`` does not find and give its identifier.

        A creation whose answer is lost may have taken effect, and a list may show it late: so after a failure it is
        looked for before it is tried again. A refusal stands once nothing of the kind is found in the end.
        """
        failure: Rejected | Unavailable | None = None
        for _ in self.account.cloud.pauses():
            if failure is not None and (there := look()):
                return there
            try:
                return create()
            except (Rejected, Unavailable) as exc:
                if isinstance(exc, Rejected) and isinstance(failure, Rejected):
                    raise
                failure = exc
        assert failure is not None  # noqa: S101 - there is one pause at least
        raise failure


def first(rows: list[Any], name: str, value: str, identifier: str) -> str | None:
    """The identifier of the row whose member ``name`` is ``value``."""
    return next((str(row[identifier]) for row in rows if row[name] == value), None)


def in_base64(path: Path | None) -> str:
    """A zip as the control API takes it."""
    assert path is not None  # noqa: S101 - desired packages always have a file
    return base64.b64encode(path.read_bytes()).decode("ascii")
