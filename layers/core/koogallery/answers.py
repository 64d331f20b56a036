"""What the marketplace is told, before a dialect puts it into its own form."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Answer:
    """``members`` are the answer's own fields in the marketplace's words; ``app_info`` is access data in the clear."""

    result_code: str
    message: str
    members: dict[str, Any] = field(default_factory=dict, repr=False)
    app_info: dict[str, str] | None = field(default=None, repr=False)
