"""What was found to differ."""

from __future__ import annotations

from dataclasses import dataclass, field

from story.voice import Voice

SHOWN = 200


@dataclass
class Verdict:
    """``differences`` in words; empty when all is well."""

    differences: list[str] = field(default_factory=list)

    def take(self, voice: Voice, good: str, found: list[str]) -> None:
        """Add what one check found, and tell it."""
        voice.outcome(good if not found else "; ".join(found), good=not found)
        self.differences += found

    def agree(self, voice: Voice, good: str, got: object, wanted: object) -> None:
        """One check of two things that must be equal."""
        self.take(voice, good, [] if got == wanted else [f"it is not so that {good}: {repr(got)[:SHOWN]}"])
